// A session of WebRTC by HTTP, as RFC 9725 has it: every answer it can give, and every way in which it ends.
import { describe, expect, test } from 'vitest'
import { linkOf, SessionDoor } from '../../../src/broadcast/whip/door.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { type Asked, asking, PlayedPeering } from '../kit/peering.ts'

const SDP = { 'content-type': 'application/sdp' }
const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag' }

function house({ most = 100, look = null as string | null } = {}) {
  const clock = new FakeClock()
  const peerings: PlayedPeering[] = []
  const ended: string[] = []
  let [count, full] = [0, false]
  const door = new SessionDoor({
    refuses: (ask) => (ask.header('authorization') === 'Bearer wrong' ? 'This token is not known.' : null),
    begin: () => {
      if (full) return { status: 503, sentence: 'As many are watching as can be served.', retry: 5 }
      const peering = new PlayedPeering()
      peerings.push(peering)
      return { peering, look: () => look, ended: (why) => void ended.push(why) }
    },
    links: () => ['<stun:stun.example.net>; rel="ice-server"'],
    most,
    full: 'No more.',
    random: (length) => new Uint8Array(length).fill(++count),
    clock,
  })
  const ask = async (method: string, rest = '', asked: Asked = {}) => {
    const answer = await door.answer(asking(method, `/w/x/whep${rest}`, asked), rest)
    if (!answer) throw new Error('no answer')
    return answer
  }
  const post = (asked: Asked = {}) => ask('POST', '', { headers: SDP, body: 'offer', ...asked })
  return { clock, door, peerings, ended, ask, post, be: (isFull: boolean) => (full = isFull) }
}
const FIRST = `/${'01'.repeat(16)}`

describe('a session', () => {
  test('is made by an offer: 201, the answer, its address, its tag, and servers for candidates', async () => {
    const { post, door } = house()
    const { status, headers, body } = await post()
    expect([status, body, door.size]).toEqual([201, 'answer to offer', 1])
    expect(headers).toMatchObject({
      location: `/w/x/whep${FIRST}`,
      etag: '"01010101-1"',
      link: '<stun:stun.example.net>; rel="ice-server"',
      'content-type': 'application/sdp',
      'accept-patch': FRAGMENT['content-type'],
      'access-control-allow-origin': '*',
    })
    expect(headers['access-control-expose-headers']).toContain('location')
  })

  test('takes candidates under its tag, restarts under "*" with another tag, and refuses what comes late', async () => {
    const { post, ask } = house()
    await post()
    const patch = (body: string, match?: string) =>
      ask('PATCH', FIRST, { body, headers: { ...FRAGMENT, ...(match && { 'if-match': match }) } })
    expect((await patch('candidate')).status).toBe(428)
    expect((await patch('candidate', '"other"')).status).toBe(412)
    expect(await patch('candidate', '"01010101-1"')).toMatchObject({ status: 204, body: '' })
    expect(await patch('restart', '"*"')).toMatchObject({ status: 200, body: 'restarted', headers: { etag: '"01010101-2"' } })
    expect((await patch('candidate', '"01010101-1"')).status).toBe(412)
    expect((await patch('candidate', '"a", "01010101-2"')).status).toBe(204)
    expect((await patch('rubbish', '*')).status).toBe(400)
    expect((await patch('x'.repeat(20_000), '*')).status).toBe(413)
    expect((await ask('PATCH', FIRST, { headers: SDP, body: 'x' })).status).toBe(415)
  })

  test('is ended by DELETE, once', async () => {
    const { post, ask, peerings, ended, door } = house()
    await post()
    expect((await ask('DELETE', FIRST)).status).toBe(200)
    expect((await ask('DELETE', FIRST)).status).toBe(404)
    expect([peerings[0]?.isClosed, ended, door.size]).toEqual([true, ['they said goodbye'], 0])
  })

  test('that is never connected is let go, and one from which nothing is heard any more', async () => {
    const { post, clock, peerings, ended } = house()
    await post()
    await post()
    peerings[0]?.connect()
    await clock.advance(seconds(18))
    expect(ended).toEqual(['it was never connected'])
    Object.assign(peerings[0] ?? {}, { hears: false })
    await clock.advance(seconds(8))
    expect(ended).toHaveLength(1)
    await clock.advance(seconds(4))
    expect(ended[1]).toBe('nothing is heard of them any more')
    expect(clock.sleeping).toEqual([])
  })

  test('ends when its other end says so, when it is judged so, and when the door is closed', async () => {
    const { post, peerings, ended, door } = house()
    await post()
    peerings[0]?.emit('ended', 'the peer closed the connection')
    await post()
    await door.close('the box stops')
    expect(ended).toEqual(['the peer closed the connection', 'the box stops'])
    expect((await post()).status).toBe(503)
    const slow = house({ look: 'their line cannot carry the program' })
    await slow.post()
    slow.peerings[0]?.connect()
    await slow.clock.advance(seconds(2))
    expect(slow.ended).toEqual(['their line cannot carry the program'])
  })
})

describe('the door', () => {
  test('is asked what it takes, by pages of anybody', async () => {
    const { ask } = house()
    const { status, headers } = await ask('OPTIONS')
    expect([status, headers['accept-post'], headers.allow]).toEqual([204, 'application/sdp', 'POST, OPTIONS'])
    expect(headers['access-control-allow-headers']).toContain('if-match')
    expect((await ask('OPTIONS', FIRST)).headers.allow).toBe('PATCH, DELETE, OPTIONS')
  })

  test.each([
    ['another method', 'GET', {}, 405],
    ['another kind of body', 'POST', { headers: { 'content-type': 'application/json' }, body: 'offer' }, 415],
    ['no kind of body', 'POST', { body: 'offer' }, 415],
    ['an offer that is too long', 'POST', { headers: SDP, body: 'x'.repeat(16_385) }, 413],
    ['an offer that is none', 'POST', { headers: SDP, body: 'bad' }, 400],
    ['an offer that cannot be served', 'POST', { headers: SDP, body: 'no codec' }, 406],
    ['a wrong token', 'POST', { headers: { ...SDP, authorization: 'Bearer wrong' }, body: 'offer' }, 401],
  ])('refuses %s, and keeps nothing of it', async (_, method, asked, expected) => {
    const { ask, door, peerings } = house()
    const { status, body } = await ask(method, '', asked)
    expect([status, door.size, peerings.every(({ isClosed }) => isClosed)]).toEqual([expected, 0, true])
    expect(body).toMatch(/^.+\n$/)
  })

  test('is full: a sentence, and when to come again', async () => {
    const { post, be } = house()
    be(true)
    expect(await post()).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: 'As many are watching as can be served.\n' })
    const small = house({ most: 1 })
    await small.post()
    expect(await small.post()).toMatchObject({ status: 503, body: 'No more.\n' })
  })

  test('lets few at a time in from one address, and no one too often', async () => {
    const { post, peerings, clock } = house()
    const connected = async () => {
      const { status } = await post()
      peerings.at(-1)?.connect()
      return status
    }
    for (let i = 0; i < 4; i++) expect((await post()).status).toBe(201)
    expect((await post()).status).toBe(503)
    expect((await post({ address: '10.0.0.2' })).status).toBe(201)
    for (const each of peerings) each.connect()
    for (let i = 0; i < 7; i++) expect(await connected()).toBe(201)
    expect(await post()).toMatchObject({ status: 429, headers: { 'retry-after': '2' } })
    await clock.advance(seconds(2))
    expect(await connected()).toBe(201)
  })

  test('names servers as Link headers have them', () => {
    expect(linkOf({ urls: 'turn:t.example.net', username: 'a', credential: 'b"c' })).toBe(
      '<turn:t.example.net>; rel="ice-server"; username="a"; credential="b\\"c"; credential-type="password"',
    )
  })
})
