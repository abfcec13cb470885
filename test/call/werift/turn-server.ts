// turn-server.ts — as much of a TURN server (RFC 8656) as it takes to ask for credentials, allocate, permit, and forget a nonce.
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { Message, parseMessage } from 'werift'

const SUCCESS = 0x0100
const ERROR = 0x0110
const ALLOCATE = 3
const CREATE_PERMISSION = 8
const KEY = createHash('md5').update('u:realm:c').digest()

export class TurnServer {
  nonce = 'first'
  /** How often it said 438. */
  stale = 0
  readonly permissions: string[] = []
  readonly #socket = createSocket('udp4')

  get port(): number {
    return this.#socket.address().port
  }

  async open(): Promise<void> {
    this.#socket.on('message', (data, { address, port }) => {
      const answer = this.#answer(data)
      if (answer) this.#socket.send(answer, port, address)
    })
    await new Promise<void>((resolve) => this.#socket.bind(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#socket.close()
  }

  #answer(data: Buffer): Buffer | null {
    const request = parseMessage(data)
    if (!request) return null
    const method = Number(request.messageMethod)
    if (!request.attributesKeys.includes('MESSAGE-INTEGRITY')) return this.#refuse(request, 401, 'Unauthorized')
    if (!parseMessage(data, KEY)) return this.#refuse(request, 401, 'Unauthorized')
    if (String(request.getAttributeValue('NONCE')) !== this.nonce) {
      this.stale++
      return this.#refuse(request, 438, 'Stale Nonce')
    }
    const response = new Message(method as never, SUCCESS as never, request.transactionId)
    if (method === ALLOCATE) {
      response.setAttribute('XOR-RELAYED-ADDRESS', ['127.0.0.1', 50_000])
      response.setAttribute('XOR-MAPPED-ADDRESS', ['127.0.0.1', 50_001])
      response.setAttribute('LIFETIME', 600)
    }
    if (method === CREATE_PERMISSION) this.permissions.push(String(request.getAttributeValue('XOR-PEER-ADDRESS')?.[0]))
    return response.addMessageIntegrity(KEY).addFingerprint().bytes
  }

  /** Unsigned, as RFC 8489 §9.2.5 has it: the client may not have the key to check it with. */
  #refuse(request: Message, code: number, reason: string): Buffer {
    const response = new Message(request.messageMethod, ERROR as never, request.transactionId)
    response.setAttribute('ERROR-CODE', [code, reason])
    response.setAttribute('NONCE', Buffer.from(this.nonce))
    response.setAttribute('REALM', 'realm')
    return response.bytes
  }
}
