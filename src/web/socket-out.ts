// socket-out.ts — a WebSocket that we open ourselves, to another machine's chat, made of ws. What comes is bounded and not believed; so no certificate has
// to be, and no redirect is followed.
import { WebSocket } from 'ws'
import type { DoorEars, DoorSocket } from './socket.ts'

/** ms for the other side to take us in. */
const PATIENCE = 10_000

/** @param url `ws://…` or `wss://…` @param limit bytes of one frame @param ears hear the texts, and once that it is over */
export function openSocket(url: string, limit: number, ears: DoorEars & { readonly opened: () => void }): DoorSocket {
  const ws = new WebSocket(url, { maxPayload: limit, handshakeTimeout: PATIENCE, perMessageDeflate: false, rejectUnauthorized: false })
  ws.on('error', () => {})
  ws.on('open', () => ears.opened())
  ws.on('message', (data, isBinary) => {
    if (!isBinary) ears.heard(String(data))
  })
  ws.once('close', () => ears.gone())
  return {
    send: (frame, sent) => {
      if (ws.readyState === ws.OPEN) ws.send(frame, (error) => error ?? sent())
    },
    close: (code, sentence) => (ws.readyState === ws.OPEN ? ws.close(code, sentence) : ws.terminate()),
  }
}
