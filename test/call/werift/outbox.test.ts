// One buffer serves all packets, until the socket keeps one: then that one is the socket's.
import { describe, expect, test } from 'vitest'
import { Odd } from '../../../src/call/werift/odd.ts'
import { Outbox, type Sent } from '../../../src/call/werift/outbox.ts'
import { AES_GCM, Opener, Sealer } from '../../../src/call/werift/srtp.ts'
import { rtp } from './kit.ts'

const [key, salt] = [Buffer.alloc(16, 1), Buffer.alloc(12, 2)]

/** A network that does with each datagram what it is told, and keeps the bytes as they were and as they are. */
function network(answers: readonly Sent[]) {
  const odd = new Odd()
  const seen: Array<{ readonly copy: Buffer; readonly datagram: Buffer }> = []
  let turn = 0
  const send = (datagram: Buffer): Sent => {
    seen.push({ copy: Buffer.from(datagram), datagram })
    return answers[turn++ % answers.length] ?? 'gone'
  }
  const outbox = new Outbox({ sealer: new Sealer(AES_GCM, key, salt), odd, send })
  const give = (sequence: number, payload: Buffer) => {
    rtp({ sequence }).copy(outbox.packet, 0, 0, 12)
    outbox.send(payload)
  }
  return { odd, seen, outbox, give }
}

describe('the outbox', () => {
  test('what it sends the other end opens', () => {
    const { seen, give, outbox } = network(['gone'])
    const opener = new Opener(AES_GCM, key, salt)
    give(1, Buffer.from('one'))
    give(2, Buffer.from('two'))
    expect(seen.map(({ copy }) => opener.rtp(copy).toString())).toEqual(['one', 'two'])
    outbox.control(Buffer.from('80c9000100000007', 'hex'))
    expect(opener.rtcp(seen[2]?.copy ?? Buffer.alloc(0))).toEqual(Buffer.from('80c9000100000007', 'hex'))
  })

  test('uses one buffer for all that is gone, and never again one that is held', () => {
    const { seen, give } = network(['gone', 'gone', 'held', 'gone'])
    for (let sequence = 1; sequence <= 8; sequence++) give(sequence, Buffer.from(`number ${sequence}`))
    const memories = seen.map(({ datagram }) => datagram.buffer)
    expect(memories[1]).toBe(memories[0])
    expect(memories[3]).not.toBe(memories[2])
    const held = seen.filter((_, i) => i % 4 === 2)
    expect(held.map(({ datagram }) => datagram)).toEqual(held.map(({ copy }) => copy))
  })

  test('counts what cannot go, and a packet that does not fit, and goes on', () => {
    const { odd, seen, give } = network(['full', 'no path', 'gone'])
    for (let sequence = 1; sequence <= 3; sequence++) give(sequence, Buffer.from('words'))
    give(4, Buffer.alloc(2040))
    give(3, Buffer.from('the number of before'))
    give(5, Buffer.from('words'))
    expect(seen).toHaveLength(4)
    expect(odd.seen()).toEqual({ full: 2, 'no path': 1, 'packet malformed': 1, 'packet repeated': 1 })
  })
})
