// ends.ts — a transport of this process as an End of the list of promises.
import type { Candidate, Line, Transport } from '../../src/call/transport.ts'
import { openWerift, type WeriftTransport } from '../../src/call/werift.ts'
import { quietLog } from '../fake/quiet.ts'
import type { FakeTransport } from '../fake/transport.ts'
import { rtp, STREAMS } from './rtp.ts'
import type { End } from './transport.ts'

const EVERY_MS = 5

type Own<T extends Transport> = {
  readonly transport: T
  readonly odd: () => number
  readonly heard: () => number
  /** Sends a little on every line. */
  readonly sendMedia: () => void
}

export function endOf<T extends Transport>({ transport, odd, heard, sendMedia }: Own<T>): End {
  const { signal } = new AbortController()
  const messages: string[] = []
  const candidates: Candidate[] = []
  let take: ((candidate: Candidate) => void) | null = null
  let timer: NodeJS.Timeout | undefined
  let opened = 0
  transport.on('open', () => void opened++)
  transport.on('message', (text) => void messages.push(text))
  transport.on('candidate', (candidate) => void (take ? take(candidate) : candidates.push(candidate)))
  return {
    offer: (options) => transport.offer(options, signal),
    answer: (offer) => transport.answer(offer, signal),
    accept: (answer) => transport.accept(answer, signal),
    addCandidate: async (candidate) => transport.addCandidate(candidate),
    fingerprints: async () => transport.fingerprints(),
    send: async (text) => transport.send(text),
    release: async () => transport.release(),
    close: () => {
      clearInterval(timer)
      return transport.close()
    },
    opened: async () => opened,
    messages: async () => [...messages],
    onCandidate: async (on) => {
      take = on
      for (const candidate of candidates.splice(0)) on(candidate)
    },
    odd: async () => odd(),
    play: async () => {
      timer ??= setInterval(sendMedia, EVERY_MS)
    },
    heard: async () => heard(),
  }
}

export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((all, count) => all + count, 0)

export function weriftEnd(onRtp: (line: Line, packet: Buffer) => void = () => {}): End & { readonly transport: WeriftTransport } {
  let heard = 0
  const onPacket = (line: Line, packet: Buffer) => {
    heard++
    onRtp(line, packet)
  }
  let sequence = 0
  const transport = openWerift({ iceServers: [], onRtp: onPacket, log: quietLog().log })
  const sendMedia = () => {
    sequence++
    for (const stream of STREAMS) transport.sendRtp(stream.line, rtp(stream, sequence))
  }
  // Before release() what is sent and what arrives is dropped and counted too; the promises are about the rest.
  const odd = () => {
    const { 'not released': _out, 'media before release': _in, ...rest } = transport.odd.seen()
    return sum(rest)
  }
  return { ...endOf({ transport, odd, heard: () => heard, sendMedia }), transport }
}

export function fakeEnd(transport: FakeTransport): End {
  let heard = 0
  transport.on('frame', () => void heard++)
  const sendMedia = () => void transport.sendFrame('camera', Uint8Array.of(1))
  return endOf({ transport, odd: () => transport.odd, heard: () => heard, sendMedia })
}
