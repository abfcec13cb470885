import { once } from 'node:events'
import { request as askHttp, type RequestOptions } from 'node:http'
import { request as askHttps } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import { connect as mqttConnect } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openBroker } from '../../src/control/broker.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Certificates } from '../../src/web/certificate.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { type Place, placeOf } from '../../src/web/place.ts'
import { openServer, type ServerOptions, type WebServer } from '../../src/web/server.ts'
import { dice } from '../fake/dice.ts'
import { quietLog } from '../fake/quiet.ts'

const KEY = 'abcdefghijklmnopqrstuv'
const bytes = (text: string) => new TextEncoder().encode(text)
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((done) => setTimeout(done, 5))
}

/** A TV whose pictures a test makes. */
class Screen {
  watchers = new Set<(jpeg: Uint8Array) => void>()
  jpeg = async () => bytes('JPEG')
  watch = (on: (jpeg: Uint8Array) => void) => {
    this.watchers.add(on)
    return () => void this.watchers.delete(on)
  }
  show(jpeg: Uint8Array): void {
    for (const on of this.watchers) on(jpeg)
  }
}

async function box(change: Partial<ServerOptions> = {}, withTls = false) {
  const { log, said } = quietLog()
  const screen = new Screen()
  const world: { place: Place } = { place: placeOf('parlor', ['127.0.0.1', '::1'], []) }
  const broker = await openBroker({ log, clock: systemClock })
  undo.push(() => broker.close())
  const shelf = new Map<string, string>()
  const certificates = new Certificates({
    shelf: { read: async (name) => shelf.get(name) ?? null, write: async (name, text) => void shelf.set(name, text) },
    log,
    place: () => world.place,
  })
  const https = withTls ? { port: 0, credentials: await certificates.open() } : null
  const server = await openServer({
    log,
    clock: systemClock,
    listen: '127.0.0.1',
    httpPort: 0,
    https,
    place: () => world.place,
    files: new PageFiles(
      new Map([
        ['index.html', bytes('<title>home')],
        ['r.html', bytes('<title>join')],
        ['tv.html', bytes('<title>tv')],
      ]),
    ),
    look: screen,
    tvKey: KEY,
    info: () => ({ iceServers: [], link: null, room: null }),
    authority: () => (withTls ? certificates.authority : null),
    illness: () => null,
    elsewhere: [],
    mqtt: (stream) => broker.accept(stream),
    ...change,
  })
  undo.push(() => server.close())
  return { server, screen, broker, certificates, world, said, port: server.httpPort }
}

type Heard = { status: number; headers: Record<string, string | string[] | undefined>; text: string }
const ask = (
  port: number,
  path: string,
  options: RequestOptions & { ca?: string; servername?: string } = {},
  secure = false,
): Promise<Heard> =>
  new Promise((done, fail) => {
    const request = (secure ? askHttps : askHttp)({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.on('error', fail)
    request.end()
  })

/** Says raw bytes and gives everything that comes back until the connection ends. */
const sayRaw = (port: number, text: string | Buffer): Promise<string> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.setEncoding('latin1')
    socket.on('error', () => {})
    socket.on('data', (piece: string) => {
      heard += piece
    })
    socket.on('close', () => done(heard))
    socket.end(text)
  })

test('pages by http, with GET and HEAD', async () => {
  const { port } = await box()
  const got = await ask(port, '/')
  expect(got).toMatchObject({ status: 200, text: '<title>home' })
  const head = await ask(port, '/', { method: 'HEAD' })
  expect(head).toMatchObject({ status: 200, text: '' })
  expect(head.headers['content-length']).toBe('11')
  expect((await ask(port, '/', { method: 'POST' })).status).toBe(405)
  expect((await ask(port, '/', { headers: { host: 'evil.com' } })).status).toBe(421)
})

test('by https with the own authority, and with a new certificate without a restart', async () => {
  const { server, certificates, world } = await box({}, true)
  const ca = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificates.authority.certificate).toString('base64')}\n-----END CERTIFICATE-----`
  const port = server.httpsPort ?? 0
  const options = { ca, headers: { host: `localhost:${port}` }, servername: 'localhost' }
  expect(await ask(port, '/r', options, true)).toMatchObject({ status: 200, text: '<title>join' })
  await expect(ask(port, '/', { headers: { host: 'localhost' }, servername: 'localhost' }, true)).rejects.toThrow(/certificate/)
  world.place = placeOf('other', ['127.0.0.1', '10.0.0.5'], [])
  const renewed = await certificates.renew()
  if (renewed) server.useCredentials(renewed)
  expect(await ask(port, '/', { ca, headers: { host: 'other.local' }, servername: 'other.local' }, true)).toMatchObject({ status: 200 })
  const moved = await ask(server.httpPort, '/r', { headers: { host: 'other.local' } })
  expect(moved).toMatchObject({ status: 308, headers: { location: `https://other.local:${port}/r` } })
})

test('a port that is taken is refused with its number and its setting', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  undo.push(() => other.close())
  const address = other.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  await expect(box({ httpPort: taken })).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringMatching(new RegExp(`${taken}.*web\\.http`)),
  })
  const credentials = await new Certificates({
    shelf: { read: async () => null, write: async () => {} },
    log: quietLog().log,
    place: () => placeOf('x', [], []),
  }).open()
  await expect(box({ https: { port: taken, credentials } })).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringContaining('web.https'),
  })
  await expect(box({ listen: '192.0.2.250' })).rejects.toMatchObject({ code: 'bad-config' })
})

test('MQTT over a WebSocket, for pages of this box and for programs, and for no other page', async () => {
  const { port } = await box()
  const room = 'parlor/1/room/0123456789abcdefghjkmnpqrs/policy'
  const come = (origin?: string) => mqttConnect(`ws://127.0.0.1:${port}/mqtt`, { reconnectPeriod: 0, wsOptions: origin ? { origin } : {} })
  const page = come(`http://127.0.0.1:${port}`)
  undo.push(() => page.endAsync(true))
  await new Promise<void>((done) => page.once('connect', () => done()))
  const program = come()
  undo.push(() => program.endAsync(true))
  await new Promise<void>((done) => program.once('connect', () => done()))
  await program.subscribeAsync(room)
  const heard = new Promise<string>((done) => program.once('message', (_topic, payload) => done(String(payload))))
  await page.publishAsync(room, 'hello')
  expect(await heard).toBe('hello')
  const evil = come('http://evil.com')
  evil.on('error', () => {})
  await new Promise<void>((done) => evil.once('close', () => done()))
  expect(evil.connected).toBe(false)
})

/** A watcher of the TV: opens the socket, says a key, and remembers what comes. */
function watcher(port: number, options: { key?: string; host?: string; origin?: string } = {}) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/tv/live`, {
    headers: { host: options.host ?? 'localhost' },
    ...(options.origin ? { origin: options.origin } : {}),
  })
  undo.push(() => ws.terminate())
  const heard: string[] = []
  ws.on('open', () => {
    if (options.key !== undefined) ws.send(options.key)
  })
  ws.on('message', (data, isBinary) => heard.push(`${isBinary ? 'binary' : 'text'} ${String(data).slice(0, 20)}`))
  ws.on('error', (error) => heard.push(error.message))
  const closed = new Promise<[number, string]>((done) => ws.on('close', (code, reason) => done([code, String(reason)])))
  return { ws, heard, closed }
}

test('the TV is shown live at home at once, and elsewhere to who says its key first', async () => {
  const { port, screen } = await box()
  const home = watcher(port)
  await until(() => screen.watchers.size === 1)
  const afar = watcher(port, { host: 'parlor.local', key: KEY })
  await until(() => screen.watchers.size === 2)
  screen.show(bytes('PICTURE'))
  await until(() => home.heard.length === 1 && afar.heard.length === 1)
  expect([home.heard, afar.heard]).toEqual([['binary PICTURE'], ['binary PICTURE']])
  home.ws.close()
  await until(() => screen.watchers.size === 1)
  const wrong = watcher(port, { host: 'parlor.local', key: 'wrong' })
  const [code, reason] = await wrong.closed
  expect([code, wrong.heard]).toEqual([4401, []])
  expect(reason).toContain('key')
  expect((await watcher(port, { host: 'parlor.local' }).closed)[0]).toBe(4401)
  const evil = watcher(port, { origin: 'http://evil.com' })
  await evil.closed
  expect(evil.heard).toEqual(['Unexpected server response: 403'])
  expect(screen.watchers.size).toBe(1)
})

test('a watcher that does not read loses pictures, costs no memory, and the others see on', async () => {
  const { port, screen } = await box()
  const slow = watcher(port)
  const quick = watcher(port)
  await until(() => screen.watchers.size === 2)
  slow.ws.pause()
  const picture = new Uint8Array(200_000)
  for (let n = 0; n < 1000; n++) {
    screen.show(picture)
    if (n % 10 === 0) await new Promise((done) => setImmediate(done))
  }
  await until(() => quick.heard.length > 20)
  const got = quick.heard.length
  screen.show(picture)
  await until(() => quick.heard.length > got)
  slow.ws.resume()
  await until(() => slow.heard.length > 0)
  const after = quick.heard.length
  screen.show(picture)
  await until(() => quick.heard.length > after)
  // All that it gets was waiting in the two machines' own socket buffers: 200 MB were shown.
  expect(slow.heard.length * picture.length).toBeLessThan(40_000_000)
})

test('sockets elsewhere, and from strangers’ names, are refused in words', async () => {
  const { port } = await box()
  const head = (path: string, host: string) =>
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  expect(await sayRaw(port, head('/', 'localhost'))).toMatch(/^HTTP\/1.1 404/)
  expect(await sayRaw(port, head('/mqtt', 'evil.com'))).toMatch(/^HTTP\/1.1 421/)
  expect(await sayRaw(port, head('/mqtt', 'localhost').replace('websocket\r', 'h2c\r'))).toMatch(/^HTTP\/1.1 (400|426)/)
})

test('a thousand slow connections hold no more than their share, are gone after the timeout, and others are served meanwhile', async () => {
  const crowd = { all: 60, address: 10, network: 20, loopback: 40 }
  const { server, port } = await box({ crowd, times: { head: 700, request: 900, idle: 500, look: 100 } })
  const sockets: Socket[] = []
  let most = 0
  undo.push(() => sockets.forEach((socket) => void socket.destroy()))
  for (let n = 0; n < 1000; n++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      n % 3 === 0
        ? 'GET / HTTP/1.1\r\nHost: local'
        : n % 3 === 1
          ? 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nx'
          : '',
    )
    sockets.push(socket)
    if (n % 50 === 0) await new Promise((done) => setImmediate(done))
    most = Math.max(most, server.connections)
  }
  await until(() => server.odd.total > 0)
  expect(Math.max(most, server.connections)).toBeLessThanOrEqual(40)
  expect(await ask(port, '/healthz', { localAddress: '127.0.0.2', headers: { host: 'localhost' } })).toMatchObject({ status: 200 })
  await until(() => server.connections === 0)
  expect((await ask(port, '/healthz')).status).toBe(200)
})

test('connections that never begin with TLS do not stay either', async () => {
  const { server } = await box({ times: { head: 500, request: 500, idle: 300, look: 100 } }, true)
  const port = server.httpsPort ?? 0
  const sockets = ['', 'GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0002'].map((text) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(text)
    return socket.resume()
  })
  await Promise.all(sockets.map((socket) => once(socket, 'close')))
  await until(() => server.connections === 0)
  expect(server.odd.total).toBe(3)
})

test('one that reads its answer slowly, or keeps its connection without a word, does not stay', async () => {
  const { server, port } = await box({ times: { head: 500, request: 500, idle: 300, look: 100 } })
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  socket.resume()
  await once(socket, 'close')
  await until(() => server.connections === 0)
  expect(server.connections).toBe(0)
})

test('10,000 odd requests: each is answered or hung up on, and the server is well', async () => {
  const { port, server, said } = await box()
  const roll = dice(7)
  const of = <T>(list: readonly T[], otherwise: T): T => list[roll(list.length)] ?? otherwise
  const junk = (most: number) => Buffer.from(Array.from({ length: roll(most) }, () => roll(256))).toString('latin1')
  const odd = (): string => {
    const method = of(['GET', 'HEAD', 'POST', 'CONNECT', 'get', junk(8)], 'GET')
    const path = of(
      [
        '/',
        '/r',
        '/tv.jpg',
        '/../../x',
        `/${junk(40)}`,
        '*',
        '/%',
        `/assets/${junk(9)}`,
        'http://x/',
        '/info?room=%ff',
        '//',
        '/mqtt',
        '/tv/live',
      ],
      '/',
    )
    const host = of(['localhost', 'evil', '', '[::1', junk(20), 'localhost:8080'], '')
    const extra = of(
      [
        '',
        `X: ${junk(50)}\r\n`,
        'Content-Length: -1\r\n',
        'Transfer-Encoding: chunked\r\n',
        'Upgrade: websocket\r\nConnection: Upgrade\r\n',
        'Expect: 100-continue\r\n',
        `${junk(30)}\r\n`,
        'Authorization: Bearer \r\n',
        'Origin: \u0000\r\n',
        'Range: bytes=9-1\r\n',
        `Accept-Encoding: ${junk(30)}\r\n`,
        'Host: two\r\n',
        'If-None-Match: *\r\n',
      ],
      '',
    )
    return roll(10) === 0
      ? junk(200)
      : `${method} ${path} HTTP/1.${roll(3)}\r\nHost: ${host}\r\n${extra}\r\n${of(['', 'x', '5\r\nhello\r\n0\r\n\r\n', junk(20)], '')}`
  }
  const answers = new Map<string, number>()
  for (let batch = 0; batch < 250; batch++) {
    const texts = Array.from({ length: 40 }, () => odd())
    for (const heard of await Promise.all(texts.map((text) => sayRaw(port, Buffer.from(text, 'latin1'))))) {
      const status = /^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? 'none'
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
  }
  expect([...answers.values()].reduce((sum, count) => sum + count, 0)).toBe(10_000)
  expect(answers.has('500')).toBe(false)
  expect(said.filter(({ level }) => level === 'error')).toEqual([])
  await until(() => server.connections === 0)
  expect(await ask(port, '/')).toMatchObject({ status: 200 })
})

test('a download is given piece by piece to who has a ticket; one that breaks off ends its connection', async () => {
  const ticket = (digit: string) => `/recording/${digit.repeat(64)}`
  const tickets = new Set([ticket('a'), ticket('b')])
  async function* film(breaks: boolean) {
    for (let n = 0; n < 4; n++) yield Buffer.alloc(200_000, n)
    if (breaks) throw new Error('the disk is gone')
  }
  const { port, said } = await box({
    download: async (name) =>
      tickets.delete(`/recording/${name}`) ? { name: 'Küche 1.mp4', type: 'video/mp4', flow: film(name.startsWith('b')) } : null,
  })
  const got = await ask(port, ticket('a'))
  expect([got.status, got.text.length, got.headers['content-length']]).toEqual([200, 800_000, undefined])
  expect(got.headers['content-disposition']).toBe('attachment; filename="K-che-1.mp4"')
  expect((await ask(port, ticket('a'))).status).toBe(404)
  expect((await ask(port, ticket('b'), { method: 'HEAD' })).status).toBe(405)
  await expect(
    new Promise((done, fail) =>
      askHttp({ host: '127.0.0.1', port, path: ticket('b'), agent: false }, (response) => {
        response.resume()
        response.on('end', done)
        response.on('error', fail)
      }).end(),
    ),
  ).rejects.toThrow('aborted')
  expect(said.some((line) => JSON.stringify(line).includes('could not be answered'))).toBe(true)
  expect((await ask(port, '/healthz')).status).toBe(200)
})

test('when it closes, pages, sockets and ports are gone', async () => {
  const { server, port, screen } = await box({}, true)
  const watching = watcher(port)
  await until(() => screen.watchers.size === 1)
  const idle = connect(port, '127.0.0.1')
  await once(idle, 'connect')
  const closed: WebServer = server
  await closed.close()
  await watching.closed
  await until(() => screen.watchers.size === 0)
  await expect(ask(port, '/')).rejects.toThrow()
})
