// trouble.test.ts — a box on the virtual Pi, in its room, loses one device after the other and gets it back, three times each
// (PARLOR_TEST_ROUNDS=20: twenty times): camera, TV, sound card, and an encoder that is slow or hangs. Meanwhile there is a placeholder and
// people are told; then it is as before.
//
// Devices go as hardware does: camera and sound card by unbinding their drivers (what a pulled USB plug does), the TV by its connector. What
// is back is seen where people would see it: our own picture on the TV, read back from the kernel; the pictures that the encoder gives; the
// sound card's own count of what it plays and records. The promise is 3 s from a device's return. This machine does all of it on a share
// of one processor, so what is asserted is that it comes back; how soon is said, and kept in artefacts/virtual/trouble.times.txt.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../src/app/status.ts'
import { artefact } from '../e2e/kit/folder.ts'
import { type Where, waysToStand } from '../e2e/kit/tiles.ts'
import { decode, type Picture } from '../e2e/kit/tv.ts'
import { Parlord, RELAY_FILES } from './kit/parlord.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, SLOW_TV, SMALL_PICTURES, WEBCAM } from './kit/settings.ts'
import { moved, showsStandIn, showsVivid, Tv } from './kit/tv.ts'

const ROUNDS = Number(process.env.PARLOR_TEST_ROUNDS ?? 3)
const PROMISED = 3000
/** vivid's CEC wire falls, and the machine with it, when its driver is unbound in the middle of a message; so none is sent. */
const NO_CEC = `[hardware]
cec = false
`
/** Files that may be open more than at first: what is left for the collector. One that is lost each time would be more. */
const SPARE_FILES = 20
const WORKERS = ['capture/main.ts', 'screen/child.ts', 'sound/child.ts']
const DRIVERS = '/sys/bus/platform/drivers'
const CODEC = '/sys/module/vh264enc/parameters'
const CODED = '/sys/kernel/debug/vh264enc/frames_out'
const CONNECTOR = '/sys/class/drm/card0-Virtual-1/status'
const CARD = '/proc/asound/Loopback'
const PATIENCE = 120_000
/** A worker that has just been born has few files open. */
const GROWN_UP = 30

describe.skipIf(whyNot !== null)('a box in trouble', { timeout: 900_000 }, () => {
  let pi: VirtualPi
  let parlord: Parlord
  let tv: Tv
  /** Where our own picture stands on the TV. */
  let here: Where = [0, 0, 0, 0]
  let first: { pid: number; files: Readonly<Record<string, number>> }

  beforeAll(async () => {
    writeFileSync(artefact('virtual', 'trouble.times.txt'), '')
    pi = await bootVirtualPi({ name: 'trouble', args: WEBCAM, files: { ...boxWith(NO_CEC, SMALL_PICTURES, SLOW_TV), ...RELAY_FILES } })
    tv = new Tv(pi)
    parlord = await Parlord.reach(pi)
    await parlord.ask('join')
    await parlord.until('in its room, all devices well', isWell)
    const status = await parlord.status()
    here = waysToStand(status)[0]?.[status.name] ?? here
    await until('we are on the TV', seesUs)
    first = { pid: status.pid, files: await openFiles() }
  })
  // A trouble that failed half way is not that of the next.
  afterEach(async () => {
    if (!pi?.isOn) return
    for (const knob of ['hang', 'delay_us']) await pi.write(`${CODEC}/${knob}`, '0')
    await pi.write(CONNECTOR, 'detect')
  })
  afterAll(async () => {
    await parlord?.[Symbol.asyncDispose]()
    await pi?.[Symbol.asyncDispose]()
  })

  const isWell = ({ inCall, actual, notices }: Status): boolean =>
    inCall && actual.camera === 'open' && actual.sound === 'open' && actual.tv === 'on' && notices.length === 0
  const told = (what: RegExp) => (status: Status) => status.notices.some((notice) => what.test(notice))
  const untold = (what: RegExp) => (status: Status) => !told(what)(status)
  /** Waits for it, and gives how long that took, in ms. */
  const until = async (what: string, is: () => Promise<boolean>, patience = PATIENCE): Promise<number> => {
    for (const began = performance.now(); ; await sleep(20)) {
      if (await is()) return performance.now() - began
      if (performance.now() - began > patience) throw new Error(`not "${what}" after ${patience} ms`)
    }
  }
  const isOnTv = (is: (picture: Picture) => boolean) => async () => {
    // To look costs the guest a fifth of a second: who does nothing else takes the processor from the box that is looked at.
    await sleep(400)
    const picture = await tv.part(here)
    return picture !== null && is(picture)
  }
  /** When all workers have been at work for a while. */
  const openFiles = async (): Promise<Readonly<Record<string, number>>> => {
    let files: Readonly<Record<string, number>> = {}
    await until('all workers run', async () => {
      files = await parlord.openFiles()
      return WORKERS.every((worker) => (files[worker] ?? 0) > GROWN_UP)
    })
    return files
  }
  const seesUs = isOnTv((picture) => showsVivid(picture))
  const keep = async (name: string): Promise<void> => {
    await tv.picture()
    tv.keep(name)
  }
  const coded = async (): Promise<number> => Number(await pi.file(CODED))
  /** Pictures come out of the encoder: so many more than now. Gives how long that took. */
  const films = async (pictures: number): Promise<number> => {
    const from = await coded()
    return until(`${pictures} pictures out of the encoder`, async () => (await coded()) >= from + pictures)
  }
  /** The camera films, and something has moved since then. */
  const moves = (then: Picture | null): (() => Promise<boolean>) => {
    if (!then) throw new Error('the TV shows nothing')
    return isOnTv((picture) => showsVivid(picture) && moved(then, picture))
  }
  /** An encoder that failed twice running is not tried again before the camera is opened anew. */
  const openAnew = async (): Promise<void> => {
    await parlord.ask('leave')
    await parlord.until('the camera is closed', ({ actual }) => actual.camera === 'closed')
    await parlord.ask('join')
    await films(5)
  }
  /** On a machine that has much to do it may fail twice where it was to fail once. */
  const useEncoder = async (): Promise<void> => {
    const from = await coded()
    await sleep(1000)
    if ((await coded()) === from) await openAnew()
  }
  /** Samples that the sound card has taken and given so far; null: nobody plays and records. */
  const sounded = async (): Promise<number[] | null> => {
    const states = await Promise.all(['p', 'c'].map((way) => pi.file(`${CARD}/pcm0${way}/sub0/status`).catch(() => '')))
    const counts = states.map((state) => (state.startsWith('state: RUNNING') ? Number(/hw_ptr\s*:\s*(\d+)/.exec(state)?.[1]) : Number.NaN))
    return counts.every(Number.isFinite) ? counts : null
  }
  /** The card plays and records: the counts of both go on. */
  const sounds = async (): Promise<boolean> => {
    const before = await sounded()
    if (!before) return false
    await sleep(50)
    const after = await sounded()
    return after?.every((count, i) => count > (before[i] ?? 0)) ?? false
  }
  // A process of its own writes there: the kernel may hold it until nobody has the device open any more.
  const plug = (driver: string, device: string, how: 'bind' | 'unbind') => pi.must(`echo ${device} >${DRIVERS}/${driver}/${how}`)
  const say = (words: string): void => {
    console.log(words)
    appendFileSync(artefact('virtual', 'trouble.times.txt'), `${words}\n`)
  }
  const inTime = (what: string, times: readonly number[]): void => {
    const sorted = times.toSorted((a, b) => a - b).map((t) => Math.round(t))
    const median = sorted[Math.floor(sorted.length / 2)]
    const kept = sorted.filter((t) => t <= PROMISED).length
    say(`${what}: median ${median} ms, worst ${sorted.at(-1)} ms, ${kept} of ${sorted.length} within ${PROMISED} ms`)
    expect(times).toHaveLength(ROUNDS)
  }
  /** After each trouble: the same daemon, no more open files than before, nobody dead who is not buried. */
  const nothingIsLeft = async (): Promise<void> => {
    await parlord.until('well again', isWell)
    expect((await parlord.status()).pid).toBe(first.pid)
    await until('nobody is dead and not buried', async () => (await pi.must('ps -eo stat | grep "^Z" || true')) === '')
    const files = await openFiles()
    say(`open files before: ${JSON.stringify(first.files)}, now: ${JSON.stringify(files)}`)
    for (const [program, count] of Object.entries(files)) expect(count, program).toBeLessThan((first.files[program] ?? 0) + SPARE_FILES)
  }

  test('the camera is pulled out: the stand-in is sent, and the camera again when it is back', async () => {
    const gone: number[] = []
    const back: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await plug('vivid', 'vivid.0', 'unbind')
      gone.push(
        await until(
          'the stand-in on the TV',
          isOnTv((picture) => showsStandIn(picture) && !showsVivid(picture)),
        ),
      )
      await parlord.until('people are told of the camera', (status) => status.actual.camera === 'missing' && told(/camera/i)(status))
      await films(2)
      if (round === 0) await keep('trouble-camera-gone.png')
      await plug('vivid', 'vivid.0', 'bind')
      back.push(await until('the camera on the TV', seesUs))
      await parlord.until('nothing amiss with the camera', (status) => status.actual.camera === 'open' && untold(/camera/i)(status))
      if (round === 0) await keep('trouble-camera-back.png')
    }
    inTime('from the camera pulled out to the stand-in on the TV', gone)
    inTime('from the camera plugged in to its picture on the TV', back)
    await nothingIsLeft()
  })

  test('the TV is pulled out: people are told, its picture goes on at /tv, and is on it again when it is back', async () => {
    const back: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await pi.write(CONNECTOR, 'off')
      await parlord.until('people are told of the TV', told(/HDMI/))
      expect(await seesUs()).toBe(false)
      // It is made anew without the TV, so there is none for a moment.
      await until('its picture at /tv', async () => {
        const { ok } = await pi.run('curl -sf http://127.0.0.1:8080/tv.jpg >/host/tv.jpg')
        return ok && showsVivid(await decode(readFileSync(join(pi.share, 'tv.jpg'))), here)
      })
      await pi.write(CONNECTOR, 'detect')
      back.push(await until('the picture on the TV', seesUs))
      await parlord.until('nothing amiss with the TV', untold(/HDMI/))
    }
    inTime('from the TV plugged in to the picture on it', back)
    await nothingIsLeft()
  })

  test('the sound card is pulled out: people are told, and both ways are open when it is back', async () => {
    const back: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const out = plug('snd_aloop', 'snd_aloop.0', 'unbind')
      await parlord.until('people are told of the sound', (status) => told(/microphone/i)(status) && told(/loudspeaker/i)(status))
      await out
      expect(await sounded()).toBeNull()
      await plug('snd_aloop', 'snd_aloop.0', 'bind')
      back.push(await until('the card plays and records', sounds))
      await parlord.until('nothing amiss with the sound', untold(/microphone|loudspeaker/i))
    }
    inTime('from the sound card plugged in to sound in and out', back)
    await nothingIsLeft()
  })

  test('the encoder is slow: fewer pictures come, and all of them again when it is well', async () => {
    const back: number[] = []
    const { workers } = await parlord.status()
    for (let round = 0; round < ROUNDS; round++) {
      await pi.write(`${CODEC}/delay_us`, '250000')
      await films(3)
      await pi.write(`${CODEC}/delay_us`, '0')
      back.push(await films(5))
    }
    inTime('from the encoder quick again to five more pictures', back)
    expect((await parlord.status()).workers.camera).toBe(workers.camera)
    await nothingIsLeft()
  })

  test('the encoder hangs: its worker is replaced, and pictures come again when it is well', async () => {
    const back: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await useEncoder()
      const { workers } = await parlord.status()
      await pi.write(`${CODEC}/hang`, '1')
      await parlord.until('another worker', (status) => status.workers.camera !== null && status.workers.camera !== workers.camera)
      const still = await tv.part(here)
      await pi.write(`${CODEC}/hang`, '0')
      back.push(await until('a moving picture on the TV', moves(still)))
    }
    inTime('from the encoder well again to a moving picture on the TV', back)
    await nothingIsLeft()
  })

  test('the encoder hangs for good: pictures come without it, and from it when the camera is opened anew', async () => {
    await useEncoder()
    const { workers } = await parlord.status()
    await pi.write(`${CODEC}/hang`, '1')
    await parlord.until('another worker', (status) => status.workers.camera !== workers.camera)
    const took = await until('a moving picture on the TV', moves(await tv.part(here)))
    say(`a moving picture without the encoder after ${Math.round(took)} ms`)
    await pi.write(`${CODEC}/hang`, '0')
    await openAnew()
    await nothingIsLeft()
  })
})
