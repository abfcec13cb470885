// measure.ts — one run of one way: the packet part of a box in a process of its own; five people, camera, microphone, screen and loudspeaker here.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from '../forward/child.ts'
import { type StackName, stackOf } from '../forward/stack.ts'
import { pictures, sounds } from '../forward/stream.ts'
import type { Ask, Said } from './box.ts'

export const PEOPLE = 5
const BITS = 1_000_000
const WARM_UP = 20_000 // until Node has compiled what runs often
const WINDOW = 10_000
const DRAIN = 500
/** What scripts/parlord gives to node. */
const AS_PARLORD = ['--max-semi-space-size=1']
/** A way that brings fewer of the packets is not doing the work that it is measured for. */
const LEAST_BROUGHT = 0.95

/** @returns CPU of the box's process in the window, milliseconds per second */
export async function measure(name: StackName, execArgv: readonly string[] = AS_PARLORD): Promise<number> {
  const stack = await stackOf(name)
  const box = new Child<Ask, Said>(join(import.meta.dirname, 'box.ts'), [name], execArgv)
  const stop = new AbortController()
  const [screen, loudspeaker, device] = [await bound(), await bound(), await bound()]
  let [sent, received] = [0, 0]
  for (const worker of [screen, loudspeaker]) worker.on('message', () => received++)
  const ends = Array.from({ length: PEOPLE }, () => stack.open(() => received++))
  try {
    const { camera, microphone } = await box.ask(
      { ask: 'open', screen: screen.address().port, sound: loudspeaker.address().port },
      'camera',
    )
    for (const end of ends) {
      const { answer } = await box.ask({ ask: 'answer', offer: await end.offer() }, 'answer')
      await end.accept(answer)
      await end.opened
    }
    const each = (reaches: number, send: (rtp: Buffer) => void) => (rtp: Buffer) => {
      send(rtp)
      sent += reaches
    }
    const { signal } = stop
    // Our own picture is on our own TV too.
    const streams = [
      pictures(
        BITS,
        each(PEOPLE + 1, (rtp) => device.send(rtp, camera, '127.0.0.1')),
        signal,
      ),
      sounds(
        each(PEOPLE, (rtp) => device.send(rtp, microphone, '127.0.0.1')),
        signal,
      ),
      ...ends.flatMap((end) => [
        pictures(
          BITS,
          each(1, (rtp) => end.send('camera', stack.packetOf(rtp))),
          signal,
        ),
        sounds(
          each(1, (rtp) => end.send('audio', stack.packetOf(rtp))),
          signal,
        ),
      ]),
    ]
    await sleep(WARM_UP)
    const [before, start] = [await box.ask({ ask: 'count' }, 'cpuMicros'), performance.now()]
    await sleep(WINDOW)
    const [after, end] = [await box.ask({ ask: 'count' }, 'cpuMicros'), performance.now()]
    stop.abort()
    await Promise.all(streams)
    await sleep(DRAIN)
    if (received < sent * LEAST_BROUGHT) throw new Error(`${name}: only ${received} of ${sent} packets came`)
    return (after.cpuMicros - before.cpuMicros) / (end - start)
  } finally {
    stop.abort()
    await Promise.all(ends.map((end) => end.close()))
    await box.end({ ask: 'end' })
    for (const socket of [screen, loudspeaker, device]) socket.close()
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.setRecvBufferSize(2 * 1024 * 1024)
  return socket
}
