// room.ts — the product's sound worker in a room of its own, in real time: what was played, what was heard, what left as RTP.
import { type ChildProcess, execFile, fork as forkNode, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { Scope } from '../../src/lib/scope.ts'
import { Sound, type SoundCounts, type SoundFact } from '../../src/media/sound.ts'
import { fork } from '../../src/system/process.ts'
import { type Acoustics, RATE } from './acoustics.ts'
import { type DeviceOrder, type DeviceReport, machineNow } from './devices.ts'
import { decode, floatsOf } from './opus.ts'

const run = promisify(execFile)
const silent: Log = { debug() {}, info() {}, warn() {}, error: (text, error) => console.error(text, error), part: () => silent }

export type RoomOrder = {
  readonly acoustics: Acoustics
  readonly seed: number
  /** RTP of 20 ms packets, and when it begins, seconds. */
  readonly far: readonly Buffer[]
  readonly farAt: number
  readonly near: Float32Array | null
  /** Seconds of the microphone's own clock. */
  readonly nearAt: readonly number[]
  readonly seconds: number
  readonly cleaning: boolean
  /** What leaves comes back on seat 1, and the microphone does not hear the loudspeaker: for measuring delay. */
  readonly loop: boolean
}

export type RoomReport = {
  /** What the loudspeaker played and the microphone heard, from the same moment on, each by its own clock. */
  readonly played: Float32Array
  readonly heard: Float32Array
  /** What a receiver hears, decoded from the RTP that left. */
  readonly left: Float32Array
  /** Where second 0 of `heard` is in `left`, samples: to the nearest packet. */
  readonly leftBegan: number
  /** When each packet that left came, ms after second 0. */
  readonly arrived: readonly number[]
  readonly counts: SoundCounts
  readonly longestGap: number
  readonly facts: readonly SoundFact[]
  /** Samples the loudspeaker had to play without having any, and the longest time in which the sound card itself slept, ms. */
  readonly starved: number
  readonly latestTick: number
}

/** Plays one room from beginning to end. */
export async function playRoom(order: RoomOrder): Promise<RoomReport> {
  await using scope = new Scope((error) => console.error('closing a room:', error))
  const folder = await mkdtemp(join(tmpdir(), 'parlor-echo-'))
  scope.defer(() => run('rm', ['-rf', folder]))
  const fifo = join(folder, 'loudspeaker')
  await run('mkfifo', [fifo])
  const holder = spawn(
    'perl',
    ['-e', 'open(my $f, "+<", $ARGV[0]) or die; fcntl($f, 1031, 4096) or die; $| = 1; print "held\n"; <STDIN>', fifo],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  scope.defer(() => holder.kill())
  await new Promise((held) => holder.stdout.once('data', held))
  const port = await freePort()

  const rtp: Array<{ at: number; packet: Buffer }> = []
  const facts: SoundFact[] = []
  let counts: SoundCounts | null = null
  let longestGap = 0
  const sound = new Sound({
    settings: {
      microphone: `launch:udpsrc address=127.0.0.1 port=${port} caps="audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=1"`,
      speaker: `launch:audioconvert ! audio/x-raw,format=F64LE,channels=2 ! filesink location=${fifo} buffer-mode=unbuffered sync=false async=false`,
      cleaning: order.cleaning,
    },
    onRtp: (packet) => {
      rtp.push({ at: machineNow(), packet: Buffer.from(packet) })
      if (order.loop) sound.rtp(1, Buffer.from(packet))
    },
    fork,
    clock: systemClock,
    log: silent,
  })
  sound.on('fact', (fact) => facts.push(fact))
  sound.on('counts', (now) => {
    // The first second has the opening in it.
    if (counts) longestGap = Math.max(longestGap, now.longestGap)
    counts = now
  })
  scope.defer(() => sound.close())

  const devices = forkNode(new URL('./devices.ts', import.meta.url), { serialization: 'advanced', execArgv: [] })
  scope.defer(() => devices.kill('SIGKILL'))
  const { acoustics, seed, near, loop } = order
  devices.send({
    fifo,
    port,
    acoustics,
    seed,
    near,
    nearAt: order.nearAt.map((s) => Math.round(s * RATE)),
    deaf: loop,
    base: join(folder, 'device'),
  } satisfies DeviceOrder)
  const { began } = await report(devices)
  await Promise.all([putFirst(process.pid, 10), putFirst(devices.pid, 14)])
  await sound.open(AbortSignal.timeout(20_000))
  await putFirst(sound.pid, 12)

  const talk = async (): Promise<void> => {
    for (const [i, packet] of order.far.entries()) {
      const due = began + order.farAt * 1000 + i * 20
      if (due > began + order.seconds * 1000) return
      const wait = due - machineNow()
      if (wait > 1) await sleep(wait)
      sound.rtp(1, Buffer.from(packet))
    }
  }
  const talking = talk()
  await sleep(began + order.seconds * 1000 - machineNow())
  await talking
  devices.send('stop')
  const { starved, latestTick } = await report(devices)
  await sound.close()
  const first = rtp[0]
  if (!first || !counts) throw new Error(`no sound left the worker: ${JSON.stringify(facts.at(-1))}`)
  const left = await decode(
    rtp.map(({ packet }) => packet),
    join(folder, 'left'),
  )
  const [played, heard] = await Promise.all(
    ['played', 'heard'].map(async (what) => floatsOf(await readFile(join(folder, `device-${what}.f32`)))),
  )
  if (!played || !heard) throw new Error('the sound card kept nothing')
  const leftBegan = -Math.round(((first.at - began - 10) / 1000) * RATE)
  return { played, heard, left, leftBegan, arrived: rtp.map(({ at }) => at - began), counts, longestGap, facts, starved, latestTick }
}

/**
 * Puts a process before all that is not real time, where we may. The box has nothing else to do; the machine of a bench
 * often has, and then the figures would tell of that. Where we may not, `starved` in the report tells.
 */
async function putFirst(pid: number | undefined, priority: number): Promise<void> {
  // What a worker starts is its own threads; what this process starts are coders and the peer, and they may wait.
  const inherits = pid === process.pid ? ['--reset-on-fork'] : []
  if (pid) await run('chrt', ['--all-tasks', ...inherits, '--rr', '--pid', String(priority), String(pid)]).catch(() => {})
}

const report = (child: ChildProcess): Promise<DeviceReport> =>
  new Promise((told, failed) => {
    child.once('message', (message) => told(message as DeviceReport))
    child.once('exit', (code) => failed(new Error(`the sound card ended (${code})`)))
  })

function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  return new Promise((found) =>
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => found(port))
    }),
  )
}
