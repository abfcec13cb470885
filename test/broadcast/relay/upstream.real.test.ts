// upstream.real.test.ts — an upstream over real sockets, honest ones and others.
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Origin } from '../../../src/broadcast/origin.ts'
import { HttpUpstream } from '../../../src/broadcast/relay/upstream.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { kbps } from '../../../src/lib/unit.ts'
import { Certificates } from '../../../src/web/certificate.ts'
import { placeOf } from '../../../src/web/place.ts'
import { entryBytes } from '../../../src/wire/manifest.ts'
import { nameOf, type ObjectName } from '../../../src/wire/object.ts'
import { quietLog } from '../../fake/quiet.ts'
import { making } from '../kit/making.ts'

const ends: Array<() => void> = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const { program, live } = making()
const origin = new Origin({ program: program.id, limits: { egress: kbps(100_000), seats: 9 }, clock: systemClock, older: null })
const made = live(4)
for (const update of made) origin.update(update)
const NAME = made[0]?.entry.inits[0]?.object.name ?? ('' as ObjectName)
const OTHER = 'ab'.repeat(32) as ObjectName
const open = () => new AbortController().signal

const honest: RequestListener = async (request, response) => {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const answer = await origin.answer({ path, query, address: '', signal: open() })
  response.writeHead(answer?.status ?? 404, answer?.headers)
  response.end(answer?.body)
}
async function serve(listener: RequestListener, tls?: { cert: string; key: string }): Promise<HttpUpstream> {
  const server = tls ? createHttps(tls, listener) : createHttp(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const upstream = new HttpUpstream(`${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`, program.id, 'test')
  ends.push(
    () => upstream.close(),
    () => {
      server.closeAllConnections()
      server.close()
    },
  )
  return upstream
}
async function linesOf(upstream: HttpUpstream): Promise<string[]> {
  const answer = await upstream.manifest('', open())
  const all: string[] = []
  if (answer.is === 'lines') for await (const line of answer.lines) all.push(line)
  return all
}

describe('an upstream over HTTP', () => {
  test('gives what the origin has, also behind a certificate of its own making', async () => {
    const shelf = new Map<string, string>()
    const certificates = new Certificates({
      shelf: { read: async (name) => shelf.get(name) ?? null, write: async (name, text) => void shelf.set(name, text) },
      log: quietLog().log,
      place: () => placeOf('box', ['127.0.0.1'], []),
    })
    for (const upstream of [await serve(honest), await serve(honest, await certificates.open())]) {
      const lines = await linesOf(upstream)
      expect(lines.length).toBeGreaterThan(5)
      expect(lines.every((line) => entryBytes(line) !== null)).toBe(true)
      const bytes = await upstream.object(NAME, false, open())
      expect(bytes && nameOf(bytes)).toBe(NAME)
      const part = made.at(-1)?.entry.parts[0]
      const byNumber = await upstream.part(part?.track === 0 ? 'v0' : 'sound', part?.sequence ?? 0, open())
      expect(byNumber && nameOf(byNumber)).toBe(part?.object.name)
      expect(await upstream.object(OTHER, false, open())).toBeNull()
      expect(upstream.taken).toBeGreaterThan(1000)
    }
  })

  test('is away when nobody is there, and when it says what no origin says', async () => {
    const gone = new HttpUpstream('http://127.0.0.1:1', program.id, 'gone')
    expect(await gone.manifest('', open())).toEqual({ is: 'away' })
    expect(await gone.object(NAME, false, open())).toBeNull()
    const odd = await serve((_, response) => void response.writeHead(500).end('?'))
    expect(await odd.manifest('', open())).toEqual({ is: 'away' })
    const none = await serve((_, response) => void response.writeHead(404).end())
    expect(await none.manifest('', open())).toEqual({ is: 'nothing' })
    const full = await serve(
      (_, response) => void response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1e99' }).end('{}'),
    )
    expect(await full.manifest('', open())).toEqual({ is: 'full', wait: 60_000 })
  })

  test('is followed nowhere else', async () => {
    let asked = 0
    const other = createHttp((_, response) => {
      asked++
      response.end('secret')
    })
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    ends.push(() => other.close())
    const to = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    const upstream = await serve((_, response) => void response.writeHead(302, { location: to }).end())
    expect(await upstream.object(NAME, false, open())).toBeNull()
    expect(await upstream.manifest('', open())).toEqual({ is: 'away' })
    expect(asked).toBe(0)
  })

  test('gives nothing of an object that is too long or cut off, and of lines the whole ones', async () => {
    const long = await serve((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
        response.once('drain', more)
      }
      more()
    })
    expect(await long.object(NAME, false, open())).toBeNull()
    expect(long.taken).toBeLessThan(12 * 1024 * 1024)
    const endless = await serve((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write('A'.repeat(1 << 16)));
        response.once('drain', more)
      }
      more()
    })
    expect(await linesOf(endless)).toEqual([])
    expect(endless.taken).toBeLessThan(1 << 20)
    const cut = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('one\ntwo\nthr', () => response.destroy())
    })
    expect(await cut.object(NAME, false, open())).toBeNull()
    expect(await linesOf(cut)).toEqual(['one', 'two'])
  })

  test('what is waited for ends at once when it is not wanted any more', async () => {
    const silent = await serve(() => {})
    const stop = new AbortController()
    const asked = Promise.allSettled([silent.manifest('', stop.signal), silent.object(NAME, false, stop.signal)])
    stop.abort('over')
    expect((await asked).map((each) => each.status)).toEqual(['rejected', 'rejected'])
  })
})
