// broker.ts — what a guest of a rendezvous costs: the memory of the broker inside for each, and the processor for each word that passes.
// A thousand guests, two in a room, say who they are every five seconds, as pages and boxes do; then each says ten words a second.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brokerOver, type MqttBroker } from '../src/control/mqtt.ts'
import { systemClock as clock } from '../src/lib/clock.ts'
import { newSecret, roomKeys } from '../src/room/link.ts'
import { systemRandom } from '../src/wire/crypto.ts'
import { errorsOnly as log } from '../test/fake/quiet.ts'
import type { Used } from './broker/child.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'

export const name = 'broker'

const GUESTS = 1000
/** Milliseconds of each look. */
const LOOK = 15_000
const BUSY_EVERY = 100
/** A sealed presence has about so many bytes. */
const WORD = new Uint8Array(320).fill(7)

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const all: Array<Awaited<ReturnType<typeof look>>> = []
  for (let i = 1; i <= runs; i++) {
    const seen = await look(scope)
    say(
      `run ${i} of ${runs}: ${seen.each.toFixed(1)} kB each, ${seen.calm.toFixed(0)} us a word when calm, ${seen.busy.toFixed(0)} us when busy`,
    )
    all.push(seen)
  }
  const of = (what: 'each' | 'calm' | 'busy') => all.map((seen) => seen[what])
  return [
    figureOf('memory of a guest', 'kB', 'less', of('each'), {}),
    figureOf('processor for a word, calm', 'us', 'less', of('calm'), {}),
    figureOf('processor for a word, busy', 'us', 'less', of('busy'), {}),
  ]
}

async function look(scope: Context['scope']): Promise<{ each: number; calm: number; busy: number }> {
  const child = fork(join(import.meta.dirname, 'broker/child.ts'), { execArgv: ['--expose-gc'] })
  scope.defer(() => void child.kill('SIGKILL'))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const used = async (): Promise<Used> => {
    const answer = once(child, 'message') as Promise<[Used]>
    child.send('how much')
    return (await answer)[0]
  }
  const empty = await used()
  let heard = 0
  const guests: Array<{ broker: MqttBroker; topic: string }> = []
  for (let n = 0; n < GUESTS; n += 2) {
    const room = roomKeys(newSecret(systemRandom)).id
    for (let k = 0; k < 2; k++) {
      const topic = `parlor/1/room/${room}/peer/${String(n + k).padStart(26, '0')}`
      const broker = brokerOver(`mqtt://127.0.0.1:${port}`, { clock, log })(null)
      broker.on('message', () => heard++)
      broker.on('up', () => broker.subscribe(`parlor/1/room/${room}/peer/+`))
      guests.push({ broker, topic })
    }
    if (n % 100 === 0) await sleep(50)
  }
  while ((await used()).clients < GUESTS) await sleep(100)
  /** Everybody says a word so often; gives microseconds of a processor for each word that went to somebody. */
  const talk = async (every: number): Promise<number> => {
    const before = { ...(await used()), heard }
    const timers = guests.map(({ broker, topic }, i) => {
      const speak = () => broker.publish(topic, WORD, { retain: true })
      let timer: NodeJS.Timeout | undefined
      const first = setTimeout(
        () => {
          speak()
          timer = setInterval(speak, every)
        },
        (i / GUESTS) * every,
      )
      return () => {
        clearTimeout(first)
        clearInterval(timer)
      }
    })
    await sleep(LOOK)
    for (const stop of timers) stop()
    await sleep(500)
    return ((await used()).cpu - before.cpu) / ((heard - before.heard) / 1000)
  }
  const calm = await talk(5000)
  const full = await used()
  const busy = await talk(BUSY_EVERY)
  await Promise.all(guests.map(({ broker }) => broker.close()))
  child.disconnect()
  await once(child, 'exit')
  return { each: ((full.rss - empty.rss) * 1000) / GUESTS, calm, busy }
}
