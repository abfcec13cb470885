// Which servers are tried, in which order, and who wins: a fast way is not waited for by a slow one, and a better one may come later.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeClock } from '../../../src/lib/clock.ts'
import { ms } from '../../../src/lib/unit.ts'

const { signal } = new AbortController()
const account = { username: 'u', credential: 'c' }
let ways: typeof import('../../../src/call/werift/turn-ways.ts')
beforeEach(async () => {
  vi.resetModules() // it remembers what worked
  ways = await import('../../../src/call/werift/turn-ways.ts')
})

describe('the servers of the settings', () => {
  test('are sorted by the better way; ports are the usual ones', () => {
    const urls = ['turns:t:443?transport=tcp', 'turn:t?transport=tcp', 'stun:s', 'turn:t', 'turns:t', 'turn:[2001:db8::1]:99']
    expect(ways.turnServersIn(urls.map((each) => ({ urls: each, ...account }))).map((s) => [s.transport, s.host, s.port])).toEqual([
      ['udp', 't', 3478],
      ['udp', '2001:db8::1', 99],
      ['tcp', 't', 3478],
      ['tls', 't', 443],
      ['tls', 't', 5349],
    ])
  })

  test('without credentials, over DTLS, or of no known form are none', () => {
    const servers = [
      { urls: 'turn:t' },
      ...['turns:t?transport=udp', 'turn:', 'turn:t:x', 'http://t'].map((urls) => ({ urls, ...account })),
    ]
    expect(ways.turnServersIn(servers)).toEqual([])
  })

  test('the first STUN server is the one', () => {
    expect(ways.stunServerIn([{ urls: 'turn:t' }, { urls: 'stun:s:19302' }, { urls: 'stun:other' }])).toEqual(['s', 19302])
    expect(ways.stunServerIn([{ urls: 'turn:t' }])).toBeNull()
  })
})

describe('the race', () => {
  const servers = () => ways.turnServersIn(['turn:t', 'turn:t?transport=tcp', 'turns:t:443'].map((urls) => ({ urls, ...account })))
  type Way = 'udp' | 'tcp' | 'tls'

  /** Runs it; each way answers after so many ms, null: never, 'no': refuses at once. */
  function begin(answers: Record<Way, number | null | 'no'>) {
    const clock = new FakeClock()
    const started: Way[] = []
    const ended: Way[] = []
    const opened: Way[] = []
    const done = ways.race(
      {
        servers: servers(),
        clock,
        open: async ({ transport }, aborted) => {
          started.push(transport)
          aborted.addEventListener('abort', () => ended.push(transport))
          const answer = answers[transport]
          if (answer === 'no') throw new Error('refused')
          await clock.sleep('the network', ms(answer ?? 6000), aborted)
          if (answer === null) throw new Error('no answer')
          return transport
        },
        onOpen: (way) => void opened.push(way),
      },
      signal,
    )
    return { clock, started, ended, opened, done }
  }

  test('where UDP goes nothing else is tried', async () => {
    const { clock, started, opened, done } = begin({ udp: 100, tcp: 100, tls: 100 })
    await clock.advance(ms(10_000))
    await done
    expect([started, opened]).toEqual([['udp'], ['udp']])
  })

  test('where UDP is swallowed TCP begins a quarter of a second later, beside it', async () => {
    const { clock, started, opened, done } = begin({ udp: null, tcp: 80, tls: 80 })
    await clock.advance(ms(249))
    expect(started).toEqual(['udp'])
    await clock.advance(ms(82))
    expect([started, opened]).toEqual([['udp', 'tcp'], ['tcp']])
    await clock.advance(ms(10_000))
    await done
    expect(opened).toEqual(['tcp'])
  })

  test('where only port 443 is open, TLS leads through in half a second and a little', async () => {
    const { clock, opened, done } = begin({ udp: null, tcp: null, tls: 100 })
    await clock.advance(ms(601))
    expect(opened).toEqual(['tls'])
    await clock.advance(ms(10_000))
    await done
  })

  test('a refusal needs no waiting', async () => {
    const { clock, opened, done } = begin({ udp: 'no', tcp: 'no', tls: 10 })
    await clock.advance(ms(11))
    await done
    expect(opened).toEqual(['tls'])
  })

  test('a better way that is late is taken too, and what is worse and still on its way is called back', async () => {
    const { clock, opened, ended, done } = begin({ udp: 900, tcp: 400, tls: 5000 })
    await clock.advance(ms(10_000))
    await done
    expect(opened).toEqual(['tcp', 'udp'])
    expect(ended).toContain('tls')
  })

  test('what worked last time is tried at once the next time', async () => {
    const first = begin({ udp: null, tcp: null, tls: 100 })
    await first.clock.advance(ms(10_000))
    await first.done
    const { clock, started, opened, done } = begin({ udp: null, tcp: null, tls: 100 })
    await clock.advance(ms(101))
    expect([started, opened]).toEqual([['udp', 'tcp', 'tls'], ['tls']])
    await clock.advance(ms(10_000))
    await done
  })
})
