// socket.ts — WebSockets, made of ws. The only file of the daemon that knows ws exists.
//
// Four places: /mqtt hands its stream to the broker; /remote/socket and the chat of a broadcast hand their messages to a door; /tv/live sends the
// TV's picture, one JPEG a message. A slow watcher loses pictures and never makes memory grow: while one picture is still on its way to
// it, the next is left out.
import type { Duplex } from 'node:stream'
import { createWebSocketStream, type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'
import { FRAME_LIMIT, SOCKET_PATH } from '../wire/remote.ts'
import { plainAddress } from './guard.ts'
import { isKey, type Look, NO_LOOK } from './look.ts'

/** The request that asks for a socket, as node:http gives it. */
type Upgrade = Parameters<WebSocketServer['handleUpgrade']>[0]

/** A WebSocket as a door uses it: that for phones, and that of the chat. */
export interface DoorSocket {
  /** `sent` is called when the message has left our memory, or never. */
  send(frame: string | Uint8Array, sent: () => void): void
  close(code: number, sentence: string): void
}
export interface DoorEars {
  heard(frame: string | Uint8Array): void
  gone(): void
}

export type SocketParts = {
  /** Serves MQTT on a stream. */
  readonly mqtt: (stream: Duplex) => void
  /** Serves a phone that comes from an address; without it there is no /remote/socket. */
  readonly remote?: (socket: DoorSocket, address: string) => DoorEars
  /** Serves who chats about a broadcast. */
  readonly chat?: { readonly path: string; open(socket: DoorSocket, address: string): DoorEars }
  /** Serves who chats about a broadcast that is passed on here; null for a path that is none of those. */
  readonly carried?: (path: string) => ((socket: DoorSocket, address: string) => DoorEars) | null
  readonly look: Look
  readonly tvKey: string
  readonly clock: Clock
}

/** Close codes of our own (RFC 6455, 7.4.2). */
const NOT_ALLOWED = 4401
const TOO_MANY = 4429
const MOST_WATCHERS = 12
const WAIT_FOR_KEY = seconds(3)
/** A watcher that has taken no picture for so long is not there any more. */
const STUCK = seconds(10)

export class Sockets {
  readonly #parts: SocketParts
  readonly #mqtt = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: 64 * 1024,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has('mqtt') ? 'mqtt' : false),
  })
  readonly #live = new WebSocketServer({ noServer: true, clientTracking: true, maxPayload: 1024, perMessageDeflate: false })
  readonly #doors = new WebSocketServer({ noServer: true, clientTracking: true, maxPayload: FRAME_LIMIT, perMessageDeflate: false })
  #watchers = 0

  constructor(parts: SocketParts) {
    this.#parts = parts
  }

  /** Whether there is a socket at a path. */
  has(path: string): boolean {
    return path === '/mqtt' || path === '/tv/live' || this.#door(path) !== null
  }

  /** Takes over a connection whose asker has been looked at. */
  take(path: string, atHome: boolean, request: Upgrade, socket: Duplex, head: Buffer): void {
    if (path === '/mqtt') this.#mqtt.handleUpgrade(request, socket, head, (ws) => this.#serveMqtt(ws))
    else if (path !== '/tv/live')
      this.#doors.handleUpgrade(request, socket, head, (ws) => this.#serveDoor(ws, path, plainAddress(request.socket.remoteAddress)))
    else this.#live.handleUpgrade(request, socket, head, (ws) => void this.#serveLive(ws, atHome))
  }

  close(): void {
    for (const ws of [...this.#mqtt.clients, ...this.#doors.clients, ...this.#live.clients]) ws.terminate()
    this.#mqtt.close()
    this.#doors.close()
    this.#live.close()
  }

  #serveMqtt(ws: WebSocket): void {
    const stream = createWebSocketStream(ws)
    stream.on('error', () => {})
    this.#parts.mqtt(stream)
  }

  #door(path: string): ((socket: DoorSocket, address: string) => DoorEars) | null {
    const { remote, chat, carried } = this.#parts
    if (path === SOCKET_PATH) return remote ?? null
    return chat && path === chat.path ? (socket, address) => chat.open(socket, address) : (carried?.(path) ?? null)
  }

  #serveDoor(ws: WebSocket, path: string, address: string): void {
    ws.on('error', () => {})
    const ears = this.#door(path)?.(doorSocket(ws, this.#parts.clock), address)
    ws.on('message', (data, isBinary) => ears?.heard(isBinary ? bytesOf(data) : String(data)))
    ws.once('close', () => ears?.gone())
  }

  async #serveLive(ws: WebSocket, atHome: boolean): Promise<void> {
    ws.on('error', () => {})
    const gone = new AbortController()
    ws.once('close', () => gone.abort())
    if (!atHome && !(await this.#showsKey(ws, gone.signal))) {
      ws.close(NOT_ALLOWED, closeReason(NO_LOOK))
      return
    }
    if (gone.signal.aborted) return
    if (this.#watchers >= MOST_WATCHERS) {
      ws.close(TOO_MANY, 'too many are looking at this TV already')
      return
    }
    this.#watchers++
    const off = this.#parts.look.watch(this.#sender(ws))
    gone.signal.addEventListener('abort', () => {
      this.#watchers--
      off()
    })
  }

  /** Waits for the first message: it must be the key. */
  async #showsKey(ws: WebSocket, gone: AbortSignal): Promise<boolean> {
    const over = new AbortController()
    const signal = AbortSignal.any([gone, over.signal])
    const first = new Promise<string>((done) => ws.once('message', (data) => done(String(data))))
    const late = this.#parts.clock.sleep('the key to the TV', WAIT_FOR_KEY, signal).then(
      () => '',
      () => '',
    )
    const said = await Promise.race([first, late])
    over.abort()
    return isKey(said.trim(), this.#parts.tvKey)
  }

  #sender(ws: WebSocket): (jpeg: Uint8Array) => void {
    const { clock } = this.#parts
    let freeAt = clock.now()
    return (jpeg) => {
      if (ws.readyState !== ws.OPEN) return
      const now = clock.now()
      if (ws.bufferedAmount === 0) {
        freeAt = now
        ws.send(jpeg, { binary: true })
      } else if (now - freeAt > STUCK) ws.terminate()
    }
  }
}

/** Who does not answer our goodbye in time is cut off. */
const GOODBYE = seconds(2)

function doorSocket(ws: WebSocket, clock: Clock): DoorSocket {
  return {
    send(frame, sent) {
      if (ws.readyState === ws.OPEN) ws.send(frame, { binary: typeof frame !== 'string' }, (error) => error ?? sent())
    },
    close(code, sentence) {
      const closed = new AbortController()
      ws.once('close', () => closed.abort())
      ws.close(code, closeReason(sentence))
      clock.sleep('who is let go says goodbye', GOODBYE, closed.signal).then(
        () => ws.terminate(),
        () => {},
      )
    },
  }
}

const bytesOf = (data: RawData): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data

/** A close reason holds 123 bytes at most (RFC 6455, 5.5). */
const closeReason = (sentence: string): string =>
  Buffer.byteLength(sentence) <= 123 ? sentence : (/^.{0,118}(?=\s)/.exec(sentence)?.[0] ?? '')
