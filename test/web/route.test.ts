import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { PageFiles } from '../../src/web/page-files.ts'
import { placeOf } from '../../src/web/place.ts'
import { type Answer, type Ask, type RouteParts, route } from '../../src/web/route.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const script = `console.log(${'1+'.repeat(2000)}1)`
const KEY = 'abcdefghijklmnopqrstuv'
const parts = (change: Partial<RouteParts> = {}): RouteParts => ({
  place: () => placeOf('parlor', ['192.168.1.7', '127.0.0.1'], []),
  files: new PageFiles(
    new Map([
      ['index.html', bytes('<title>home')],
      ['r.html', bytes('<title>join')],
      ['tv.html', bytes('<title>tv')],
      ['remote.html', bytes('<title>remote')],
      ['assets/home-2o_x.js', bytes(script)],
      ['assets/small.css', bytes('a{}')],
      ['favicon.ico', bytes('icon')],
    ]),
  ),
  look: { jpeg: async () => bytes('JPEG'), watch: () => () => {} },
  tvKey: KEY,
  info: () => ({ iceServers: [{ urls: 'stun:s' }], link: 'https://x/r#Y', room: 'room' }),
  authority: () => ({ certificate: bytes('DER'), fingerprint: Array.from({ length: 32 }, (_, i) => (i + 16).toString(16)).join(':') }),
  httpsPort: () => 8443,
  illness: () => null,
  elsewhere: [],
  ...change,
})
const ask = (target: string, change: Partial<Ask> = {}): Ask => ({
  method: 'GET',
  target,
  headers: { host: 'localhost:8080' },
  address: '127.0.0.1',
  encrypted: false,
  signal: new AbortController().signal,
  ...change,
})
const get = (target: string, change: Partial<Ask> = {}, box: Partial<RouteParts> = {}): Promise<Answer> =>
  route(ask(target, change), parts(box))
const text = ({ body }: Answer) => (typeof body === 'string' ? body : new TextDecoder().decode(body))
const afar = { address: '192.168.1.9', headers: { host: 'parlor.local:8080' } }

test('the pages, never cached, each with its own permissions', async () => {
  for (const [path, title] of [
    ['/', 'home'],
    ['/r', 'join'],
    ['/r?x=1', 'join'],
    ['/tv', 'tv'],
    ['/remote', 'remote'],
  ] as const) {
    const answer = await get(path)
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } })
    expect(text(answer)).toBe(`<title>${title}`)
    expect(answer.headers['permissions-policy']).toContain(path === '/r' || path.startsWith('/r?') ? 'camera=(self)' : 'camera=()')
  }
})

test('every answer, also a refusal, forbids what no page of ours does', async () => {
  const answers = [
    await get('/'),
    await get('/nothing'),
    await get('/tv.jpg', afar),
    await get('/x', { headers: { host: 'evil.com' } }),
    await get('/', { method: 'POST' }),
  ]
  for (const { headers } of answers) {
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['access-control-allow-origin']).toBe(undefined)
    expect(headers['set-cookie']).toBe(undefined)
  }
  expect((await get('/')).headers['cross-origin-opener-policy']).toBe('same-origin')
  expect((await get('/', afar)).headers['cross-origin-opener-policy']).toBe(undefined)
  const { headers } = await get('/r', {}, { elsewhere: ['wss://mq.example'] })
  expect(headers['content-security-policy']).toContain("connect-src 'self' ws://localhost:8080 wss://localhost:8080 wss://mq.example;")
})

test('a name that is not ours is answered with 421 and a way out', async () => {
  const answer = await get('/', { headers: { host: 'evil.com' } })
  expect(answer.status).toBe(421)
  expect(text(answer)).toContain('web.names')
  expect((await get('/', { headers: {} })).status).toBe(400)
  expect((await get('/', { headers: { host: '<script>' } })).status).toBe(400)
})

test('assets are kept for ever, and sent as small as the browser takes them', async () => {
  const as = (encoding: string) => get('/assets/home-2o_x.js', { headers: { host: 'localhost', 'accept-encoding': encoding } })
  const [plain, zipped, best, none] = [await as(''), await as('gzip, deflate'), await as('gzip, br'), await as('br;q=0, gzip;q=0.0')]
  expect([plain, zipped, best, none].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', 'br', undefined])
  expect(String(gunzipSync(zipped.body))).toBe(script)
  expect(String(brotliDecompressSync(best.body))).toBe(script)
  expect(best.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' })
  expect(new Set([plain, zipped, best].map(({ headers }) => headers.etag)).size).toBe(3)
  const again = await get('/assets/home-2o_x.js', {
    headers: { host: 'localhost', 'accept-encoding': 'br', 'if-none-match': `"x", W/${best.headers.etag}` },
  })
  expect(again).toMatchObject({ status: 304, body: '' })
  expect((await get('/assets/small.css', { headers: { host: 'localhost', 'accept-encoding': 'br' } })).headers['content-encoding']).toBe(
    undefined,
  )
})

test('there is no way out of the pages', async () => {
  const tries = [
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/assets/..\\..\\x',
    '//etc/passwd',
    '/assets/',
    '/assets',
    '/./index.html',
    '/index.html\u0000',
    '/%00',
    '/.git/config',
    '/assets/%E0%A4%A',
    '/constructor',
    '/__proto__',
    '/assets/../index.html',
  ]
  for (const path of tries) expect((await get(path)).status, path).toBe(404)
  expect((await get('*')).status).toBe(400)
  expect((await get('http://localhost/')).status).toBe(400)
  expect((await get(`/${'x'.repeat(3000)}`)).status).toBe(414)
})

test('only GET and HEAD', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', ''])
    expect(await get('/', { method }), method).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  expect((await get('/', { method: 'HEAD' })).status).toBe(200)
})

test('from another machine the call moves to https, because cameras open only there; at home it stays', async () => {
  const moved = await get('/r?x=1', afar)
  expect(moved).toMatchObject({ status: 308, headers: { location: 'https://parlor.local:8443/r?x=1', 'cache-control': 'no-store' } })
  expect((await get('/r', { ...afar, encrypted: true })).status).toBe(200)
  expect((await get('/r', afar, { httpsPort: () => null })).status).toBe(200)
  expect((await get('/', afar)).status).toBe(200)
  const proxied = { headers: { host: 'parlor.local', 'x-forwarded-proto': 'https' } }
  expect((await get('/r', proxied)).status).toBe(200)
})

test("the TV's still picture: at home, or with the key", async () => {
  expect(await get('/tv.jpg')).toMatchObject({ status: 200, headers: { 'content-type': 'image/jpeg', 'cache-control': 'no-store' } })
  const refused = await get('/tv.jpg', afar)
  expect(refused).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="TV"' } })
  expect(text(refused)).toContain('parlor link')
  const withKey = (key: string) => get('/tv.jpg', { ...afar, headers: { ...afar.headers, authorization: `Bearer ${key}` } })
  expect((await withKey(KEY)).status).toBe(200)
  expect((await withKey(`${KEY}x`)).status).toBe(401)
  for (const site of ['cross-site', 'same-site'])
    expect((await get('/tv.jpg', { headers: { host: 'localhost', 'sec-fetch-site': site } })).status, site).toBe(401)
  expect((await get('/tv.jpg', { headers: { host: 'localhost', 'x-forwarded-for': '1.2.3.4' } })).status).toBe(401)
  const dark = { look: { jpeg: () => Promise.reject(new Error('no screen')), watch: () => () => {} } }
  expect((await get('/tv.jpg', {}, dark)).status).toBe(503)
})

test('what a page is told, and to whom', async () => {
  const told = async (change: Partial<Ask> = {}, target = '/info') => JSON.parse(text(await get(target, change)))
  expect(await told()).toEqual({ protocol: 1, iceServers: [{ urls: 'stun:s' }], link: 'https://x/r#Y', secure: 'https://localhost:8443' })
  expect((await told(afar)).link).toBe(null)
  expect((await get('/info', { headers: { host: 'localhost', 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
})

test('how to trust the box, and its authority', async () => {
  const page = await get('/trust', afar)
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
  for (const word of ['Android', 'iPhone', 'Mac', 'Windows', 'Linux', 'Firefox', '10 11 12', 'https://parlor.local:8443/'])
    expect(text(page), word).toContain(word)
  expect(text(page)).not.toMatch(/<script|style=|onclick/)
  expect((await get('/trust.css')).headers['content-type']).toContain('text/css')
  expect(await get('/ca.crt')).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-x509-ca-cert' } })
  for (const path of ['/trust', '/ca.crt', '/trust.css']) expect((await get(path, {}, { authority: () => null })).status).toBe(404)
})

test('health, missing pages and other files', async () => {
  expect(text(await get('/healthz'))).toBe('{"ok":true}\n')
  expect((await get('/healthz', {}, { illness: () => 'the disk is full' })).status).toBe(503)
  const unbuilt = await get('/', {}, { files: new PageFiles(new Map()) })
  expect(unbuilt.status).toBe(503)
  expect(text(unbuilt)).toContain('npm run build')
  expect(await get('/favicon.ico')).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache', 'content-type': 'image/x-icon' } })
  expect((await get('/r.html', {}, { files: new PageFiles(new Map([['x.html', bytes('x')]])) })).status).toBe(404)
})

test('the numbers of the box, at its machine and to who has the key', async () => {
  const metrics = () => 'parlor_people 2\n'
  const answer = await get('/metrics', {}, { metrics })
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } })
  expect(text(answer)).toBe('parlor_people 2\n')
  expect((await get('/metrics', afar, { metrics })).status).toBe(401)
  const withKey = { ...afar, headers: { ...afar.headers, authorization: `Bearer ${KEY}` } }
  expect((await get('/metrics', withKey, { metrics })).status).toBe(200)
  expect((await get('/metrics', { headers: { host: 'localhost', 'sec-fetch-site': 'cross-site' } }, { metrics })).status).toBe(401)
  expect((await get('/metrics')).status).toBe(404)
})

test('what is broadcast from here: for any page and any player, with the query it came with, and only when there is a broadcast', async () => {
  const heard: string[] = []
  const live: Partial<RouteParts> = {
    watch: async ({ path, query, address }) => {
      heard.push(`${path}?${query} ${address}`)
      return path === '/live/none'
        ? null
        : { status: 200, headers: { 'content-type': 'x/y', 'cross-origin-resource-policy': 'cross-origin' }, body: 'part' }
    },
  }
  const answer = await get('/live/p/v0.m3u8?_HLS_msn=7', { headers: { host: 'localhost:8080', 'sec-fetch-site': 'cross-site' } }, live)
  expect(answer).toMatchObject({ status: 200, body: 'part', headers: { 'cross-origin-resource-policy': 'cross-origin' } })
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
  expect((await get('/o/abc', {}, live)).status).toBe(200)
  expect((await get('/live/none', {}, live)).status).toBe(404)
  expect(heard).toEqual(['/live/p/v0.m3u8?_HLS_msn=7 127.0.0.1', '/o/abc? 127.0.0.1', '/live/none? 127.0.0.1'])
  expect((await get('/live/p/index.m3u8')).status).toBe(404)
  expect((await get(`/w/${'0'.repeat(26)}`)).status).toBe(404)
  expect((await get('/live/p/v0.m3u8', { method: 'POST' }, live)).status).toBe(405)
})

test('a broadcast of elsewhere is brought in by who opens its page at home, and by nobody else', async () => {
  const brought: unknown[] = []
  const box = { watch: async () => null, bring: (link: unknown) => void brought.push(link) }
  const page = `/w/${'0123456789'.repeat(2)}abcdef`
  const from = (origin: string) => `${page}?from=${encodeURIComponent(origin)}`
  const far = 'https://far.example:8443'
  await get(from(far), afar, box)
  expect(brought.splice(0)).toEqual([{ program: page.slice(3), origin: far }])
  const elsewhere = { ...afar.headers, 'sec-fetch-site': 'cross-site' }
  await get(from(far), { ...afar, headers: elsewhere }, box)
  await get(from(far), { ...afar, address: '203.0.113.9' }, box)
  await get(from(far), { ...afar, address: '2001:db8::1' }, box)
  for (const odd of [
    'http://127.0.0.1:9',
    'http://localhost',
    'http://192.168.1.7:8080',
    'http://[::1]',
    'ftp://far',
    'https://a:b@far',
    'far',
    '',
  ])
    await get(from(odd), afar, box)
  await get(page, afar, box)
  expect(brought).toEqual([])
})
