// Bytes over the data channel of a link that is no call's: whole, in order, as fast as the other end takes them; and never where nobody wants them.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { openWerift, type WeriftTransport } from '../../src/call/werift.ts'
import { quietLog } from '../fake/quiet.ts'

const { signal } = new AbortController()
const open: WeriftTransport[] = []
afterEach(() => Promise.all(open.splice(0).map((transport) => transport.close())))

async function pair(takesBytes: boolean): Promise<[WeriftTransport, WeriftTransport]> {
  const make = () => openWerift({ iceServers: [], onRtp: () => {}, log: quietLog().log, takesBytes })
  const [a, b] = [make(), make()]
  open.push(a, b)
  const both = Promise.all([a, b].map((end) => new Promise<void>((resolve) => end.on('open', resolve))))
  await a.accept(await b.answer(await a.offer({ iceRestart: false }, signal), signal), signal)
  await both
  return [a, b]
}

test('bytes come whole and in order, and words come through between them', async () => {
  const [a, b] = await pair(true)
  const [count, size] = [40, 16 * 1024 + 33]
  const came: Uint8Array[] = []
  const words: string[] = []
  b.on('bytes', (bytes) => came.push(Uint8Array.from(bytes)))
  b.on('message', (text) => words.push(text))
  const began = performance.now()
  let choked = 0
  for (let i = 0; i < count; i++) {
    while (!a.sendBytes(new Uint8Array(size).fill(i % 251))) {
      choked++
      await sleep(2)
    }
    if (i % 10 === 0) a.send(`word ${i}`)
  }
  for (let i = 0; i < 5000 && came.length < count; i++) await sleep(10)
  const seconds = (performance.now() - began) / 1000
  console.log(`${((count * size * 8) / seconds / 1e6).toFixed(1)} Mb/s, choked ${choked} times`)
  expect(came.map((bytes) => [bytes.length, bytes[0], bytes.at(-1)])).toEqual(
    Array.from({ length: count }, (_, i) => [size, i % 251, i % 251]),
  )
  expect(words).toEqual(['word 0', 'word 10', 'word 20', 'word 30'])
  expect(choked).toBeGreaterThan(0)
})

test('bytes to a link of a call are counted, and given to nobody', async () => {
  const [a, b] = await pair(false)
  const came: unknown[] = []
  b.on('bytes', (bytes) => came.push(bytes))
  expect(a.sendBytes(new Uint8Array(100))).toBe(true)
  a.send('after it')
  await new Promise<void>((done) => void b.on('message', () => done()))
  expect(came).toEqual([])
  expect(b.stats().odd['message not text']).toBe(1)
})
