// readers.ts — people who watch, as a process of its own, for tests: they check everything and count it, a line of JSON a second.
//
//   readers.ts PROGRAM KIND=http://HOST:PORT ...      `page`: entries and objects, as the watch page reads them; `hls`: playlists that wait, and parts
//
// What a reader of playlists gets has no signature beside it: it is compared with what those who read entries know to be signed.
import { createHash } from 'node:crypto'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Feed } from '../../../src/broadcast/reading/feed.ts'
import { Larder } from '../../../src/broadcast/reading/larder.ts'
import { HttpUpstream } from '../../../src/broadcast/relay/upstream.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import type { ProgramId } from '../../../src/wire/manifest.ts'
import { readMedia } from '../../broadcast/kit/m3u8.ts'

export type ReaderLine = {
  readonly at: number
  /** Bytes of objects that were checked, of each reader. */
  readonly bytes: readonly number[]
  /** What was not what it should be, or did not come. */
  readonly odd: readonly string[]
  /** The number of the newest entry of each reader of entries, and of the newest part of each reader of playlists. */
  readonly newest: readonly number[]
  /** ms between the signing of an entry and its having been read with its objects, the longest since the last line. */
  readonly late: number
}

const [program = '', ...who] = process.argv.slice(2)
const bytes = who.map(() => 0)
const newest = who.map(() => -1)
const [odd, signed, waiting] = [new Set<string>(), new Set<string>(), new Map<string, number>()]
let late = 0
const forever = new AbortController().signal

async function page(i: number, base: string): Promise<void> {
  const way = new HttpUpstream(base, program as ProgramId, base)
  const seat = createHash('sha256').update(`${process.pid} ${i}`).digest('hex').slice(0, 16)
  const feed = new Feed({ program: program as ProgramId, way, clock: systemClock, from: null, seat })
  const larder = new Larder(way, systemClock, (why) => odd.add(`${i}: ${why}`))
  const names = new Map<number, string>()
  const had = new Set<string>()
  for await (const news of feed.follow(forever)) {
    if (news.is === 'refused' && news.why !== 'entry ahead of what is here') odd.add(`${i}: ${news.why}`)
    if (news.is !== 'entry') continue
    const { entry } = news
    for (const { track, description } of entry.inits) names.set(track, description.name)
    for (const { object } of [...entry.inits, ...entry.parts]) signed.add(object.name)
    const inits = entry.inits.map(({ object }) => ({ object, place: null })).filter(({ object }) => !had.has(object.name))
    const parts = entry.parts.map(({ object, track, sequence }) => ({ object, place: { track: names.get(track) ?? '', sequence } }))
    await Promise.all(
      [...inits, ...parts].map(async ({ object, place }) => {
        const got = await larder.get(object, place, forever)
        if (place) larder.hint(place.track, place.sequence + 1, forever)
        if (!got) return void odd.add(`${i}: an object did not come`)
        had.add(object.name)
        bytes[i] = (bytes[i] ?? 0) + got.length
      }),
    )
    newest[i] = entry.number
    late = Math.max(late, Date.now() - entry.at)
  }
}

const agent = new Agent({ keepAlive: true })
const fetched = (url: string): Promise<Buffer | null> =>
  new Promise((done) => {
    get(url, { agent, timeout: 10_000 }, async (response) => {
      const chunks: Buffer[] = []
      try {
        for await (const chunk of response) chunks.push(chunk as Buffer)
      } catch {
        return done(null)
      }
      done(response.statusCode === 200 ? Buffer.concat(chunks) : null)
    })
      .on('timeout', function (this: { destroy(): void }) {
        this.destroy()
      })
      .on('error', () => done(null))
  })

async function hls(i: number, base: string): Promise<void> {
  const live = `${base}/live/${program}`
  let query = ''
  const had = new Set<string>()
  for (;;) {
    const text = await fetched(`${live}/v0.m3u8?seat=${'0'.repeat(15)}${i}${query}`)
    if (!text) {
      query = ''
      await sleep(500)
      continue
    }
    const { segments } = readMedia(text.toString())
    const uris = segments.flatMap((segment) => segment.parts.map(({ uri }) => uri))
    if (newest[i] === -1) for (const uri of uris.slice(0, -1)) had.add(uri)
    for (const uri of uris) {
      if (had.has(uri)) continue
      had.add(uri)
      const got = await fetched(`${live}/${uri}`)
      if (!got) odd.add(`${i}: a part did not come`)
      else {
        bytes[i] = (bytes[i] ?? 0) + got.length
        waiting.set(createHash('sha256').update(got).digest('hex'), Date.now())
      }
      newest[i] = Number(/(\d+)\.m4s/.exec(uri)?.[1])
    }
    const last = segments.at(-1)
    query = last ? `&_HLS_msn=${last.msn}&_HLS_part=${last.parts.length}` : ''
  }
}

for (const [i, one] of who.entries()) {
  const [kind, base = ''] = one.split('=')
  void (kind === 'hls' ? hls(i, base) : page(i, base))
}
setInterval(() => {
  for (const [hash, at] of waiting) {
    if (signed.has(hash)) waiting.delete(hash)
    else if (Date.now() - at > 5000) odd.add('a part of a playlist that nobody signed')
  }
  const line: ReaderLine = { at: Date.now(), bytes, odd: [...odd], newest, late }
  late = 0
  process.stdout.write(`${JSON.stringify(line)}\n`)
}, 1000)
