import { describe, expect, test } from 'vitest'
import type { Tap, Watch } from '../../src/control/broker.ts'
import { Onward, ordersOf } from '../../src/control/onward.ts'
import type { RoomId } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'

const ROOM = '0123456789abcdefghjkmnpqrs' as RoomId
const topic = (word: 'peer' | 'to', n: number, room = ROOM) => `parlor/1/room/${room}/${word}/${String(n).padStart(26, '0')}`
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (payload: Uint8Array) => new TextDecoder().decode(payload)

/** A cluster that gives every word back to every connection that listens, as MQTT does. */
class FakeCluster {
  readonly kept = new Map<string, string>()
  readonly said: string[] = []
  readonly links: FakeLink[] = []

  publish(topic: string, payload: Uint8Array, retain: boolean): void {
    this.said.push(`${topic.split('/')[4]} ${text(payload)}`)
    if (retain && payload.length > 0) this.kept.set(topic, text(payload))
    else if (retain) this.kept.delete(topic)
    for (const link of this.links) link.hear(topic, payload)
  }
}
type Ears = { up: () => void; down: () => void; message: (topic: string, payload: Uint8Array) => void }

class FakeLink {
  readonly heard = new Set<string>()
  isUp = false
  readonly #cluster: FakeCluster
  readonly #ears: Partial<Ears> = {}

  constructor(cluster: FakeCluster) {
    this.#cluster = cluster
  }
  // biome-ignore lint/suspicious/noExplicitAny: the port is generic in its events
  on(event: string, listener: (...args: any[]) => void): () => void {
    Object.assign(this.#ears, { [event]: listener })
    return () => {}
  }
  publish(topic: string, payload: Uint8Array, { retain }: { retain: boolean }): boolean {
    if (this.isUp) this.#cluster.publish(topic, payload, retain)
    return this.isUp
  }
  subscribe(filter: string): void {
    this.heard.add(filter)
    for (const [kept, payload] of this.#cluster.kept) this.hear(kept, bytes(payload))
  }
  unsubscribe(filter: string): void {
    this.heard.delete(filter)
  }
  async close(): Promise<void> {}

  hear(topic: string, payload: Uint8Array): void {
    const isAsked = [...this.heard].some((filter) => topic.startsWith(filter.slice(0, -1)))
    if (this.isUp && isAsked) this.#ears.message?.(topic, payload)
  }
  comes(): void {
    this.isUp = true
    this.#ears.up?.()
  }
  goes(): void {
    this.isUp = false
    this.heard.clear()
    this.#ears.down?.()
  }
}

function front(cluster = new FakeCluster()) {
  const clock = new FakeClock()
  const heard: string[] = []
  let guest: Tap = () => {}
  let room: Watch = () => {}
  const links: FakeLink[] = []
  const onward = new Onward('mqtt://a mqtt://b mqtt://c', {
    clock,
    inside: {
      tap: (listener) => {
        guest = listener
      },
      watch: (listener) => {
        room = listener
      },
      say: (topic, payload, retain) => heard.push(`${topic.split('/')[4]} ${text(payload)}${retain ? ' (kept)' : ''}`),
    },
    open: () => {
      const link = new FakeLink(cluster)
      links.push(link)
      cluster.links.push(link)
      return link
    },
  })
  onward.open()
  for (const link of links) link.comes()
  const says = (topic: string, word: string, retain = false) => guest(topic, bytes(word), retain)
  return { onward, clock, heard, links, says, listens: (isHeard: boolean) => room(ROOM, isHeard), cluster }
}

describe('a rendezvous in front of a cluster', () => {
  test('listens by two connections, which begin with different nodes', () => {
    expect(ordersOf('mqtt://a mqtts://b mqtt://c')).toEqual(['mqtt://a mqtts://b mqtt://c', 'mqtts://b mqtt://c mqtt://a'])
    expect(ordersOf('mqtt://a')).toEqual(['mqtt://a'])
    expect(() => ordersOf('wss://a')).toThrow('must be mqtt:// or mqtts://')
  })

  test('brings words of one to the guests of another once, and to its own not again', () => {
    const here = front()
    const there = front(here.cluster)
    for (const { listens } of [here, there]) listens(true)
    here.says(topic('peer', 1), 'here', true)
    here.says(topic('to', 2), 'an offer')
    there.says(topic('to', 1), 'an answer')
    expect(there.heard).toEqual(['peer here (kept)', 'to an offer'])
    expect(here.heard).toEqual(['to an answer'])
    expect(here.cluster.said).toEqual(['peer here', 'peer here', 'to an offer', 'to an answer'])
  })

  test('carries an erased presence out, and is not deceived by its echo', () => {
    const here = front()
    const there = front(here.cluster)
    for (const { listens } of [here, there]) listens(true)
    here.says(topic('peer', 1), 'here', true)
    here.says(topic('peer', 1), '', true)
    expect(here.heard).toEqual([])
    expect(new Set(there.heard)).toEqual(new Set(['peer here (kept)', 'peer  (kept)']))
    there.says(topic('peer', 1), '', true)
    expect(new Set(here.heard)).toEqual(new Set(['peer  (kept)']))
    expect(here.cluster.kept.size).toBe(0)
  })

  test('goes on over the other connection when a node dies', () => {
    const { links, listens, says, cluster, onward } = front()
    listens(true)
    links[0]?.goes()
    says(topic('to', 1), 'a word')
    expect(cluster.said).toEqual(['to a word'])
    expect(onward.up).toBe(1)
    links[0]?.comes()
    expect(links[0]?.heard).toEqual(new Set([`parlor/1/room/${ROOM}/#`]))
  })

  test('has words kept by a connection that nobody waits for', () => {
    const { links, listens, says, cluster } = front()
    listens(true)
    links[2]?.goes()
    says(topic('peer', 1), 'here', true)
    expect(cluster.said).toEqual(['peer here'])
    expect(cluster.kept.size).toBe(0)
    links[2]?.comes()
    expect([...cluster.kept.values()]).toEqual(['here'])
    expect(links[2]?.heard.size).toBe(0)
  })

  test('says again who is here when the whole cluster was away', () => {
    const { links, listens, says, cluster } = front()
    listens(true)
    says(topic('peer', 1), 'here', true)
    for (const link of links) link.goes()
    says(topic('peer', 1), 'here and muted', true)
    cluster.kept.clear()
    for (const link of links) link.comes()
    expect([...cluster.kept.values()]).toEqual(['here and muted'])
  })

  test('joins no room in which nobody listens, and leaves no ghosts when the last has gone', async () => {
    const { clock, links, listens, says, heard, cluster, onward } = front()
    cluster.publish(topic('peer', 9), bytes('theirs'), true)
    expect(heard).toEqual([])
    listens(true)
    expect(heard).toEqual(['peer theirs (kept)'])
    says(topic('peer', 1), 'ours', true)
    listens(false)
    await clock.advance(seconds(10))
    listens(true)
    await clock.advance(seconds(60))
    expect(onward.rooms).toBe(1)
    listens(false)
    await clock.advance(seconds(20))
    expect(onward.rooms).toBe(0)
    expect([...cluster.kept.values()]).toEqual(['theirs'])
    expect(heard).toEqual(['peer theirs (kept)', 'peer  (kept)'])
    expect(links.map(({ heard }) => heard.size)).toEqual([0, 0, 0])
  })

  test('takes back at its end what its guests keep out there', async () => {
    const { clock, listens, says, cluster, onward } = front()
    listens(true)
    says(topic('peer', 1), 'ours', true)
    listens(false)
    await onward.close()
    expect(cluster.kept.size).toBe(0)
    await clock.advance(ms(0))
    expect(clock.sleeping).toEqual([])
  })
})
