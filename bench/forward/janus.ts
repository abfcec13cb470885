// janus.ts — forwarding with Janus (C, Debian's package), its streaming plugin: plain RTP comes in on a UDP port, eight viewers get it by WebRTC.
//
// So Janus need not open what comes in, which the others do. Its viewers are libdatachannel's. CPU is what the system counted for its process.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerConnection, Track } from 'node-datachannel'
import { type Run, spans } from './measure.ts'
import { pictures, type Shape } from './stream.ts'

const JANUS = '/usr/bin/janus'
const STREAM = 1
const TICKS = 100 // per second: USER_HZ of every Linux that Debian runs on

/** Janus does not use loopback, and with several addresses it and its viewers go from one way to another. */
const ours = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

/** Why it cannot be measured here; null when it can. */
export function whyNoJanus(): string | null {
  if (!existsSync(JANUS)) return `${JANUS} is not installed (scripts/setup --bench does)`
  return ours() === undefined ? 'there is no network but loopback' : null
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

async function configure(folder: string, port: number, rtpPort: number): Promise<void> {
  await writeFile(
    join(folder, 'janus.jcfg'),
    `general: { configs_folder = "${folder}"; debug_level = 2; admin_secret = "bench"; interface = "127.0.0.1" }
nat: { nice_debug = false; full_trickle = false; ice_enforce_list = "${ours()}" }
plugins: { disable = "libjanus_audiobridge.so,libjanus_videoroom.so,libjanus_textroom.so,libjanus_echotest.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_nosip.so,libjanus_videocall.so,libjanus_voicemail.so,libjanus_lua.so,libjanus_duktape.so" }
transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }
`,
  )
  await writeFile(
    join(folder, 'janus.transport.websockets.jcfg'),
    `general: { ws = true; ws_port = ${port}; ws_ip = "127.0.0.1"; wss = false }\n`,
  )
  await writeFile(
    join(folder, 'janus.plugin.streaming.jcfg'),
    `bench: { type = "rtp"; id = ${STREAM}; audio = false; video = true; videoport = ${rtpPort}; videopt = 96; videocodec = "h264"; videofmtp = "packetization-mode=1;profile-level-id=42e01f" }\n`,
  )
}

type Reply = {
  readonly janus: string
  readonly transaction?: string
  readonly sender?: number
  readonly data?: { readonly id: number }
  readonly jsep?: { readonly sdp: string }
}

/** Janus's API over a WebSocket. */
class Api {
  readonly #socket: WebSocket
  readonly #listeners = new Set<(reply: Reply) => void>()
  #session = 0
  #count = 0

  constructor(port: number) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, 'janus-protocol')
    this.#socket.onmessage = ({ data }) => {
      const reply = JSON.parse(String(data)) as Reply
      for (const listener of this.#listeners) listener(reply)
    }
  }

  async open(): Promise<void> {
    await new Promise((done, fail) => {
      this.#socket.onopen = done
      this.#socket.onerror = () => fail(new Error('Janus does not listen yet'))
    })
    this.#session = (await this.#ask({ janus: 'create' }, ({ janus }) => janus === 'success')).data?.id ?? 0
  }

  async attach(): Promise<number> {
    const { data } = await this.#ask({ janus: 'attach', plugin: 'janus.plugin.streaming' }, ({ janus }) => janus === 'success')
    return data?.id ?? 0
  }

  /** Watches the stream; gives Janus's offer. */
  async watch(handle: number): Promise<string> {
    const message = { janus: 'message', handle_id: handle, body: { request: 'watch', id: STREAM } }
    const { jsep } = await this.#ask(message, ({ sender, jsep }) => sender === handle && jsep !== undefined)
    return jsep?.sdp ?? ''
  }

  async start(handle: number, sdp: string): Promise<void> {
    const message = { janus: 'message', handle_id: handle, body: { request: 'start' }, jsep: { type: 'answer', sdp } }
    await this.#ask(message, ({ janus }) => janus === 'ack')
  }

  close(): void {
    this.#socket.close()
  }

  #ask(message: object, isIt: (reply: Reply) => boolean): Promise<Reply> {
    const transaction = String(++this.#count)
    return new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`Janus did not answer ${JSON.stringify(message).slice(0, 80)}`)), 10_000)
      const listener = (reply: Reply) => {
        if (!isIt(reply) || (reply.transaction !== undefined && reply.transaction !== transaction)) return
        clearTimeout(late)
        this.#listeners.delete(listener)
        done(reply)
      }
      this.#listeners.add(listener)
      this.#socket.send(JSON.stringify({ ...message, transaction, ...(this.#session !== 0 && { session_id: this.#session }) }))
    })
  }
}

async function connected(port: number): Promise<Api> {
  for (let tries = 0; ; tries++) {
    const api = new Api(port)
    try {
      await api.open()
      return api
    } catch (error) {
      if (tries === 50) throw error
      await sleep(100)
    }
  }
}

/** Its track is held as well: one that nobody holds falls silent when memory is tidied. */
type Viewer = { readonly pc: PeerConnection; readonly tracks: readonly Track[] }

async function view(api: Api, onPacket: () => void): Promise<Viewer> {
  const { default: ndc } = await import('node-datachannel')
  const pc = new ndc.PeerConnection('bench', { iceServers: [], disableAutoNegotiation: true, bindAddress: ours() ?? '' })
  const { promise: opened, resolve } = Promise.withResolvers<void>()
  const tracks: Track[] = []
  pc.onTrack((track) => {
    tracks.push(track)
    track.onMessage(onPacket)
    track.onOpen(resolve)
  })
  const gathered = new Promise<string>((done) =>
    pc.onGatheringStateChange((state) => state === 'complete' && done(pc.localDescription()?.sdp ?? '')),
  )
  const handle = await api.attach()
  pc.setRemoteDescription(await api.watch(handle), 'offer')
  pc.setLocalDescription('answer')
  await api.start(handle, await gathered)
  await Promise.race([
    opened,
    sleep(10_000).then(() => {
      throw new Error('a viewer of Janus sees nothing')
    }),
  ])
  return { pc, tracks }
}

/** User and system time of a process and all its threads, microseconds (proc(5), fields 14 and 15). */
function cpuMicros(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS
}

export async function measureJanus(shape: Shape): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-janus-'))
  const [port, rtpPort] = [await freePort(), await freePort()]
  const viewers: Viewer[] = []
  const device = createSocket('udp4')
  let janus: ChildProcess | null = null
  let api: Api | null = null
  try {
    await configure(folder, port, rtpPort)
    janus = spawn(JANUS, ['--configs-folder', folder, '--disable-colors'], { stdio: 'ignore' })
    api = await connected(port)
    let received = 0
    for (let i = 0; i < spans.receivers; i++) viewers.push(await view(api, () => received++))
    const stop = new AbortController()
    let sent = 0
    const sending = pictures(
      spans.bits,
      (rtp) => {
        device.send(rtp, rtpPort, '127.0.0.1')
        sent++
      },
      stop.signal,
      shape,
    )
    await sleep(spans.warmUp)
    const [before, sentBefore] = [cpuMicros(janus.pid ?? 0), sent]
    await sleep(spans.window)
    const [after, sentAfter] = [cpuMicros(janus.pid ?? 0), sent]
    stop.abort()
    await sending
    await sleep(spans.drain)
    if (received < sent * spans.receivers * spans.leastBrought)
      throw new Error(`janus: only ${received} of ${sent * spans.receivers} packets came`)
    const packets = (sentAfter - sentBefore) * spans.receivers
    return { perPacket: (after - before) / packets, packets }
  } finally {
    for (const { pc } of viewers) pc.close()
    api?.close()
    device.close()
    janus?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}
