// A house relay carries captions like everything else: fetched once and only while somebody here reads them, checked, and given on as they were signed.
import { expect, it } from 'vitest'
import { CAPTIONS_TRACK } from '../../../src/broadcast/captions.ts'
import { Origin } from '../../../src/broadcast/origin.ts'
import { Relay, type RelayFlaw } from '../../../src/broadcast/relay/relay.ts'
import { Ways } from '../../../src/broadcast/relay/ways.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { kbps, ms } from '../../../src/lib/unit.ts'
import { quietLog } from '../../fake/quiet.ts'
import { breaches, breachesOfMaster, readMedia } from '../kit/m3u8.ts'
import { making } from '../kit/making.ts'
import { onAir } from '../kit/on-air.ts'
import { TestUpstream } from '../kit/upstream.ts'

const LIMITS = { egress: kbps(100_000), seats: 100 }

async function stage() {
  const clock = new FakeClock()
  const { program, live } = making()
  const origin = new Origin({ program: program.id, limits: LIMITS, clock, older: null })
  const upstream = new TestUpstream(origin, program.id)
  const flaws: RelayFlaw[] = []
  const { log } = quietLog()
  const relay = new Relay({ program: program.id, ways: new Ways(upstream), limits: LIMITS, clock, log, refused: (why) => flaws.push(why) })
  const stop = new AbortController()
  const running = relay.run(stop.signal)
  const { made, broadcast } = onAir({ clock, origin, live })
  const ask = async (from: Origin | Relay, path: string) => {
    const answer = from.answer({ path: `/live/${program.id}/${path}`, query: '', address: '192.168.1.7', signal: stop.signal })
    await clock.advance(ms(0))
    return answer
  }
  const text = async (from: Origin | Relay, path: string): Promise<string> => {
    const body = (await ask(from, path))?.body ?? ''
    return typeof body === 'string' ? body : new TextDecoder().decode(body)
  }
  const close = async (): Promise<void> => {
    stop.abort()
    await running
  }
  const captionObjects = () =>
    new Set(made.flatMap(({ entry }) => [...entry.inits, ...entry.parts].filter(({ track }) => track === CAPTIONS_TRACK).map(({ object }) => object.name))) // biome-ignore format: one line
  return { program, origin, upstream, relay, flaws, broadcast, text, close, captionObjects }
}
const say = (text: string) => ({ text, stands: 7000, language: 'de', label: 'Deutsch' })

it('a relay gives the same captions as the box, though nothing of them was fetched before somebody asked', async () => {
  const { program, origin, upstream, relay, flaws, broadcast, text, close, captionObjects } = await stage()
  program.caption(say('Guten Abend'))
  await broadcast(9)
  const fetched = () =>
    [...captionObjects()].reduce((sum, name) => sum + upstream.count(new RegExp(name)), 0) + upstream.count(/captions\//)
  expect(fetched()).toBe(0)
  expect(breachesOfMaster(await text(relay, 'index.m3u8'))).toEqual([])
  expect(await text(relay, 'index.m3u8')).toContain('TYPE=SUBTITLES')
  const list = await text(relay, 'captions.m3u8')
  const media = readMedia(list)
  expect(breaches(media, list)).toEqual([])
  for (const segment of media.segments) {
    for (const uri of [...segment.parts.map((part) => part.uri), ...(segment.uri ? [segment.uri] : [])]) {
      expect(await text(relay, uri)).toMatch(/^WEBVTT\nX-TIMESTAMP-MAP/)
      expect(await text(relay, uri)).toBe(await text(origin, uri))
    }
  }
  program.caption(say('und willkommen'))
  await broadcast(4)
  const last = readMedia(await text(relay, 'captions.m3u8')).segments.at(-2)
  expect(await text(relay, last?.uri ?? '')).toContain('und willkommen')
  for (const name of captionObjects()) expect(upstream.count(new RegExp(name))).toBeLessThanOrEqual(1)
  expect(flaws).toEqual([])
  await close()
})

it('a relay passes on no caption that was changed on the way', async () => {
  const { program, upstream, relay, flaws, broadcast, text, close } = await stage()
  program.caption(say('Guten Abend'))
  upstream.lie.bytes = (bytes) => new TextEncoder().encode(new TextDecoder().decode(bytes).replace('Abend', 'Morgn'))
  await broadcast(6)
  const [segment] = readMedia(await text(relay, 'captions.m3u8')).segments
  const asked = text(relay, segment?.parts[0]?.uri ?? '')
  await broadcast(5)
  expect(await asked).not.toContain('Guten')
  expect(flaws.length).toBeGreaterThan(0)
  await close()
})
