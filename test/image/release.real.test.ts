// scripts/release as who publishes uses it: a key of one's own, two bundles, a list; and what cards of both channels make of them.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { folderOf } from '../../image/rauc/keys.ts'
import { worldHere } from '../../src/system/update/here.ts'
import { offerIn } from '../../src/system/update/list.ts'

const ROOT = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'parlor-release-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (...path: string[]) => join(folder, ...path)
const env = { ...process.env, XDG_CONFIG_HOME: at('config'), XDG_CACHE_HOME: at('cache'), PARLOR_RELEASE_KEYS: undefined }
const signal = () => AbortSignal.timeout(60_000)

function release(...words: string[]): { ok: boolean; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'image/rauc/main.ts'), ...words], { env, encoding: 'utf8' })
  return { ok: status === 0, said: stdout + stderr }
}
const sign = (version: string, channel: string) =>
  release(
    'sign',
    ...['--board', 'virtual', '--version', version, '--root', at('root'), '--boot', at('boot'), '--channel', channel, '--out', at(channel)],
  )

/** A card of one channel, as it sees files. */
function card(channel: 'development' | 'release') {
  const certificate = join(folderOf(channel, env), 'certificate.pem')
  const conf = `[system]\ncompatible=parlor-virtual\nbootloader=noop\nbundle-formats=-plain\n[keyring]\npath=${certificate}\n`
  writeFileSync(at(`${channel}.conf`), conf)
  writeFileSync(at(`${channel}.release`), `VERSION=0.4.0\nBOARD=virtual\nCHANNEL=${channel}\n`)
  return worldHere(at('kept', channel), { release: at(`${channel}.release`), keyring: certificate, conf: at(`${channel}.conf`) })
}

test('nothing is signed for a release before there is a key for it, and a key is made once', () => {
  for (const name of ['root', 'boot']) writeFileSync(at(name), randomBytes(500_000))
  expect(sign('0.5.0', 'release').said).toContain('scripts/release key')
  expect(release('key').ok).toBe(true)
  expect(release('key')).toMatchObject({ ok: false, said: expect.stringContaining('already') })
  expect(statSync(join(folderOf('release', env), 'key.pem')).mode & 0o77).toBe(0)
  expect(folderOf('release', env).startsWith(ROOT)).toBe(false)
  expect(folderOf('development', env).startsWith(ROOT)).toBe(false)
})

test('a bundle passes on a card of its channel, and on no card of the other', async () => {
  expect(sign('0.5.0', 'release')).toMatchObject({ ok: true })
  expect(sign('0.5.0', 'release').said).toContain('there already')
  expect(sign('0.5.1', 'development').ok).toBe(true)
  const [ours, theirs] = [at('release', 'parlor-virtual-0.5.0.raucb'), at('development', 'parlor-virtual-0.5.1.raucb')]
  expect(await card('release').examine(ours, signal())).toMatchObject({ version: '0.5.0' })
  expect(await card('development').examine(theirs, signal())).toMatchObject({ version: '0.5.1' })
  await expect(card('release').examine(theirs, signal())).rejects.toMatchObject({ code: 'update-unsigned' })
  await expect(card('development').examine(ours, signal())).rejects.toMatchObject({ code: 'update-unsigned' })
})

test('a list grows, is believed by cards of its channel alone, and leads to the bundle', async () => {
  writeFileSync(at('notes.json'), '{"en": "Better sound.", "de": "Besserer Ton."}')
  const bundle = at('release', 'parlor-virtual-0.5.0.raucb')
  const index = (...bundles: string[]) =>
    release('index', '--channel', 'release', '--notes', at('notes.json'), '--out', at('release'), ...bundles)
  expect(index(at('development', 'parlor-virtual-0.5.1.raucb')).ok).toBe(false)
  expect(index(bundle).ok).toBe(true)
  expect(index().ok).toBe(true)
  const from = new URL(`file://${at('release', 'updates.json')}`)
  const list = await card('release').list(from, signal())
  expect(list).toMatchObject({ number: 2, channel: 'release', releases: [{ version: '0.5.0', board: 'virtual' }] })
  await expect(card('development').list(from, signal())).rejects.toMatchObject({ code: 'update-unsigned' })
  const offer = offerIn(list, from, { version: '0.4.0', board: 'virtual', channel: 'release' })
  if (!offer) throw new Error('nothing is offered')
  const path = await card('release').fetch(offer, () => {}, signal())
  expect(readFileSync(path).equals(readFileSync(bundle))).toBe(true)
  expect(await card('release').examine(path, signal())).toMatchObject({ version: '0.5.0' })
  await card('release').tidy()
  expect(existsSync(path)).toBe(false)
})
