// Texts go both ways; what a peer sends instead of texts is counted, and never becomes an error that nobody catches.
import { afterEach, expect, test, vi } from 'vitest'
import { TextChannel } from '../../../src/call/werift/channel.ts'
import { Odd } from '../../../src/call/werift/odd.ts'
import { ourInit, readInit, type SctpInit, writeInit } from '../../../src/call/werift/sctp-init.ts'

function end(isOfferer: boolean, init: SctpInit = ourInit(), theirs: SctpInit | null = null) {
  const texts: string[] = []
  const ends: string[] = []
  const odd = new Odd()
  const wire: { other: TextChannel | null; opened: number; sent: number; isCut: boolean } = {
    other: null,
    opened: 0,
    sent: 0,
    isCut: false,
  }
  const channel = new TextChannel({
    isOfferer,
    remotePort: 5000,
    init,
    theirs,
    odd,
    send: (data) => {
      wire.sent++
      if (!wire.isCut) setImmediate(() => wire.other?.receive(data))
    },
    onOpen: () => void wire.opened++,
    onText: (text) => void texts.push(text),
    onEnd: (sentence) => void ends.push(sentence),
  })
  return { channel, texts, ends, odd, wire }
}

type End = ReturnType<typeof end>
const open: TextChannel[] = []
afterEach(async () => {
  for (const channel of open.splice(0)) await channel.close()
})
async function pair([a, b]: readonly [End, End] = [end(true), end(false)]) {
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

test('where both descriptions say how it begins it is there at once, without a word', async () => {
  const [one, two] = [ourInit(), ourInit()]
  const seen = (init: SctpInit) => readInit(writeInit(init))
  const { a, b } = await pair([end(true, one, seen(two)), end(false, two, seen(one))])
  expect([a.wire.sent, b.wire.sent]).toEqual([0, 0])
  expect([a.channel.send('to b'), b.channel.send('to a')]).toEqual([true, true])
  await vi.waitFor(() => expect([a.texts, b.texts]).toEqual([['to a'], ['to b']]))
  const long = 'x'.repeat(16_000)
  for (let n = 0; n < 10; n++) a.channel.send(long)
  await vi.waitFor(() => expect(b.texts.length).toBe(11))
})

test('two who ask each other at once, as browsers do, both open', async () => {
  const { a, b } = await pair([end(true), end(true)])
  expect([a.channel.send('to b'), b.channel.send('to a')]).toEqual([true, true])
  await vi.waitFor(() => expect([a.texts, b.texts]).toEqual([['to a'], ['to b']]))
})

test('a browser’s is read as it is meant', () => {
  const chromium = 'AQAAHgD7/JYAUAAA/////w9Jo77AAAAEgAgABoLA'
  const init = readInit(chromium)
  expect(init).toMatchObject({ tag: 0x00fbfc96, room: 5 * 2 ** 20, outbound: 65535, inbound: 65535, tsn: 0x0f49a3be })
  expect(init && writeInit(init)).toBe(chromium)
})

test.each([
  ['nothing', ''],
  ['no base64', '%%%%'],
  ['another chunk', Buffer.from('0300001400000001001000000010001000000001', 'hex').toString('base64')],
  ['a length beyond its end', Buffer.from('0100002400000001001000000010001000000001', 'hex').toString('base64')],
  ['a tag of nought, which would be everybody’s', Buffer.from('0100001400000000001000000010001000000001', 'hex').toString('base64')],
  ['no streams', Buffer.from('0100001400000001001000000000001000000001', 'hex').toString('base64')],
  ['a parameter without end', Buffer.from('0100001800000001001000000010001000000001c0000003', 'hex').toString('base64')],
  ['far too much', 'A'.repeat(4000)],
])('a beginning that is %s is none', (_, text) => {
  expect(readInit(text)).toBeNull()
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
