// The real camera worker with real GStreamer, and no camera. What happens is asserted, not how fast.
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { FakeClock, systemClock } from '../../src/lib/clock.ts'
import { kbps, ms, seconds } from '../../src/lib/unit.ts'
import { Camera, type CameraFact, type CameraSettings } from '../../src/media/capture.ts'
import { openPipeline } from '../../src/media/gst.ts'
import { RtpOut } from '../../src/media/port.ts'
import { fork, run } from '../../src/system/process.ts'
import { FakeFork } from '../fake/fork.ts'
import { nalTypes, sequenceOf, ssrcOf, timeOf } from './capture/rtp.ts'
import { keepingLog } from './quiet.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlor capture '))
afterAll(() => rmSync(folder, { recursive: true }))
const open: Camera[] = []
afterEach(async () => {
  for (const camera of open.splice(0)) await camera.close()
})

const SNOW = 'launch:videotestsrc is-live=true pattern=snow ! video/x-raw,framerate=30/1'
type Scene = { camera: Camera; packets: Buffer[]; facts: CameraFact[]; faults: string[]; until: (done: () => boolean) => Promise<void> }

function scene(settings: Partial<CameraSettings>): Scene {
  const packets: Buffer[] = []
  const facts: CameraFact[] = []
  const faults: string[] = []
  const camera = new Camera({
    settings: { source: 'test', standIn: true, width: 320, height: 240, fps: 30, kbps: 500, ...settings },
    onRtp: (packet) => packets.push(packet),
    fork,
    clock: systemClock,
    log: keepingLog(),
  })
  open.push(camera)
  camera.on('fact', (fact) => facts.push(fact))
  camera.on('fault', (fault) => faults.push(fault.code))
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await pass(10)
  }
  return { camera, packets, facts, faults, until }
}
const pass = (time: number): Promise<void> => new Promise((go) => setTimeout(go, time))
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((go) => socket.bind(0, '127.0.0.1', go))
  const { port } = socket.address()
  await new Promise<void>((go) => socket.close(go))
  return port
}
const soon = (): AbortSignal => AbortSignal.timeout(seconds(50))
/** RTP times of the keyframes among these packets, each once. */
const keyframes = (packets: readonly Buffer[]): number[] => [
  ...new Set(packets.filter((packet) => nalTypes(packet).includes(5)).map(timeOf)),
]

describe('the test picture', () => {
  it('is one RTP stream of H.264 that begins with SPS, PPS and a keyframe', async () => {
    const { camera, packets, facts, until } = scene({})
    await camera.open(soon())
    expect(facts).toEqual([{ camera: 'open', why: null }])
    await until(() => packets.length > 100)
    const begin = packets.filter((packet) => timeOf(packet) === timeOf(packets[0] as Buffer))
    expect(nalTypes(packets[0] as Buffer)).toEqual(expect.arrayContaining([7, 8]))
    expect(begin.flatMap(nalTypes)).toContain(5)
    expect(new Set(packets.map((packet) => (packet[1] ?? 0) & 0x7f))).toEqual(new Set([96]))
    expect(Math.max(...packets.map((packet) => packet.length))).toBeLessThanOrEqual(1200)
    expect(new Set(packets.map(ssrcOf)).size).toBe(1)
    expect(packets.slice(1).every((packet, i) => sequenceOf(packet) === ((sequenceOf(packets[i] as Buffer) + 1) & 0xffff))).toBe(true)
  })

  it('decodes to pictures of the wanted size that move', async () => {
    const out = new RtpOut()
    const eye = openPipeline(
      'udpsrc name=in address=127.0.0.1 port=0 caps="application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000" ! rtph264depay ! avdec_h264 max-threads=1 ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=seen sync=false max-buffers=4 drop=true',
    )
    const seen: Buffer[] = []
    const enough = Promise.withResolvers<void>()
    const next = (): void =>
      eye.pull('seen', (picture) => {
        if (!picture || seen.push(picture) >= 40) enough.resolve()
        else next()
      })
    eye.play()
    next()
    out.to(Number(eye.get('in', 'port')))
    const sending = new Camera({
      settings: { source: 'test', standIn: false, width: 320, height: 240, fps: 30, kbps: 500 },
      onRtp: (packet) => out.send(packet),
      fork,
      clock: systemClock,
      log: keepingLog(),
    })
    open.push(sending)
    await sending.open(soon())
    await enough.promise
    eye.stop()
    out.close()
    expect(seen).toHaveLength(40)
    expect(new Set(seen.map((picture) => picture.length))).toEqual(new Set([320 * 240]))
    expect(new Set(seen.map((picture) => picture.toString('latin1'))).size).toBeGreaterThan(20)
  })

  it('gives a small one beside it while somebody is shown it: half as wide and high, a stream of its own that begins anew each time', async () => {
    const out = new RtpOut()
    const eye = openPipeline(
      'udpsrc name=in address=127.0.0.1 port=0 caps="application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000" ! rtph264depay ! avdec_h264 max-threads=1 ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=seen sync=false max-buffers=4 drop=true',
    )
    const picture = Promise.withResolvers<number>()
    eye.play()
    eye.pull('seen', (seen) => picture.resolve(seen?.length ?? 0))
    out.to(Number(eye.get('in', 'port')))
    const [whole, small]: [Buffer[], Buffer[]] = [[], []]
    const camera = new Camera({
      settings: { source: 'test', standIn: false, width: 320, height: 240, fps: 30, kbps: 500 },
      onRtp: (packet) => whole.push(packet),
      onSmall: (packet) => {
        small.push(packet)
        out.send(packet)
      },
      fork,
      clock: systemClock,
      log: keepingLog(),
    })
    open.push(camera)
    expect(camera.hasSmall).toBe(false)
    await camera.open(soon())
    expect(camera.hasSmall).toBe(true)
    while (whole.length < 20) await pass(10)
    expect(small.length, 'nobody needs it').toBe(0)
    camera.setSmall(kbps(150))
    while (small.length < 30) await pass(10)
    expect(nalTypes(small[0] as Buffer)).toEqual(expect.arrayContaining([7, 8]))
    expect(await picture.promise).toBe(160 * 120)
    expect(new Set(small.map(ssrcOf)).size).toBe(1)
    expect(ssrcOf(small[0] as Buffer)).not.toBe(ssrcOf(whole[0] as Buffer))
    camera.setSmall(null)
    await pass(300)
    const before = small.length
    const wholeBefore = whole.length
    while (whole.length < wholeBefore + 20) await pass(10)
    expect(small.length, 'nobody needs it any more').toBe(before)
    camera.setSmall(kbps(300))
    while (small.length < before + 5) await pass(10)
    const again = small.slice(before)
    expect(again.slice(0, 3).flatMap(nalTypes)).toEqual(expect.arrayContaining([7, 8]))
    expect(small.slice(1).every((packet, i) => sequenceOf(packet) === ((sequenceOf(small[i] as Buffer) + 1) & 0xffff))).toBe(true)
    eye.stop()
    out.close()
  })

  it('gives a keyframe to who asks, and few to many who ask', async () => {
    const { camera, packets, until } = scene({})
    await camera.open(soon())
    await until(() => packets.length > 20)
    const from = packets.length
    camera.askKeyframe()
    await until(() => keyframes(packets.slice(from)).length > 0)
    await pass(600)
    const then = packets.length
    const began = performance.now()
    while (performance.now() - began < 1500) {
      camera.askKeyframe()
      await pass(20)
    }
    const took = performance.now() - began
    await pass(600)
    const made = keyframes(packets.slice(then)).length
    expect(made).toBeGreaterThan(1)
    expect(made).toBeLessThanOrEqual(Math.ceil(took / 500) + 2)
  })

  it('takes another bit rate while it runs', async () => {
    const { camera, packets, until } = scene({ source: SNOW, kbps: 300 })
    await camera.open(soon())
    await until(() => packets.length > 50)
    const { pid } = camera
    /** Bits for each second of RTP time: a slow machine sends fewer frames, not smaller ones. */
    const measured = async (): Promise<number> => {
      await pass(1000)
      const from = packets.length
      await until(() => packets.length > from && (timeOf(packets.at(-1) as Buffer) - timeOf(packets[from] as Buffer)) >>> 0 > 180_000)
      const some = packets.slice(from)
      const time = (timeOf(some.at(-1) as Buffer) - timeOf(some[0] as Buffer)) >>> 0
      return (some.reduce((sum, packet) => sum + packet.length * 8, 0) * 90_000) / time
    }
    const low = await measured()
    camera.setRate(kbps(1800))
    const high = await measured()
    camera.setRate(kbps(300))
    const again = await measured()
    expect(high / low).toBeGreaterThan(2)
    expect(high / again).toBeGreaterThan(2)
    expect(camera.pid).toBe(pid)
  })

  it('is no process when it is closed, and one again when it is opened again', async () => {
    const { camera, packets, facts, until } = scene({})
    expect(camera.pid).toBeUndefined()
    await camera.open(soon())
    const pid = camera.pid ?? 0
    await camera.close()
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
    const then = packets.length
    const again = camera.open(soon())
    await again
    await until(() => packets.length > then + 20)
    expect(facts.map(({ camera: is }) => is)).toEqual(['open', 'closed', 'open'])
    expect(new Set(packets.map(ssrcOf)).size).toBe(1)
  })

  it('goes on in the same stream after its worker was killed -9', async () => {
    const { camera, packets, faults, until } = scene({})
    await camera.open(soon())
    await until(() => packets.length > 30)
    const before = camera.pid ?? 0
    process.kill(before, 'SIGKILL')
    await until(() => faults.length > 0)
    const then = packets.length
    await until(() => packets.length > then + 30)
    expect(faults).toEqual(['worker-crashed'])
    expect(camera.pid).not.toBe(before)
    expect(camera.fact.camera).toBe('open')
    expect(nalTypes(packets[then] as Buffer)).toContain(7)
    expect(new Set(packets.map(ssrcOf)).size).toBe(1)
    expect(sequenceOf(packets[then] as Buffer)).toBe((sequenceOf(packets[then - 1] as Buffer) + 1) & 0xffff)
    expect((timeOf(packets[then] as Buffer) - timeOf(packets[then - 1] as Buffer)) >>> 0).toBeGreaterThan(0)
    expect((timeOf(packets[then] as Buffer) - timeOf(packets[then - 1] as Buffer)) >>> 0).toBeLessThan(90_000 * 30)
  })
})

describe('a video file', () => {
  it('plays again and again', async () => {
    const file = join(folder, 'a "film".mp4')
    const made = await run(
      'gst-launch-1.0',
      [
        ...'-q videotestsrc num-buffers=20 ! video/x-raw,width=160,height=120,framerate=20/1 ! x264enc ! mp4mux ! filesink'.split(' '),
        `location=${file}`,
      ],
      { timeLimit: seconds(40) },
    )
    expect(made.err).toBe('')
    const { camera, packets, facts, until } = scene({ source: `file:${file}`, standIn: false })
    await camera.open(soon())
    const first = timeOf(packets[0] as Buffer)
    await until(() => (timeOf(packets.at(-1) as Buffer) - first) >>> 0 > 3.5 * 90_000)
    expect(keyframes(packets).length).toBeGreaterThanOrEqual(3)
    expect(facts).toEqual([{ camera: 'open', why: null }])
  })
})

describe('a camera that is missing', () => {
  it('is replaced by the test picture, and the fact still says missing and why', async () => {
    const { camera, packets, facts, until } = scene({ source: '/dev/video987' })
    await camera.open(soon())
    expect(facts).toEqual([{ camera: 'missing', why: { is: 'no camera there', path: '/dev/video987' } }])
    await until(() => packets.length > 60)
    expect(camera.fact.camera).toBe('missing')
    expect(nalTypes(packets[0] as Buffer)).toContain(7)
  })
  it('is a fault, not a wait, where nothing stands in', async () => {
    const { camera, packets } = scene({ source: 'launch:no-such-element', standIn: false })
    await expect(camera.open(soon())).rejects.toMatchObject({ code: 'camera-lost', message: expect.stringContaining('no-such-element') })
    expect(camera.fact.camera).toBe('missing')
    expect(packets).toEqual([])
  })
  it('comes back by itself; meanwhile the stand-in plays, all in one stream', async () => {
    const { camera, packets, facts, until } = scene({ source: 'launch:videotestsrc is-live=true num-buffers=30' })
    await camera.open(soon())
    await until(() => facts.filter((fact) => fact.camera === 'open').length >= 2)
    expect(facts.slice(0, 3)).toEqual([
      { camera: 'open', why: null },
      { camera: 'missing', why: { is: 'camera ended', name: 'launch' } },
      { camera: 'open', why: null },
    ])
    expect(new Set(packets.map(ssrcOf)).size).toBe(1)
    expect(packets.slice(1).every((packet, i) => sequenceOf(packet) === ((sequenceOf(packets[i] as Buffer) + 1) & 0xffff))).toBe(true)
  })
  it('is missed when it is there but gives no more pictures, and taken again when it does', async () => {
    const port = await freePort()
    const out = new RtpOut()
    out.to(port)
    const far = new Camera({
      settings: { source: 'test', standIn: false, width: 160, height: 120, fps: 15, kbps: 200 },
      onRtp: (packet) => out.send(packet),
      fork,
      clock: systemClock,
      log: keepingLog(),
    })
    open.push(far)
    const { camera, facts, until } = scene({
      source: `launch:udpsrc address=127.0.0.1 port=${port} caps="application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000" ! rtph264depay ! avdec_h264 max-threads=1`,
    })
    const asking = setInterval(() => far.askKeyframe(), 300)
    await far.open(soon())
    await camera.open(soon())
    await until(() => camera.fact.camera === 'open')
    await far.close()
    await until(() => camera.fact.camera === 'missing')
    await far.open(soon())
    await until(() => camera.fact.camera === 'open')
    clearInterval(asking)
    out.close()
    expect(facts.map(({ why }) => why)).toContainEqual({ is: 'camera silent', name: 'launch' })
  })
  it('is given up when the one who asked goes away, and nothing stays open', async () => {
    const { camera } = scene({ source: 'launch:videotestsrc is-live=true ! valve drop=true' })
    const asker = new AbortController()
    const opening = camera.open(asker.signal)
    await pass(300)
    asker.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    expect(camera.pid).toBeUndefined()
    expect(camera.fact.camera).toBe('closed')
  })
  it('is never opened where none is wanted', async () => {
    const { camera } = scene({ source: 'none' })
    await expect(camera.open(soon())).rejects.toMatchObject({ code: 'camera-lost' })
    expect(camera.pid).toBeUndefined()
    expect(camera.fact).toEqual({ camera: 'missing', why: { is: 'camera unwanted' } })
  })
})

it('tells a worker that is forked anew how the camera filmed last, and forgets it when it is closed', async () => {
  const forks = new FakeFork()
  const clock = new FakeClock()
  const camera = new Camera({
    settings: { source: 'auto', standIn: false, width: 320, height: 240, fps: 30, kbps: 500 },
    onRtp: () => {},
    fork: forks.fork,
    clock,
    log: keepingLog(),
  })
  const opening = camera.open(new AbortController().signal).catch(() => {})
  while (forks.children.length === 0) await pass(5)
  expect(forks.last.orders).toMatchObject([{ do: 'open', filmed: null }])
  const filmed = { name: 'HD Pro Webcam C920', as: 'mjpeg', encoder: 'v4l2' }
  forks.last.tells({ say: 'open', what: 'a camera', filmed, small: false })
  forks.last.exit(null, 'SIGSEGV')
  await clock.advance(ms(0))
  expect(forks.last.orders).toMatchObject([{ do: 'open', filmed }])
  const closed = camera.close()
  forks.last.exit(null, 'SIGKILL')
  await Promise.all([closed, opening])

  const again = camera.open(new AbortController().signal).catch(() => {})
  const before = forks.children.length
  while (forks.children.length === before) await pass(5)
  expect(forks.last.orders).toMatchObject([{ do: 'open', filmed: null }])
  const closedAgain = camera.close()
  forks.last.exit(null, 'SIGKILL')
  await Promise.all([closedAgain, again])
})

it('does not try a hardware encoder again that took the worker down before the first packet, until it is opened anew', async () => {
  const forks = new FakeFork()
  const clock = new FakeClock()
  const camera = new Camera({
    settings: { source: 'test', standIn: false, width: 320, height: 240, fps: 30, kbps: 500 },
    onRtp: () => {},
    fork: forks.fork,
    clock,
    log: keepingLog(),
  })
  const opening = camera.open(new AbortController().signal)
  while (forks.children.length === 0) await pass(5)
  expect(forks.last.orders).toMatchObject([{ do: 'open', rate: 500_000, avoid: [] }])
  camera.setRate(kbps(900))
  forks.last.tells({ say: 'trying', encoder: 'v4l2' })
  forks.last.exit(null, 'SIGSEGV')
  await clock.advance(ms(0))
  expect(forks.last.orders).toMatchObject([{ do: 'open', rate: 900_000, avoid: ['v4l2'] }])
  forks.last.tells({ say: 'trying', encoder: 'x264' })
  forks.last.exit(null, 'SIGSEGV')
  await clock.advance(ms(0))
  expect(camera.fact).toEqual({
    camera: 'missing',
    why: { is: 'camera fell', said: 'the camera worker ended by itself: killed by SIGSEGV' },
  })
  await clock.advance(ms(100))
  expect(forks.last.orders).toMatchObject([{ do: 'open', avoid: ['v4l2'] }])
  const refused = expect(opening).rejects.toMatchObject({ code: 'camera-lost' })
  const closed = camera.close()
  forks.last.exit(null, 'SIGKILL')
  await closed
  await refused

  const again = camera.open(new AbortController().signal).catch(() => {})
  const before = forks.children.length
  while (forks.children.length === before) await pass(5)
  expect(forks.last.orders).toMatchObject([{ do: 'open', avoid: [], budget: { hardware: 245_760, software: null } }])
  const closedAgain = camera.close()
  forks.last.exit(null, 'SIGKILL')
  await Promise.all([closedAgain, again])
})
