// ours.ts — packets as the box carries them.
import type { Line } from '../../src/call/transport.ts'
import { openWerift } from '../../src/call/werift.ts'
import type { Log } from '../../src/lib/log.ts'
import type { End, Stack } from './stack.ts'

const quiet: Log = { debug() {}, info() {}, warn() {}, error: (...words) => console.error(...words), part: () => quiet }

function open(onPacket: (line: Line, packet: Buffer) => void): End<Buffer> {
  const transport = openWerift({ iceServers: [], onRtp: onPacket, log: quiet })
  const { signal } = new AbortController()
  const opened = new Promise<void>((done) => transport.on('open', done)).then(() => transport.release())
  return {
    offer: () => transport.offer({ iceRestart: false }, signal),
    answer: (offer) => transport.answer(offer, signal),
    accept: (answer) => transport.accept(answer, signal),
    opened,
    send: (line, packet) => transport.sendRtp(line, packet),
    close: () => transport.close(),
  }
}

export const stack: Stack<Buffer> = { open, packetOf: (rtp) => rtp, rtpOf: (packet) => packet }
