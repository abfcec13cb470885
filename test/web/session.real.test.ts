// Sessions of WebRTC over a real server: the whole life of one as a player's HTTP sees it, on one connection; and bodies that nobody wants to hold.
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { SessionDoor } from '../../src/broadcast/whip/door.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { placeOf } from '../../src/web/place.ts'
import { openServer } from '../../src/web/server.ts'
import { systemRandom } from '../../src/wire/crypto.ts'
import { PlayedPeering } from '../broadcast/kit/peering.ts'
import { quietLog } from '../fake/quiet.ts'

const WHEP = `/w/${'a'.repeat(26)}/whep`
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

async function house() {
  const ended: string[] = []
  const door = new SessionDoor({
    begin: () => ({ peering: new PlayedPeering(), ended: (why) => void ended.push(why) }),
    ...{ links: () => [], most: 10, full: 'No more.', random: systemRandom, clock: systemClock },
  })
  undo.push(() => door.close('over'))
  const server = await openServer({
    ...{ log: quietLog().log, clock: systemClock, listen: '127.0.0.1', httpPort: 0, https: null, tvKey: 'x', elsewhere: [] },
    ...{ files: new PageFiles(new Map()), look: { jpeg: async () => new Uint8Array(), watch: () => () => {} } },
    ...{ illness: () => null, authority: () => null, info: () => ({ iceServers: [], link: null, room: null }), mqtt: () => {} },
    place: () => placeOf('parlor', ['127.0.0.1'], []),
    times: { head: 300, request: 400, idle: 5000, look: 200 },
    sessions: async (ask) => (ask.path.startsWith(WHEP) ? door.answer(ask, ask.path.slice(WHEP.length)) : null),
  })
  undo.push(() => server.close())
  const origin = `http://127.0.0.1:${server.httpPort}`
  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const answer = await fetch(`${origin}${path}`, { method, headers, ...(body !== undefined && { body }) })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { ask, port: server.httpPort, server, door, ended }
}
const SDP = { 'content-type': 'application/sdp' }
const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag' }

test('a player asks, trickles, restarts and goes: 201, 204, 200, 200', async () => {
  const { ask, door, ended } = await house()
  const preflight = await ask('OPTIONS', WHEP, { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  const made = await ask('POST', WHEP, { ...SDP, origin: 'https://elsewhere.example' }, 'offer')
  const [location = '', tag = ''] = [made.headers.get('location') ?? '', made.headers.get('etag') ?? '']
  expect([made.status, made.text, made.headers.get('content-type')]).toEqual([201, 'answer to offer', 'application/sdp'])
  expect(location).toMatch(/^\/w\/a{26}\/whep\/[0-9a-f]{32}$/)
  expect((await ask('PATCH', location, { ...FRAGMENT, 'if-match': tag }, 'candidate')).status).toBe(204)
  expect((await ask('PATCH', location, FRAGMENT, 'candidate')).status).toBe(428)
  expect((await ask('PATCH', location, { ...FRAGMENT, 'if-match': '"*"' }, 'restart')).text).toBe('restarted')
  expect((await ask('PATCH', location, { ...FRAGMENT, 'if-match': tag }, 'candidate')).status).toBe(412)
  expect((await ask('GET', location)).status).toBe(405)
  expect((await ask('DELETE', location)).status).toBe(200)
  expect((await ask('DELETE', location)).status).toBe(404)
  expect([door.size, ended]).toEqual([0, ['they said goodbye']])
})

test('wrong kinds, wrong methods, wrong places: 415, 405, 404, 400, 406, each with a sentence', async () => {
  const { ask } = await house()
  const refused = [
    await ask('POST', WHEP, { 'content-type': 'text/plain' }, 'offer'),
    await ask('GET', WHEP),
    await ask('POST', `${WHEP}/elsewhere`, SDP, 'offer'),
    await ask('POST', '/whip/none', SDP, 'offer'),
    await ask('POST', WHEP, SDP, 'bad'),
    await ask('POST', WHEP, SDP, 'no codec'),
  ]
  expect(refused.map(({ status }) => status)).toEqual([415, 405, 404, 404, 400, 406])
  for (const { text } of refused) expect(text).toMatch(/^[A-Z].*\.\n$|^.+\n$/)
})

test('a body that is too long is not held: 413, and the connection ends', async () => {
  const { port, door } = await house()
  const heard = await new Promise<string>((done) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece
    })
    socket.on('error', () => {})
    socket.on('close', () => done(text))
    socket.write(
      `POST ${WHEP} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/sdp\r\ncontent-length: 100000000\r\n\r\n${'x'.repeat(17_000)}`,
    )
  })
  expect(heard).toMatch(/^HTTP\/1.1 413 /)
  expect(door.size).toBe(0)
})

test('a body that never comes is not waited for', async () => {
  const { port, door } = await house()
  const status = await new Promise<number>((done) => {
    const headers = { host: '127.0.0.1', ...SDP, 'content-length': '100' }
    const asked = request({ host: '127.0.0.1', port, path: WHEP, method: 'POST', headers, agent: false }, (answer) =>
      done(answer.statusCode ?? 0),
    )
    asked.on('error', () => done(-1))
    asked.write('v=0')
  })
  // Node itself may be sooner with its 408.
  expect([413, 408, -1]).toContain(status)
  expect(door.size).toBe(0)
})
