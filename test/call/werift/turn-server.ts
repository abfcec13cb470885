// turn-server.ts — as much of a TURN server (RFC 8656) as it takes to ask for credentials, allocate, permit, bind, forward, and forget.
// Made with werift's messages, so that ours are read by somebody else's eyes.
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { Message, parseMessage } from 'werift'

const SUCCESS = 0x0100
const ERROR = 0x0110
const ALLOCATE = 3
const REFRESH = 4
const SEND = 6
const DATA = 7
const CREATE_PERMISSION = 8
const CHANNEL_BIND = 9
const INDICATION = 0x0010
const KEY = createHash('md5').update('u:realm:c').digest()

export class TurnServer {
  nonce = 'first'
  /** Requests in all; and how often it said 438. */
  asked = 0
  stale = 0
  refreshes = 0
  binds = 0
  /** Answers nothing. */
  silent = false
  /** Knows of no allocation any more. */
  forgets = false
  /** Signs with a wrong key. */
  forges = false
  readonly permissions: string[] = []
  readonly channels = new Map<number, string>()
  /** What it would have forwarded, and how it came. */
  readonly heard: Array<readonly [how: 'indication' | 'channel', host: string, text: string]> = []
  readonly #socket = createSocket('udp4')
  #client: { readonly address: string; readonly port: number } | null = null

  get port(): number {
    return this.#socket.address().port
  }

  async open(): Promise<void> {
    this.#socket.on('message', (data, from) => {
      this.#client = from
      if (data.readUInt8(0) >= 0x40) {
        const text = data.toString('utf8', 4, 4 + data.readUInt16BE(2))
        this.heard.push(['channel', this.channels.get(data.readUInt16BE(0)) ?? 'nobody', text])
        return
      }
      const answer = this.#answer(data)
      if (answer && !this.silent) this.#socket.send(answer, from.port, from.address)
    })
    await new Promise<void>((resolve) => this.#socket.bind(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#socket.close()
  }

  /** Forwards to the client by a channel. */
  say(channel: number, data: Buffer): void {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(channel, 0)
    head.writeUInt16BE(data.length, 2)
    this.#socket.send(Buffer.concat([head, data]), this.#client?.port, this.#client?.address)
  }

  /** Forwards to the client by an indication. */
  indicate(from: [string, number], data: Buffer): void {
    const message = new Message(DATA as never, INDICATION as never)
    message.setAttribute('XOR-PEER-ADDRESS', from).setAttribute('DATA', data)
    this.#socket.send(message.bytes, this.#client?.port, this.#client?.address)
  }

  #answer(data: Buffer): Buffer | null {
    const request = parseMessage(data)
    if (!request) return null
    const method = Number(request.messageMethod)
    const host = String(request.getAttributeValue('XOR-PEER-ADDRESS')?.[0])
    if (method === SEND) {
      this.heard.push(['indication', host, String(request.getAttributeValue('DATA'))])
      return null
    }
    this.asked++
    if (!request.attributesKeys.includes('MESSAGE-INTEGRITY')) return this.#refuse(request, 401, 'Unauthorized')
    if (!parseMessage(data, KEY)) return this.#refuse(request, 401, 'Unauthorized')
    if (String(request.getAttributeValue('NONCE')) !== this.nonce) {
      this.stale++
      return this.#refuse(request, 438, 'Stale Nonce')
    }
    if (this.forgets) return this.#refuse(request, 437, 'Allocation Mismatch')
    const response = new Message(method as never, SUCCESS as never, request.transactionId)
    if (method === ALLOCATE) {
      response.setAttribute('XOR-RELAYED-ADDRESS', ['127.0.0.1', 50_000])
      response.setAttribute('XOR-MAPPED-ADDRESS', ['127.0.0.1', 50_001])
    }
    if (method === ALLOCATE || method === REFRESH) response.setAttribute('LIFETIME', 600)
    if (method === REFRESH) this.refreshes++
    if (method === CREATE_PERMISSION) this.permissions.push(host)
    if (method === CHANNEL_BIND) {
      this.binds++
      this.channels.set(Number(request.getAttributeValue('CHANNEL-NUMBER')), host)
    }
    return response.addMessageIntegrity(this.forges ? Buffer.alloc(16) : KEY).addFingerprint().bytes
  }

  /** 401 and 438 are unsigned, as RFC 8489 §9.2.5 has it: the client may not have the key to check it with. */
  #refuse(request: Message, code: number, reason: string): Buffer {
    const response = new Message(request.messageMethod, ERROR as never, request.transactionId)
    response.setAttribute('ERROR-CODE', [code, reason])
    if (code === 437) return response.addMessageIntegrity(KEY).addFingerprint().bytes
    response.setAttribute('NONCE', Buffer.from(this.nonce))
    response.setAttribute('REALM', 'realm')
    return response.bytes
  }
}
