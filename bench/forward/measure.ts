// measure.ts — one run of one way: a forwarder in a process of its own, a sender and eight receivers here.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from './child.ts'
import type { Ask, Said } from './forwarder.ts'
import { type StackName, stackOf } from './stack.ts'
import { pictures, type Shape } from './stream.ts'

/** What every way is given to do. Milliseconds; a way that brings fewer of the packets is not doing the work that it is measured for. */
export const spans = { receivers: 8, bits: 2_500_000, warmUp: 20_000, window: 10_000, drain: 500, leastBrought: 0.95 } as const

export type Run = {
  /** CPU of the forwarder for each packet that went out, microseconds. */ readonly perPacket: number
  readonly packets: number
}

export async function measure(name: StackName, shape: Shape, execArgv: readonly string[] = []): Promise<Run> {
  const stack = await stackOf(name)
  const child = new Child<Ask, Said>(join(import.meta.dirname, 'forwarder.ts'), [name], execArgv)
  let received = 0
  const receive = (): void => {
    received++
  }
  const ends = Array.from({ length: spans.receivers + 1 }, (_, i) => stack.open(i === 0 ? () => {} : receive))
  const stop = new AbortController()
  try {
    for (const end of ends) {
      const { answer } = await child.ask({ ask: 'answer', offer: await end.offer() }, 'answer')
      await end.accept(answer)
      await end.opened
    }
    const [sender] = ends
    let sent = 0
    const give = (rtp: Buffer): void => {
      sender?.send('camera', stack.packetOf(rtp))
      sent++
    }
    const sending = pictures(spans.bits, give, stop.signal, shape)
    await sleep(spans.warmUp)
    const before = await child.ask({ ask: 'count' }, 'cpuMicros')
    await sleep(spans.window)
    const after = await child.ask({ ask: 'count' }, 'cpuMicros')
    stop.abort()
    await sending
    await sleep(spans.drain)
    const packets = after.forwarded - before.forwarded
    const brought = received / (sent * spans.receivers)
    if (brought < spans.leastBrought)
      throw new Error(`${name}: only ${(brought * 100).toFixed(1)} % of ${sent * spans.receivers} packets came`)
    return { perPacket: (after.cpuMicros - before.cpuMicros) / packets, packets }
  } finally {
    stop.abort()
    await Promise.all(ends.map((end) => end.close()))
    await child.end({ ask: 'end' })
  }
}
