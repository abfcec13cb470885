// sound.real.test.ts — the real sound worker, with GStreamer and real Opus: heard on a pipe, spoken by a test tone.

import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decode, encode } from '../../bench/echo/opus.ts'
import { inEnglish } from '../../src/core/text/text.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { Scope } from '../../src/lib/scope.ts'
import { type Levels, Sound, type SoundFact, type SoundSettings } from '../../src/media/sound.ts'
import { fork } from '../../src/system/process.ts'
import { biggestJump, sine, tone } from './sound/wave.ts'

const quiet: Log = { debug() {}, info() {}, warn() {}, error: (text, error) => console.error(text, error), part: () => quiet }
let scope: Scope
let folder: string
beforeEach(() => {
  scope = new Scope((error) => console.error(error))
  folder = mkdtempSync(join(tmpdir(), 'parlor-sound-'))
  scope.defer(() => rmSync(folder, { recursive: true, force: true }))
})
afterEach(() => scope.close())

/** A loudspeaker that is a pipe: what it was given so far is in `heard`. */
function pipe(): { readonly launch: string; readonly heard: number[] } {
  const fifo = join(folder, 'loudspeaker')
  execFileSync('mkfifo', [fifo])
  const fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const heard: number[] = []
  const piece = Buffer.alloc(65_536)
  const timer = setInterval(() => {
    try {
      for (let got = readSync(fd, piece, 0, piece.length, null); got > 0; got = readSync(fd, piece, 0, piece.length, null))
        for (let at = 0; at + 1 < got; at += 2) heard.push(piece.readInt16LE(at) / 32768)
    } catch {
      // Nothing there yet.
    }
  }, 5)
  scope.defer(() => {
    clearInterval(timer)
    closeSync(fd)
  })
  return { launch: `launch:filesink location=${fifo} buffer-mode=unbuffered sync=false async=false`, heard }
}

type Open = { readonly sound: Sound; readonly packets: Buffer[]; readonly facts: SoundFact[]; readonly levels: Levels[] }
async function open(settings: SoundSettings): Promise<Open> {
  const [packets, facts, levels]: [Buffer[], SoundFact[], Levels[]] = [[], [], []]
  const sound = new Sound({ settings, onRtp: (packet) => packets.push(Buffer.from(packet)), fork, clock: systemClock, log: quiet })
  scope.defer(() => sound.close())
  sound.on('fact', (fact) => facts.push(fact))
  sound.on('levels', (now) => levels.push(now))
  await sound.open(AbortSignal.timeout(30_000))
  return { sound, packets, facts, levels }
}

/** Sends a tone to a seat at real time's pace. */
async function send(sound: Sound, seat: number, packets: readonly Buffer[]): Promise<void> {
  const began = performance.now()
  for (const [i, packet] of packets.entries()) {
    const wait = began + i * 20 - performance.now()
    if (wait > 0) await sleep(wait)
    sound.rtp(seat, Buffer.from(packet))
  }
}

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await sleep(20)
}
/** The strongest that the tone was in any tenth of a second. */
function strongest(samples: ArrayLike<number>, hertz: number): number {
  const all = Array.from(samples)
  let most = 0
  for (let at = 0; at + 4800 <= all.length; at += 2400) most = Math.max(most, tone(all.slice(at, at + 4800), hertz))
  return most
}
const tones = (hertz: number, seconds: number, peak = 0.3): Promise<Buffer[]> =>
  encode(sine(hertz, seconds * 48_000, { peak }), join(folder, `tone-${hertz}`))

describe('what others say is heard', () => {
  test('two people are mixed, each at his pitch and seen in his level, and nobody clicks when he comes or goes', async () => {
    const speaker = pipe()
    const { sound, levels } = await open({ microphone: 'none', speaker: speaker.launch })
    const [low, high] = [await tones(440, 3), await tones(1000, 1)]
    const first = send(sound, 1, low)
    await sleep(800)
    await send(sound, 2, high)
    sound.clearSeat(2)
    await first
    await sleep(300)
    expect(strongest(speaker.heard, 440)).toBeCloseTo(0.3, 1)
    expect(strongest(speaker.heard, 1000)).toBeCloseTo(0.3, 1)
    expect(strongest(speaker.heard, 700)).toBeLessThan(0.03)
    expect(biggestJump(speaker.heard)).toBeLessThan(0.12)
    expect(Math.max(...levels.map(({ seats }) => seats[1] ?? -100))).toBeCloseTo(20 * Math.log10(0.3 / Math.SQRT2), -1)
    expect(Math.max(...levels.map(({ seats }) => seats[3] ?? -100))).toBe(-100)
  })

  test('rubbish in place of packets kills nothing', async () => {
    const speaker = pipe()
    const { sound } = await open({ microphone: 'none', speaker: speaker.launch })
    const pid = sound.pid
    for (let i = 0; i < 500; i++) {
      const packet = Buffer.alloc(20 + (i % 200), (i * 37) & 0xff)
      packet[0] = 0x80
      packet[1] = 111
      packet.writeUInt16BE(i, 2)
      sound.rtp(1, packet)
    }
    sound.rtp(1, Buffer.alloc(0))
    sound.rtp(5, Buffer.alloc(3000))
    sound.rtp(77, Buffer.alloc(100))
    await sleep(300)
    sound.clearSeat(1)
    await send(sound, 1, await tones(600, 1))
    await until(() => strongest(speaker.heard.slice(-48_000), 600) > 0.2)
    expect(sound.pid).toBe(pid)
  })
})

describe('what is said here leaves', () => {
  test('the microphone’s tone arrives as Opus at its pitch', async () => {
    const { packets, facts } = await open({ microphone: 'test', speaker: 'none' })
    await until(() => packets.length >= 150)
    const left = await decode(packets, join(folder, 'left'))
    expect(facts.at(-1)).toEqual({ microphone: 'open', speaker: 'closed', echo: 'off', why: [] })
    expect(packets.every((packet) => ((packet[1] ?? 0) & 0x7f) === 111)).toBe(true)
    // Noise suppression takes a steady tone for noise, in time: it is in the first half second.
    expect(strongest(left.subarray(0, 48_000), 440)).toBeGreaterThan(0.02)
    expect(strongest(left.subarray(0, 48_000), 660)).toBeLessThan(0.01)
  })

  test('muted: from that moment nothing said passes, soon no packet at all; undone, the numbers run on', async () => {
    const { sound, packets } = await open({ microphone: 'test', speaker: 'none', cleaning: false })
    await until(() => packets.length >= 50)
    sound.setMuted(true)
    const before = packets.length
    await until(() => sound.dropped.total > 10)
    const after = packets.length
    const sent = packets.slice(before)
    expect(sent.length).toBeGreaterThan(0)
    for (const packet of sent) expect([...packet.subarray(12)]).toEqual([0xf0, 0xff, 0xfe])
    sound.setMuted(false)
    await until(() => packets.length >= after + 50)
    const numbers = packets.map((packet) => packet.readUInt16BE(2))
    numbers.forEach((n, i) => {
      if (i > 0) expect(n).toBe(((numbers[i - 1] ?? 0) + 1) & 0xffff)
    })
    const left = await decode(packets.slice(after + 20), join(folder, 'left'))
    expect(strongest(left, 440)).toBeGreaterThan(0.03)
  })
})

describe('trouble', () => {
  test('killed with -9 the worker comes back by itself, and both ways work again', async () => {
    const speaker = pipe()
    const { sound, packets } = await open({ microphone: 'test', speaker: speaker.launch, cleaning: false })
    await until(() => packets.length > 20)
    const dead = sound.pid
    process.kill(dead ?? 0, 'SIGKILL')
    await until(() => sound.pid !== undefined && sound.pid !== dead && sound.fact.microphone === 'open')
    const before = packets.length
    await until(() => packets.length > before + 20)
    await send(sound, 3, await tones(500, 1))
    await until(() => strongest(speaker.heard.slice(-48_000), 500) > 0.2)
    expect(packets.map((p) => p.readUInt16BE(2)).every((n, i, all) => i === 0 || n === (((all[i - 1] ?? 0) + 1) & 0xffff))).toBe(true)
  })

  test('without a sound card the box runs on, and says so in plain words', async () => {
    const { sound, facts, levels } = await open({ microphone: 'hw:97', speaker: 'hw:97' })
    await until(() => sound.fact.microphone === 'missing' && sound.fact.speaker === 'missing')
    expect(sound.fact.why.map(inEnglish).join(' ')).toMatch(
      /^The microphone "hw:97" does not work \(.+\); the others cannot hear this room\. The loudspeaker/,
    )
    const [pid, count] = [sound.pid, levels.length]
    await until(() => levels.length > count + 5)
    expect(sound.pid).toBe(pid)
    expect(facts.some((fact) => fact.microphone === 'open')).toBe(false)
  })

  test('a device text that GStreamer cannot read is a missing device', async () => {
    const { sound } = await open({ microphone: 'launch:nosuchelement', speaker: 'none' })
    expect(sound.fact.microphone).toBe('missing')
    expect(sound.fact.why.map(inEnglish).join(' ')).toContain('nosuchelement')
  })

  test('nothing runs before open() or after close(), and it can be opened again', async () => {
    const sound = new Sound({ settings: { microphone: 'test', speaker: 'none' }, onRtp: () => {}, fork, clock: systemClock, log: quiet })
    expect(sound.pid).toBeUndefined()
    await sound.open(AbortSignal.timeout(30_000))
    const pid = sound.pid ?? 0
    await sound.close()
    expect(() => process.kill(pid, 0)).toThrow()
    expect(sound.fact).toEqual({ microphone: 'closed', speaker: 'closed', echo: 'off', why: [] })
    await sound.open(AbortSignal.timeout(30_000))
    expect(sound.fact.microphone).toBe('open')
    await sound.close()
  })
})
