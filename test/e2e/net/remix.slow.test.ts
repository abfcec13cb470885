// remix.slow.test.ts — three boxes call one another over lines that lose a fifth of all packets; then one of them fetches what the others kept of
// themselves, when their people say yes, and renders the call once more: without a loss.
import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stampOf } from '../../../src/app/recordings.ts'
import { layout } from '../../../src/media/layout.ts'
import { scaled } from '../../../src/media/screen/program/place.ts'
import { decoded } from '../../broadcast/kit/film.ts'
import { barcode } from '../kit/barcode.ts'
import { Box } from '../kit/box.ts'
import { BarcodeCamera } from '../kit/fifo.ts'
import { ROOT } from '../kit/folder.ts'
import { level, mono } from '../kit/tone.ts'
import { whyNoBadCables } from './cable.ts'
import { hasLab } from './may.ts'
import { Street } from './street.ts'

const NAMES = ['Kitchen', 'Ann', 'Carla'] as const
/** Of two cables: 1 - 0.894^2 is a fifth. */
const LOSS = 10.6
/** What each microphone hears, and what none does. */
const HERTZ = [400, 570, 740]
const SILENT = 1200
const SIZE = { width: 640, height: 360 }

type Other = { readonly name: string; readonly is: string; readonly got: number; readonly of: number }
type Film = {
  readonly film: string
  readonly length: number
  readonly people: ReadonlyArray<{ readonly name: string; readonly shown: number; readonly pictures: number; readonly damaged: number }>
  readonly others: readonly Other[]
}

async function until(what: string, isSo: () => Promise<boolean>, patience = 40_000): Promise<void> {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(250)) if (await isSo()) return
  throw new Error(`waited in vain for ${what}`)
}

/** Where somebody's picture stands among so many, in a film of SIZE. */
function placeOf(count: number, who: number) {
  const tile = { muted: false, camera: true, speaking: false, emoji: null, state: 'live' as const, name: '' }
  const people = Array.from({ length: count }, (_, i) => ({ ...tile, seat: i + 1 }))
  const at = layout({ show: 'call', roomName: '', link: null, caller: null, self: null, share: null, notice: null, people })[who]
  if (!at) throw new Error('nobody stands there')
  const { x, y, width, height } = scaled(at, SIZE)
  const by = Math.min(width / 640, height / 360)
  return { left: x + (width - 640 * by) / 2, top: y + (height - 360 * by) / 2, width: 640 * by, height: 360 * by }
}

describe.skipIf(!hasLab || whyNoBadCables() !== null)('a call that is remixed', () => {
  let street: Street
  const cameras: BarcodeCamera[] = []
  const boxes: Box[] = []
  let room = ''
  const folder = mkdtempSync(join(tmpdir(), 'parlor-films-'))
  const [kitchen, ann, carla] = [0, 1, 2].map((i) => () => boxes[i] as Box) as [() => Box, () => Box, () => Box]

  beforeAll(async () => {
    street = new Street(NAMES.length)
    for (const [i, name] of NAMES.entries()) {
      const camera = new BarcodeCamera([200, 60 + i * 60, 60])
      cameras.push(camera)
      const settings = {
        PARLOR_BOX__NAME: name,
        PARLOR_CAMERA__SOURCE: camera.source,
        PARLOR_CAMERA__WIDTH: '640',
        PARLOR_CAMERA__HEIGHT: '360',
        PARLOR_CAMERA__KBPS: '500',
        PARLOR_SOUND__MICROPHONE: `launch:audiotestsrc is-live=true freq=${HERTZ[i]} volume=0.2`,
        // Carla's people are asked; Ann's have said yes beforehand.
        ...(name === 'Ann' && { PARLOR_LIVE__GIVE: 'call' }),
      }
      boxes.push(await Box.start(settings, { join: false, namespace: street.houses[i]?.namespace ?? '' }))
    }
    const code = (await kitchen().link()).split('#')[1]
    room = `https://${street.houses[0]?.address}:${kitchen().httpsPort}/r#${code}`
  }, 60_000)
  afterAll(async () => {
    await Promise.all(boxes.map((box) => box.stop()))
    for (const camera of cameras) camera[Symbol.dispose]()
    street?.[Symbol.dispose]()
  })

  /** Presses OK (or BACK) on a box as soon as its TV asks. */
  async function answer(box: Box, key = 'ok'): Promise<void> {
    await until('a question', async () => (await box.status()).actual.asking)
    await box.parlor('key', key)
  }
  /** `parlor remix` on the kitchen's machine. */
  async function remix(...words: string[]): Promise<Film> {
    const [recording] = (await kitchen().parlor('recordings')) as Array<{ from: number }>
    const day = stampOf(recording?.from ?? 0).slice(0, 10)
    const command = ['netns', 'exec', street.houses[0]?.namespace ?? '', join(ROOT, 'scripts/parlor'), '--json', 'remix', 'Kitchen', day]
    const env = { ...process.env, PARLOR_DATA: kitchen().data }
    const { stdout } = await promisify(execFile)('ip', [...command, '--720', ...words], { cwd: folder, env, timeout: 200_000 })
    return JSON.parse(stdout) as Film
  }

  test('is recorded while a fifth of all packets is lost, and everybody keeps their own', async () => {
    await kitchen().enter()
    for (const box of [ann(), carla()]) await box.parlor('join', room)
    await until('a call of three', async () => {
      const seen = await Promise.all(boxes.map(async (box) => (await box.status()).people.filter(({ state }) => state === 'live').length))
      return seen.every((count) => count === 2)
    })
    await kitchen().parlor('live', 'on')
    await Promise.all([answer(ann()), answer(carla())])
    street.loss = LOSS
    await sleep(8000)
    await kitchen().parlor('live', 'off')
    street.loss = 0
    for (const box of boxes) await box.parlor('leave')
    await until('the end of the call', async () => (await Promise.all(boxes.map((box) => box.status()))).every(({ inCall }) => !inCall))
    const kept = (await Promise.all([ann(), carla()].map((box) => box.parlor('recordings')))) as Array<Array<{ own: number }>>
    for (const [recording] of kept) expect(recording?.own ?? 0).toBeGreaterThan(100_000)
  }, 120_000)

  test('gets the tracks of the others from their boxes, though nobody is in a call any more, and has every picture of everybody, in step', async () => {
    const began = Date.now()
    const [done] = await Promise.all([remix(), answer(carla())])
    console.log(`remixed in ${Math.round((Date.now() - began) / 1000)} s`, done.people, done.others)
    expect(done.others.map(({ name, is }) => `${name} ${is}`).sort()).toEqual(['Ann here', 'Carla here'])
    expect(done.people.map(({ name }) => name).sort()).toEqual(['Ann', 'Carla', 'Kitchen'])
    for (const { shown, pictures, damaged } of done.people) {
      expect(damaged).toBe(0)
      // The film is as long as the broadcast; a moment of each track lies before it or behind it.
      expect(shown).toBeGreaterThan(Math.max(100, pictures * 0.85))
    }
    const { raw } = await decoded(done.film, ['-vf', `scale=${SIZE.width}:${SIZE.height}`, '-pix_fmt', 'gray', '-f', 'rawvideo'])
    const frames = raw.length / (SIZE.width * SIZE.height)
    const times = Array.from({ length: frames }, (_, frame) =>
      NAMES.map((_, who) => {
        const place = placeOf(NAMES.length, who)
        const light = (x: number, y: number) => {
          const [px, py] = [Math.round(place.left + x * place.width), Math.round(place.top + y * place.height)]
          return raw[frame * SIZE.width * SIZE.height + py * SIZE.width + px] ?? 0
        }
        return barcode.read(light)
      }),
    )
    const together = times.filter((all): all is number[] => all.every((time) => time !== null))
    console.log(`${frames} frames, ${together.length} with all three`)
    expect(together.length).toBeGreaterThan(100)
    for (const [who, name] of NAMES.entries()) {
      const seen = together.map((all) => all[who] ?? 0)
      const apart = together.map((all, i) => (seen[i] ?? 0) - (all[0] ?? 0)).sort((a, b) => a - b)
      const middle = apart[apart.length >> 1] ?? Number.NaN
      const different = new Set(seen).size
      console.log(`${name}: ${different} different pictures, ${middle} ms from the kitchen's`)
      // A machine that has much to do draws fewer; none comes before its time.
      expect(different).toBeGreaterThan(60)
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
      // The camera that a test draws has a delay of its own before its box sees a picture.
      expect(Math.abs(middle)).toBeLessThan(1000)
    }
    const sound = await decoded(done.film, ['-ac', '1', '-ar', '48000', '-f', 's16le'])
    const middle = mono(sound.raw, 1).subarray(-5 * 48_000, -3 * 48_000)
    const [silence, ...voices] = [SILENT, ...HERTZ].map((hz) => level(middle, 48_000, hz))
    console.log('voices', voices, 'dB, and where nobody speaks', silence)
    for (const voice of voices) expect(voice).toBeGreaterThan((silence ?? 0) + 30)
  }, 280_000)

  test('does not fetch again what is there, and asks nobody again', async () => {
    const state = (await kitchen().parlor('recordings')) as Array<{ run: number }>
    for (const box of [ann(), carla()]) await box.stop()
    const { askLocal } = await import('../../../src/control/local.ts')
    const order = { do: 'fetch tracks', run: state[0]?.run }
    const seen = await askLocal(join(kitchen().data, 'control.sock'), order, AbortSignal.timeout(10_000))
    expect(seen).toMatchObject({ over: true, people: [{ is: 'here' }, { is: 'here' }] })
  }, 60_000)
})
