// facts.ts — what happens at the edges, told to the middle: devices come and go, people come and go, wishes are kept.
import { PLACES } from '../call/mesh.ts'
import { amissIn } from '../call/trouble.ts'
import type { Box } from '../core/box.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Camera } from '../media/capture.ts'
import type { Screen } from '../media/screen.ts'
import type { Sound } from '../media/sound.ts'
import { KEEP_EVERY, type Keep } from './keep.ts'
import { NEW, type Notices } from './notices.ts'
import type { Painter } from './painter.ts'
import type { Patch } from './patch.ts'
import type { Rooms } from './rooms.ts'

type Parts = {
  readonly box: Box
  readonly rooms: Rooms
  readonly camera: Camera
  readonly screen: Screen
  readonly sound: Sound
  readonly patch: Patch
  readonly painter: Painter
  readonly notices: Notices
  readonly keep: Keep
  readonly boot: string
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

const REPAINT = seconds(2)

export function wireFacts(parts: Parts): void {
  wireMedia(parts)
  wireRooms(parts)
  wireWish(parts)
}

function wireMedia({ box, camera, screen, sound, patch, painter, notices, rooms }: Parts): void {
  camera.on('fact', ({ camera: is, why }) => {
    notices.set('camera', why)
    if (is === 'closed') patch.forgetCamera()
    if (box.actual.camera !== 'closed' && is !== 'closed') box.saw({ camera: is })
    painter.paint()
  })
  sound.on('fact', ({ microphone, speaker, echo, why }) => {
    notices.set('sound', why)
    notices.set('echo', echo === 'lost' ? { is: 'echo heard' } : null)
    if (box.actual.sound !== 'closed' && (microphone !== 'closed' || speaker !== 'closed'))
      box.saw({ sound: microphone === 'open' || speaker === 'open' ? 'open' : 'missing' })
    painter.paint()
  })
  sound.on('levels', (levels) => painter.heard(levels))
  screen.on('fact', ({ why }) => {
    notices.set('screen', why)
    // It did not start in time, and did after all.
    if (box.actual.tv === 'lost') box.saw({ tv: 'on' })
    painter.paint()
  })
  screen.on('needKeyframe', (seat) => (seat === 0 ? camera.askKeyframe() : patch.askKeyframe(seat)))
  rooms.on('keyframe', () => {
    camera.askKeyframe()
    camera.askSmallKeyframe()
  })
  rooms.on('left', (seat) => {
    sound.clearSeat(seat)
    painter.forget(seat)
  })
}

function wireRooms({ rooms, painter, notices, box, log }: Parts): void {
  rooms.on('people', () => painter.paint())
  rooms.on('trouble', (trouble) => {
    const { kind, sentence } = trouble
    if (kind === 'broker-away' || kind === 'broker-back') notices.set('broker', amissIn(trouble))
    else notices.set('person', amissIn(trouble), NEW)
    log.warn(sentence, { kind })
    painter.paint()
  })
  box.on('refused', (step, refusal) => {
    notices.set('room', refusal.code === 'room-full' ? { is: 'room-full', limit: PLACES } : { is: 'refused', said: refusal.message }, NEW)
    log.warn(refusal.message, { code: refusal.code, step: step.do })
    painter.paint()
  })
}

function wireWish({ box, rooms, painter, keep, boot, clock, log, scope }: Parts): void {
  let kept = ''
  box.on('changed', (wanted, actual) => {
    painter.paint()
    if (actual.room === wanted.room) rooms.listen()
    const text = JSON.stringify(wanted)
    if (text === kept) return
    kept = text
    void keep.save(wanted, boot)
  })
  box.on('stumbled', (step, error) => log.error(`could not ${step.do}; trying again`, error))
  const repeat = async (name: string, every: Ms, act: () => void) => {
    for (;;) {
      await clock.sleep(name, every, scope.signal)
      act()
    }
  }
  const keepOn = () => box.wanted.room !== null && void keep.save(box.wanted, boot)
  repeat('keep the wish', KEEP_EVERY, keepOn).catch(() => {})
  repeat('take down old notices', REPAINT, () => painter.paint()).catch(() => {})
}
