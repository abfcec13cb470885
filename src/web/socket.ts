// socket.ts — WebSockets, made of ws. The only file of the daemon that knows ws exists.
//
// Two places: /mqtt hands its stream to the broker; /tv/live sends the TV's picture, one JPEG a message. A slow watcher loses
// pictures and never makes memory grow: while one picture is still on its way to it, the next is left out.
import type { Duplex } from 'node:stream'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'
import { isKey, type Look, NO_LOOK } from './look.ts'

/** The request that asks for a socket, as node:http gives it. */
type Upgrade = Parameters<WebSocketServer['handleUpgrade']>[0]

export type SocketParts = {
  /** Serves MQTT on a stream. */
  readonly mqtt: (stream: Duplex) => void
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
  #watchers = 0

  constructor(parts: SocketParts) {
    this.#parts = parts
  }

  /** Whether there is a socket at a path. */
  has(path: string): boolean {
    return path === '/mqtt' || path === '/tv/live'
  }

  /** Takes over a connection whose asker has been looked at. */
  take(path: string, atHome: boolean, request: Upgrade, socket: Duplex, head: Buffer): void {
    if (path === '/mqtt') this.#mqtt.handleUpgrade(request, socket, head, (ws) => this.#serveMqtt(ws))
    else this.#live.handleUpgrade(request, socket, head, (ws) => void this.#serveLive(ws, atHome))
  }

  close(): void {
    for (const ws of [...this.#mqtt.clients, ...this.#live.clients]) ws.terminate()
    this.#mqtt.close()
    this.#live.close()
  }

  #serveMqtt(ws: WebSocket): void {
    const stream = createWebSocketStream(ws)
    stream.on('error', () => {})
    this.#parts.mqtt(stream)
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

/** A close reason holds 123 bytes at most (RFC 6455, 5.5). */
const closeReason = (sentence: string): string =>
  Buffer.byteLength(sentence) <= 123 ? sentence : (/^.{0,118}(?=\s)/.exec(sentence)?.[0] ?? '')
