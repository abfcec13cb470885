// A private broadcast of a box: nothing of it without the key of its link, at any address; another link for each; what the box makes of it itself goes on.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Broadcast } from '../../src/app/live.ts'
import { Notices } from '../../src/app/notices.ts'
import { openWatchKeys, type WatchKeys } from '../../src/app/watch-keys.ts'
import type { ChatSocket } from '../../src/broadcast/chat-door.ts'
import { lockedLine, type NearEars } from '../../src/broadcast/chat-lock.ts'
import type { Update } from '../../src/broadcast/program.ts'
import { Config } from '../../src/core/config.ts'
import type { RoomSecret } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ProgramFeed } from '../../src/media/program.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { placeOf } from '../../src/web/place.ts'
import { type RouteParts, route } from '../../src/web/route.ts'
import { openAbout } from '../../src/wire/about.ts'
import { CHAT_CLOSE, CHAT_VERSION, openFromChat } from '../../src/wire/chat.ts'
import { hex, sha256, systemRandom, unhex } from '../../src/wire/crypto.ts'
import { programOf } from '../../src/wire/manifest.ts'
import { unsealTitle, type WatchKey, watchKey } from '../../src/wire/watch-key.ts'
import { watchLinkIn } from '../../src/wire/watch-link.ts'
import { ann } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'
import { playedMakers } from './kit/makers.ts'

const home = '0000000000000000000000H0ME' as RoomSecret
const never = new AbortController().signal
const program = programOf(ann.publicKey)

let folder = ''
const opened: WatchKeys[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-private-'))
})
afterEach(async () => {
  // The last of them is still being written when a test ends.
  await Promise.all(opened.splice(0).map(({ saved }) => saved))
  rmSync(folder, { recursive: true, force: true })
})

const { log } = quietLog()
const keysIn = async (goesOn = false, runs: readonly number[] = []): Promise<WatchKeys> => {
  const keys = await openWatchKeys(folder, { program, goesOn, runs, log })
  opened.push(keys)
  return keys
}

async function stage(settings: { private?: boolean } = {}, keys?: WatchKeys) {
  const clock = new FakeClock()
  const { screen, sound, give } = playedMakers()
  const feed = new ProgramFeed({ screen, sound, clock, log })
  const broadcast = new Broadcast({
    identity: ann,
    announced: () => ({ title: 'A surprise', begins: null }),
    settings: Config.parse({ live: { keep: 0, ...settings } }).live,
    policy: () => ({ owner: ann.peer, roles: new Map() }),
    feed,
    beside: [],
    store: null,
    keys: keys ?? (await keysIn()),
    origin: () => 'https://box',
    notices: new Notices(() => clock.now()),
    clock,
    log,
  })
  const published: Update[] = []
  broadcast.on('published', (update) => published.push(update))
  const get = async (path: string, query = '') => broadcast.answer({ path, query, address: '10.0.0.1', signal: never })
  const about = async () => {
    const said = openAbout(String((await get(`/live/${program}/about`))?.body), program)
    if (!said) throw new Error('nothing is said of the program')
    return said
  }
  return { clock, broadcast, give, get, about, published }
}

const keyOf = (link: string): WatchKey => {
  const secret = watchLinkIn(link)?.secret
  if (!secret) throw new Error('this link has no key')
  return watchKey(program, secret)
}

/** Somebody at the chat: what they are told, and how they were let go. */
function visitor(broadcast: Broadcast, key: WatchKey | null) {
  const [told, codes]: [string[], number[]] = [[], []]
  let ears: NearEars | null = null
  const open = (near: NearEars) => {
    ears = near
    const send = (frame: string, sent: () => void): void => {
      near.heard(frame)
      sent()
    }
    const socket: ChatSocket = { send, close: (code) => codes.push(code) }
    const door = broadcast.chat.open(socket, '10.0.0.1')
    return { send: (frame: string | Uint8Array) => door.heard(frame), close: () => door.gone() }
  }
  const own: NearEars = { opened: () => {}, heard: (frame) => told.push(String(frame)), closed: () => {} }
  const line = key ? lockedLine(key, open)(own) : open(own)
  line.send(JSON.stringify({ hello: CHAT_VERSION, nonce: hex(systemRandom(16)) }))
  return { told, codes, isIn: ears !== null && told.some((frame) => openFromChat(frame, program)?.say === 'welcome') }
}

describe('a private broadcast', () => {
  test('says its key in the link alone; its title is for who has it', async () => {
    const box = await stage()
    await box.broadcast.begin(home, never, true)
    const { state } = box.broadcast
    const key = keyOf(state?.link ?? '')
    expect(state).toMatchObject({ private: true, link: box.broadcast.link(true) })
    expect(keyOf(state?.moderatorLink ?? '').lock).toBe(key.lock)
    expect(state?.moderatorLink).toMatch(/#[0-9A-Z]{26}&moderator=[0-9A-Z]{26}$/)
    box.give(3)
    const said = await box.about()
    expect([said.title, said.sealed?.lock]).toEqual(['', key.lock])
    expect(unsealTitle(key, unhex(said.sealed?.title ?? ''))).toBe('A surprise')
    expect(box.broadcast.token).toBe(key.whep)
  })

  test('publishes nothing that is not sealed, and the box opens it for what it makes of it', async () => {
    const box = await stage()
    await box.broadcast.begin(home, never, true)
    box.give(4)
    const key = keyOf(box.broadcast.link(true))
    expect(box.published.length).toBeGreaterThan(15)
    expect(new Set(box.published.map(({ entry }) => entry.lock))).toEqual(new Set([key.lock]))
    const opened = box.published.map((update) => box.broadcast.opens(update))
    const plain = opened.flatMap(({ objects }) => objects.map(({ bytes }) => Buffer.from(bytes)))
    expect(plain.length).toBe(box.published.flatMap(({ objects }) => objects).length)
    expect(plain.every((bytes) => ['ftyp', 'styp', 'moof', 'prft', 'emsg'].includes(bytes.toString('latin1', 4, 8)))).toBe(true)
    for (const { objects } of box.published)
      for (const { promise, bytes } of objects) {
        const answer = await box.get(`/o/${promise.name}`)
        expect(answer?.body === undefined || typeof answer.body === 'string' || hex(answer.body) === hex(bytes)).toBe(true)
      }
    for (const path of ['index.m3u8', 'v0.m3u8', 'sound.m3u8']) expect((await box.get(`/live/${program}/${path}`))?.status).toBe(403)
  })

  test('has another link than the one before; an open one has none, and any player', async () => {
    const box = await stage()
    const before = box.broadcast.link(true)
    await box.broadcast.begin(home, never, true)
    expect(box.broadcast.state?.link).toBe(before)
    box.give(3)
    await box.broadcast.end()
    const after = box.broadcast.link(true)
    expect(keyOf(after).lock).not.toBe(keyOf(before).lock)
    await box.broadcast.begin(home, never, false)
    expect([box.broadcast.state?.link, box.broadcast.token]).toEqual([`https://box/w/${program}`, null])
    box.give(3)
    expect((await box.get(`/live/${program}/index.m3u8`))?.status).toBe(200)
    expect((await box.about()).title).toBe('A surprise')
    await box.broadcast.end()
    expect(box.broadcast.link(true)).toBe(after)
  })

  test('is what the settings say, unless somebody asked otherwise', async () => {
    const box = await stage({ private: true })
    expect([box.broadcast.isPrivate(null), box.broadcast.isPrivate(false)]).toEqual([true, false])
    await box.broadcast.begin(home, never)
    expect(box.broadcast.state?.private).toBe(true)
    await box.broadcast.begin(home, never, false)
    expect(box.broadcast.state?.private).toBe(false)
  })
})

test('at no address of the box is anything of a private broadcast without its key', async () => {
  const box = await stage({}, await keysIn())
  await box.broadcast.begin(home, never, true)
  box.give(2)
  box.broadcast.caption({ text: 'Do you hear the piano?', stands: 3000, language: 'en', label: 'English' })
  box.give(5)
  const secret = box.broadcast.link(true).slice(-26)
  const { objects, whep } = keyOf(box.broadcast.link(true))
  const opened = box.published.map((update) => box.broadcast.opens(update)).flatMap((update) => update.objects.map(({ bytes }) => bytes))
  expect(opened.some((bytes) => Buffer.from(bytes).includes('piano'))).toBe(true)
  const found = [
    ...opened.filter(({ length }) => length >= 24).map((bytes) => hex(bytes.slice(-24))),
    ...[secret, 'A surprise', 'piano'].map((text) => Buffer.from(text).toString('hex')),
  ]
  const parts: RouteParts = {
    place: () => placeOf('parlor', ['192.168.1.7'], []),
    files: new PageFiles(new Map([['w.html', Buffer.from('<title>watch')]])),
    look: { jpeg: async () => Buffer.from('piano'), watch: () => () => {} },
    tvKey: 'abcdefghijklmnopqrstuv',
    info: () => ({ iceServers: [], link: 'https://x/r#piano', room: 'room' }),
    authority: () => null,
    httpsPort: () => 8443,
    illness: () => null,
    metrics: () => 'piano',
    download: async () => null,
    watch: (ask) => box.broadcast.answer(ask),
    elsewhere: [],
  }
  const entries = box.published.map(({ entry }) => entry)
  const tracks = [...new Set(entries.flatMap(({ inits }) => inits.map(({ description }) => description.name)))]
  expect(tracks).toContain('captions')
  const live = `/live/${program}`
  const targets = [
    ...['', '/whep', '?from=https%3A%2F%2Fbox'].map((rest) => `/w/${program}${rest}`),
    ...['/', '/index.m3u8', '/manifest', '/manifest?from=0', '/about', '/chat'].map((rest) => `${live}${rest}`),
    ...tracks.map((name) => `${live}/${name}.m3u8`),
    ...entries.flatMap(({ parts: each }) =>
      each.flatMap(({ sequence, segment }) =>
        tracks.flatMap((name) =>
          [`${sequence}.m4s`, `${sequence}.vtt`, `s${segment}.mp4`, `s${segment}.vtt`].map((file) => `${live}/${name}/${file}`),
        ),
      ),
    ),
    ...box.published.flatMap((update) => update.objects.map(({ promise }) => `/o/${promise.name}`)),
    ...opened.map((bytes) => `/o/${hex(sha256(bytes))}`),
    ...['/tv.jpg', '/metrics', '/info', '/healthz', `/recording/${'0'.repeat(64)}`, `/recording/${whep}`, `/recording/${hex(objects)}`],
  ]
  const seen: Record<number, number> = {}
  for (const target of new Set(targets)) {
    const signal = AbortSignal.abort()
    const answer = await route(
      { method: 'GET', target, headers: { host: 'parlor.local:8080' }, address: '192.168.1.9', encrypted: false, signal },
      parts,
    )
    seen[answer.status] = (seen[answer.status] ?? 0) + 1
    const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : Buffer.from(answer.body)
    const all = `${body.toString('hex')} ${Buffer.from(JSON.stringify(answer.headers)).toString('hex')}`
    for (const trace of found) if (all.includes(trace)) throw new Error(`something of what is in it stands at ${target}`)
  }
  // Sealed objects and the manifest are for everybody; what plain players would play is for nobody.
  expect([(seen[200] ?? 0) > 100, (seen[403] ?? 0) > 50]).toEqual([true, true])
})

describe('the chat of a private broadcast', () => {
  test('is for who has the key, both to read and to write', async () => {
    const box = await stage()
    await box.broadcast.begin(home, never, true)
    const key = keyOf(box.broadcast.link(true))
    expect(visitor(box.broadcast, key).isIn).toBe(true)
    const stranger = visitor(box.broadcast, null)
    expect([stranger.isIn, stranger.told, stranger.codes]).toEqual([false, [], [CHAT_CLOSE.locked]])
    const old = visitor(box.broadcast, watchKey(program, (await stage()).broadcast.link(true).slice(-26) as never))
    expect(old.isIn).toBe(false)
  })
  test('is another room than the open one before it: who was there is let go, and nothing is shown on', async () => {
    const box = await stage()
    const open = visitor(box.broadcast, null)
    expect(open.isIn).toBe(true)
    await box.broadcast.begin(home, never, true)
    expect(open.codes).toEqual([1001])
    const inside = visitor(box.broadcast, keyOf(box.broadcast.link(true)))
    expect(inside.isIn).toBe(true)
    await box.broadcast.end()
    expect(inside.codes).toEqual([])
    await box.broadcast.begin(home, never, false)
    expect([inside.codes, visitor(box.broadcast, null).isIn]).toEqual([[1001], true])
  })
})

describe('the secrets of a box', () => {
  const run = 1_795_000_000_000
  test('lie in a file for the box alone', async () => {
    const keys = await keysIn()
    await keys.begun(run)
    expect(statSync(join(folder, 'watch-keys.json')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'watch-keys.json'), 'utf8')).toContain(keys.secret)
  })
  test('stay when a broadcast goes on after a start, and the next one is another when it does not', async () => {
    const keys = await keysIn()
    await keys.begun(run)
    expect((await keysIn(true, [run])).secret).toBe(keys.secret)
    const later = await keysIn(false, [run])
    expect(later.secret).not.toBe(keys.secret)
    expect(later.of(run)?.lock).toBe(keys.key.lock)
    expect((await keysIn(false, [run])).secret).toBe(later.secret)
  })
  test('go with the recording that they open', async () => {
    const keys = await keysIn()
    await keys.begun(run)
    const { secret } = keys
    keys.turn()
    await keys.begun(run + 1)
    await keys.keepOnly([run + 1])
    expect([keys.of(run), keys.secretOf(run + 1)]).toEqual([null, keys.secret])
    await keys.forget(run + 1)
    expect(keys.of(run + 1)).toBeNull()
    expect(readFileSync(join(folder, 'watch-keys.json'), 'utf8')).not.toContain(secret)
  })
  test('are not lost silently', async () => {
    await (await keysIn()).begun(run)
    const { writeFileSync } = await import('node:fs')
    writeFileSync(join(folder, 'watch-keys.json'), '{"next":"x"}')
    await expect(keysIn()).rejects.toMatchObject({ code: 'bad-config' })
  })
})
