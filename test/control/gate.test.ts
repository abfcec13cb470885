import { duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { Frames } from '../../src/control/frame.ts'
import { Gate } from '../../src/control/gate.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'

const settled = () => new Promise((done) => setTimeout(done, 5))
const packet = (length: number) => {
  const head = [0x30]
  for (let left = length; ; left = Math.floor(left / 128)) {
    head.push(left >= 128 ? (left % 128) | 128 : left)
    if (left < 128) break
  }
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length, 7)])
}

test('packets are counted wherever the stream is cut', () => {
  const stream = Buffer.concat([packet(0), packet(1), packet(127), packet(128), packet(20_000), packet(0)])
  for (const size of [1, 2, 3, 7, 1000, stream.length]) {
    const frames = new Frames(20_000)
    let count = 0
    for (let at = 0; at < stream.length; at += size) count += Number(frames.feed(stream.subarray(at, at + size)))
    expect(count, `pieces of ${size}`).toBe(6)
  }
})

test('a promise too long is seen before its body comes', () => {
  expect(new Frames(100).feed(packet(101).subarray(0, 2))).toBe('broken')
  expect(new Frames(1000).feed(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toBe('broken')
  expect(new Frames(1000).feed(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]))).toBe('broken')
})

function gate(limits: Partial<ConstructorParameters<typeof Gate>[1]> = {}) {
  const clock = new FakeClock()
  const odd: string[] = []
  const [client, inner] = duplexPair()
  const closed = { yes: false }
  const passed = new Gate(inner, { packet: 1000, perSecond: 10, burst: 10, backlog: 1000, ...limits }, clock, (why) => odd.push(why)).open()
  passed.on('error', () => {})
  passed.on('close', () => {
    closed.yes = true
  })
  return { clock, odd, client, passed, closed }
}

test('bytes pass both ways', async () => {
  const { client, passed } = gate()
  const heard: Buffer[] = []
  const answers: Buffer[] = []
  passed.on('data', (bytes) => heard.push(bytes))
  client.on('data', (bytes) => answers.push(bytes))
  client.write(packet(3))
  passed.cork()
  passed.write('to')
  passed.write('gether')
  passed.uncork()
  await settled()
  expect(Buffer.concat(heard)).toEqual(packet(3))
  expect(String(Buffer.concat(answers))).toBe('together')
})

test('a packet too long ends the client before it is passed on', async () => {
  const { client, passed, odd, closed } = gate()
  const heard: Buffer[] = []
  passed.on('data', (bytes) => heard.push(bytes))
  client.write(packet(1001))
  await settled()
  expect({ heard, odd, closed: closed.yes }).toEqual({ heard: [], odd: ['a packet too long'], closed: true })
})

test('a hasty client is read at its pace, loses nothing and is not cut off', async () => {
  const { client, passed, clock, odd, closed } = gate()
  let heard = 0
  passed.on('data', (bytes: Buffer) => {
    heard += bytes.length / 2
  })
  for (let i = 0; i < 60; i++) {
    client.write(packet(0))
    await settled()
  }
  expect(heard).toBeLessThan(15)
  expect(odd).toEqual(['a client in a hurry'])
  const before = heard
  for (let i = 0; i < 200 && heard < 60; i++) {
    await clock.advance(seconds(0.1))
    await settled()
  }
  expect(heard).toBe(60)
  expect(heard).toBeGreaterThan(before)
  expect(clock.now()).toBeGreaterThanOrEqual(4500)
  expect(closed.yes).toBe(false)
})

test('a client that does not read is cut off at its backlog; whoever writes to it never waits', async () => {
  const { passed, odd, closed } = gate({ backlog: 100_000 })
  let written = 0
  for (let i = 0; i < 30 && !closed.yes; i++) {
    passed.write(Buffer.alloc(20_000), () => written++)
    await settled()
  }
  expect(odd).toEqual(['a client that does not read'])
  expect(closed.yes).toBe(true)
  expect(written).toBeGreaterThan(1)
})

test('when either side goes, both are gone, and nobody sleeps on', async () => {
  const one = gate({ burst: 1 })
  one.passed.resume()
  one.client.write(Buffer.concat([packet(0), packet(0), packet(0)]))
  await settled()
  expect(one.clock.sleeping).toEqual(['pause of a hasty client'])
  one.client.destroy()
  one.passed.destroy()
  await settled()
  expect(one.closed.yes).toBe(true)
  const two = gate()
  two.passed.resume()
  two.client.end()
  await settled()
  expect(two.closed.yes).toBe(true)
})
