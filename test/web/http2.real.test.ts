// HTTP/2 of the pages' server, as a browser and as a pest would use it.
import { once } from 'node:events'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openBroker } from '../../src/control/broker.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Certificates } from '../../src/web/certificate.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { placeOf } from '../../src/web/place.ts'
import { openServer, type ServerOptions } from '../../src/web/server.ts'
import { quietLog } from '../fake/quiet.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})
const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((done) => setTimeout(done, 5))
}

async function box(change: Partial<ServerOptions> = {}) {
  const { log, said } = quietLog()
  const place = () => placeOf('parlor', ['127.0.0.1', '::1'], [])
  const broker = await openBroker({ log, clock: systemClock })
  undo.push(() => broker.close())
  const shelf = { read: async () => null, write: async () => {} }
  const credentials = await new Certificates({ shelf, log, place }).open()
  const server = await openServer({
    ...{ log, place, clock: systemClock, listen: '127.0.0.1', httpPort: 0 },
    https: { port: 0, credentials },
    files: new PageFiles(new Map([['r.html', bytes('<title>join')]])),
    look: { jpeg: async () => bytes('JPEG'), watch: () => () => {} },
    tvKey: 'abcdefghijklmnopqrstuv',
    info: () => ({ iceServers: [], link: null, room: null }),
    authority: () => null,
    illness: () => null,
    elsewhere: [],
    mqtt: (stream) => broker.accept(stream),
    ...change,
  })
  undo.push(() => server.close())
  const port = server.httpsPort ?? 0
  const session = async (): Promise<ClientHttp2Session> => {
    const made = connect(`https://localhost:${port}`, { rejectUnauthorized: false })
    made.on('error', () => {})
    undo.push(() => made.destroy())
    await once(made, 'connect')
    return made
  }
  return { server, port, session, said }
}

type Heard = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }
async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Heard> {
  const stream = session.request(headers, { endStream: body === undefined })
  stream.on('error', () => {})
  if (body !== undefined) stream.write(body)
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }]
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (piece: string) => {
    text += piece
  })
  await once(stream, 'close')
  return { status: answer[':status'] ?? 0, headers: answer, text }
}

test('pages and odd wishes, as by HTTP/1.1', async () => {
  const { session } = await box()
  const browser = await session()
  expect(await ask(browser, { ':path': '/r' })).toMatchObject({ status: 200, text: '<title>join' })
  const head = await ask(browser, { ':path': '/r', ':method': 'HEAD' })
  expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '11' } })
  expect((await ask(browser, { ':path': '/r', ':authority': 'evil.com' })).status).toBe(421)
  expect((await ask(browser, { ':path': '/none' })).status).toBe(404)
  expect((await ask(browser, { ':path': `/${'x'.repeat(3000)}` })).status).toBe(414)
})

test('a hundred requests on one connection, of which each may wait, hold up none of the others', async () => {
  let release = (): void => {}
  const held = new Promise<void>((done) => {
    release = done
  })
  const { session, server } = await box({
    watch: async ({ path }) => {
      if (path === '/live/waits') await held
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: path }
    },
  })
  const viewer = await session()
  const waits = ask(viewer, { ':path': '/live/waits' })
  for (let n = 0; n < 100; n++) expect((await ask(viewer, { ':path': `/live/${n}` })).text).toBe(`/live/${n}`)
  expect(server.connections).toBe(1)
  release()
  expect((await waits).text).toBe('/live/waits')
})

test('a long answer comes whole, and one that breaks off is reset, with the connection going on', async () => {
  async function* film(breaks: boolean) {
    for (let n = 0; n < 4; n++) yield Buffer.alloc(200_000, 97)
    if (breaks) throw new Error('the disk is gone')
  }
  const download = async (ticket: string) => ({ name: 'a.mp4', type: 'video/mp4', flow: film(ticket.startsWith('b')) })
  const { session } = await box({ download })
  const phone = await session()
  expect((await ask(phone, { ':path': `/recording/${'a'.repeat(64)}` })).text).toHaveLength(800_000)
  const broken = phone.request({ ':path': `/recording/${'b'.repeat(64)}` }).resume()
  const [error] = (await once(broken, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ERR_HTTP2_STREAM_ERROR')
  expect((await ask(phone, { ':path': '/r' })).status).toBe(200)
})

test('who waits and goes away is known to be gone', async () => {
  const [came, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const { session } = await box({
    watch: async ({ signal }) => {
      came.resolve()
      await new Promise<void>((done) => signal.addEventListener('abort', () => done()))
      gone.resolve()
      return null
    },
  })
  const viewer = await session()
  const stream = viewer.request({ ':path': '/live/x' })
  stream.on('error', () => {})
  await came.promise
  viewer.destroy()
  await gone.promise
})

test('what is sent to us is refused and not read, and the connection goes on', async () => {
  const { session } = await box()
  const browser = await session()
  const posted = await ask(browser, { ':path': '/r', ':method': 'POST', 'content-length': '100000' }, 'x'.repeat(1000))
  expect(posted).toMatchObject({ status: 405, text: expect.stringContaining('use GET') })
  expect((await ask(browser, { ':path': '/r' })).status).toBe(200)
})

test('connections that ask nothing, or stand still, do not stay', async () => {
  const { server, port, session } = await box({ times: { head: 400, request: 500, idle: 300, look: 100 } })
  const silent = await session()
  const raw = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  raw.on('error', () => {})
  await Promise.all([once(silent, 'close'), once(raw.resume(), 'close')])
  await until(() => server.connections === 0)
  expect(server.connections).toBe(0)
})

test('sockets go on over HTTP/1.1 at the same port', async () => {
  const { port } = await box()
  const socket = new WebSocket(`wss://localhost:${port}/mqtt`, 'mqtt', { rejectUnauthorized: false })
  undo.push(() => socket.terminate())
  await once(socket, 'open')
  expect(socket.protocol).toBe('mqtt')
})
