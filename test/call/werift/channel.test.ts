// Texts go both ways; what a peer sends instead of texts is counted, and never becomes an error that nobody catches.
import { afterEach, expect, test, vi } from 'vitest'
import { TextChannel } from '../../../src/call/werift/channel.ts'
import { Odd } from '../../../src/call/werift/odd.ts'

function end(isOfferer: boolean) {
  const texts: string[] = []
  const ends: string[] = []
  const odd = new Odd()
  const wire: { other: TextChannel | null; opened: number; isCut: boolean } = { other: null, opened: 0, isCut: false }
  const channel = new TextChannel({
    isOfferer,
    remotePort: 5000,
    odd,
    send: (data) => {
      if (!wire.isCut) setImmediate(() => wire.other?.receive(data))
    },
    onOpen: () => void wire.opened++,
    onText: (text) => void texts.push(text),
    onEnd: (sentence) => void ends.push(sentence),
  })
  return { channel, texts, ends, odd, wire }
}

const open: TextChannel[] = []
afterEach(async () => {
  for (const channel of open.splice(0)) await channel.close()
})
async function pair() {
  const [a, b] = [end(true), end(false)]
  open.push(a.channel, b.channel)
  a.wire.other = b.channel
  b.wire.other = a.channel
  b.channel.start()
  a.channel.start()
  await vi.waitFor(() => expect([a.wire.opened, b.wire.opened]).toEqual([1, 1]))
  return { a, b }
}

test('opens once at both ends and carries texts both ways', async () => {
  const { a, b } = await pair()
  expect([a.channel.send('to b'), b.channel.send('to a')]).toEqual([true, true])
  await vi.waitFor(() => expect([a.texts, b.texts]).toEqual([['to a'], ['to b']]))
})

test('rubbish is counted and harms nothing', async () => {
  const { a, b } = await pair()
  const failures: unknown[] = []
  const fail = (error: unknown) => failures.push(error)
  process.on('unhandledRejection', fail)
  try {
    const rubbish = [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(40, 1), Buffer.from('1388138800000000000000000100001400000001', 'hex')]
    for (const bytes of rubbish) b.channel.receive(bytes)
    await vi.waitFor(() => expect(b.odd.count('sctp malformed')).toBe(rubbish.length))
    a.channel.send('still here')
    await vi.waitFor(() => expect(b.texts).toEqual(['still here']))
  } finally {
    process.off('unhandledRejection', fail)
  }
  expect(failures).toEqual([])
})

test('says no when it is not open, when a text has no end, and when too much waits', async () => {
  const alone = end(true)
  open.push(alone.channel)
  expect(alone.channel.send('too early')).toBe(false)
  const { a, b } = await pair()
  expect(a.channel.send('x'.repeat(65 * 1024))).toBe(false)
  b.wire.isCut = true // nothing is acknowledged any more
  let taken = 0
  while (a.channel.send('x'.repeat(16 * 1024)) && taken < 100) taken++
  expect(taken).toBeGreaterThan(10)
  expect(taken).toBeLessThan(20)
})

test('an end that closes is noticed by the other', async () => {
  const { a, b } = await pair()
  await a.channel.close()
  await vi.waitFor(() => expect(b.ends).toHaveLength(1))
  expect(a.channel.send('too late')).toBe(false)
  expect(a.ends).toEqual([])
})
