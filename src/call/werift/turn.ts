// turn.ts — a TURN allocation that outlives its first nonce, and listens to nobody but its server.
//
// A server says 438 Stale Nonce now and then (coturn after ten minutes), without a signature, because the key is bound to the nonce
// (RFC 8489 §9.2.5). werift drops unsigned answers, so a relayed call would end after some 18 minutes. And its second try sends the
// same message with the old signature still in it. Both are mended here, on the one allocation, without touching werift's classes.
import { parseMessage } from 'werift'
import type { Address, Turn } from './inner.ts'
import type { Odd } from './odd.ts'

const ERROR = 0x0110
const UNSIGNED = [401, 438]

export function mendTurn(turn: Turn, odd: Odd): void {
  const listen = turn.transport.onData
  turn.transport.onData = (data, from) => {
    const server = turn.serverEndpoint
    const isServer = turn.transport.type !== 'udp' || !server || (from[0] === server[0] && from[1] === server[1])
    if (isServer) listen(data, from)
    else odd.add('turn from a stranger')
  }

  const handle = turn.handleSTUNMessage.bind(turn)
  turn.handleSTUNMessage = (data: Buffer, from: Address) => {
    const message = parseMessage(data)
    const transaction = message && turn.transactions[message.transactionIdHex]
    const code: unknown = message?.getAttributeValue('ERROR-CODE')?.[0]
    if (
      transaction &&
      Number(message.messageClass) === ERROR &&
      UNSIGNED.includes(Number(code)) &&
      !message.attributesKeys.includes('MESSAGE-INTEGRITY')
    ) {
      Object.assign(transaction, { integrityKey: undefined })
      transaction.responseReceived(message, from)
    } else handle(data, from)
  }

  const ask = turn.request.bind(turn)
  turn.request = (request, ...rest) => {
    for (let i = request.attributes.length - 1; i >= 0; i--) {
      const name = request.attributes[i]?.[0]
      if (name === 'MESSAGE-INTEGRITY' || name === 'FINGERPRINT') request.attributes.splice(i, 1)
    }
    return ask(request, ...rest)
  }
}
