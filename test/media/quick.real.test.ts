// The program's sound as Opus: only while it is wanted, timed like the machine, silent when muted, and apart from the other one.
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GdpReader } from '../../src/broadcast/cutter/gdp.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { kbps } from '../../src/lib/unit.ts'
import { machineTime } from '../../src/media/machine-time.ts'
import { Sound } from '../../src/media/sound.ts'
import { fork } from '../../src/system/process.ts'
import { level, mono } from '../e2e/kit/tone.ts'
import { keepingLog } from './quiet.ts'

type Packet = { readonly at: number; readonly came: number; readonly bytes: Uint8Array }
const packets: Packet[] = []
/** As it came, the stream's own words too. */
let raw: Uint8Array[] = []
let [zero, rows, others] = [0, 0, 0]
let reader = new GdpReader()
let sound: Sound

beforeAll(async () => {
  const microphone = 'launch:audiotestsrc is-live=true freq=1000 volume=0.2 samplesperbuffer=480'
  const settings = { microphone, speaker: 'launch:fakesink sync=true', cleaning: false }
  sound = new Sound({ settings, onRtp: () => {}, fork, clock: systemClock, log: keepingLog() })
  sound.on('quick', (news) => {
    if (news.is === 'began') {
      rows++
      zero = news.zero
      reader = new GdpReader()
      raw = []
      return
    }
    raw.push(news.bytes)
    for (const { pts, bytes } of reader.take(news.bytes)) packets.push({ at: (zero + pts) / 1e6, came: machineTime(), bytes })
  })
  sound.onProgram((news) => {
    if (news.is === 'coded') others++
  })
  await sound.open(AbortSignal.timeout(30_000))
}, 60_000)
afterAll(() => sound?.close())

async function until(what: () => boolean, why: string): Promise<void> {
  for (const end = performance.now() + 20_000; !what(); await sleep(20))
    if (performance.now() > end) throw new Error(`not within 20 s: ${why}`)
}

/** What the last half second of the stream sounds like at the microphone's pitch, dB. */
function tone(): number {
  const words = ['-q', 'fdsrc', '!', 'gdpdepay', '!', 'opusdec', '!', 'audio/x-raw,format=S16LE,channels=1', '!', 'fdsink']
  const { stdout } = spawnSync('gst-launch-1.0', words, { input: Buffer.concat(raw), maxBuffer: 2 ** 26 })
  return level(mono(stdout, 1).slice(-24_000), 48_000, 1000)
}

test('is there while it is wanted, in packets of 20 ms at the time at which they were heard', async () => {
  sound.startProgram(kbps(96))
  await until(() => others > 20, 'the other sound')
  expect(packets).toEqual([])
  sound.setQuick(true)
  await until(() => packets.length > 60, 'Opus')
  // The first begins in the middle: the coder has put something before it.
  const steps = packets.slice(2).map(({ at }, i) => at - (packets[i + 1]?.at ?? 0))
  for (const step of steps) expect(step).toBeCloseTo(20, 3)
  // RFC 6716 §3.1: frames of 20 ms, one in a packet, mono.
  for (const { bytes } of packets) expect([((bytes[0] ?? 0) >> 3) % 4, (bytes[0] ?? 0) & 7]).toEqual([3, 0])
  const late = packets.map(({ at, came }) => came - at).sort((a, b) => a - b)
  // One clock for all that is broadcast; how late turns come on a machine that has much to do is not judged here.
  expect(Math.abs(late[late.length >> 1] ?? Number.NaN)).toBeLessThan(1000)
  expect(tone()).toBeGreaterThan(-40)
})

test('is silent when muted, like the other', async () => {
  sound.setMuted(true)
  const from = packets.length
  await until(() => packets.length > from + 60, 'packets of silence')
  expect(tone()).toBeLessThan(-80)
  sound.setMuted(false)
})

test('ends when nobody wants it, and begins as another row', async () => {
  sound.setQuick(false)
  await sleep(300)
  const [count, before] = [packets.length, others]
  await until(() => others > before + 20, 'the other sound goes on')
  expect(packets.length).toBe(count)
  sound.setQuick(true)
  await until(() => packets.length > count + 20, 'Opus again')
  expect(rows).toBe(2)
  sound.stopProgram()
})
