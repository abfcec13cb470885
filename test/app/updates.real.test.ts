// Updates with all real parts but the writing itself: a signed list and bundle in a folder, real RAUC that looks at it, and the steward behind its
// real socket. Only `rauc install` is played (it needs device mapper), and the slots, whose part is tried in test/system/slots.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { entryOf, listAfter, sealList } from '../../image/rauc/list.ts'
import { cardOver } from '../../src/app/update-card.ts'
import { Updates } from '../../src/app/updates.ts'
import { systemClock as clock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'
import { stewardAt } from '../../src/system/steward/client.ts'
import type { Doers } from '../../src/system/steward/orders.ts'
import { serve } from '../../src/system/steward/server.ts'
import { updateDoers } from '../../src/system/update/doers.ts'
import { releaseHere, worldHere } from '../../src/system/update/here.ts'
import { quietLog } from '../fake/quiet.ts'
import { Bundles } from '../system/update/kit/bundles.ts'

const bundles = new Bundles()
const path = process.env.PATH
const over = new AbortController()
afterAll(() => {
  over.abort()
  process.env.PATH = path
  bundles[Symbol.dispose]()
})
const at = (...names: string[]) => join(bundles.folder, ...names)

test('an update goes from the list to the other slot, and what was fetched does not stay; a forged one never comes so far', async () => {
  const real = execFileSync('sh', ['-c', 'command -v rauc'], { encoding: 'utf8' }).trim()
  mkdirSync(at('bin'))
  writeFileSync(
    at('bin/rauc'),
    `#!/bin/sh\nif [ "$1" = install ]; then sha256sum < "$2" >> ${at('installed')}; else exec ${real} "$@"; fi\n`,
    { mode: 0o755 },
  )
  process.env.PATH = `${at('bin')}:${path}`

  const { key, certificate } = await bundles.keys('release')
  writeFileSync(at('parlor-release'), 'VERSION=0.4.0\nBOARD=virtual\nCHANNEL=release\n')
  const places = { release: at('parlor-release'), keyring: certificate, conf: await bundles.conf() }
  const did: string[] = []
  const doers = {
    ...updateDoers(places),
    'update.status': async () => ({ slot: 'A' as const, version: '0.4.0', trial: false, had: null, update: null, before: null }),
    'update.try': async () => {
      did.push('try')
      return {}
    },
  } as Partial<Doers> as Doers
  const orders = { doers, onOrder: (name: string) => did.push(name), onBug: (error: unknown) => did.push(String(error)) }
  const served = serve({ where: { path: at('steward.sock') }, clock, rest: seconds(60), ...orders }, over.signal)

  const bundle = await bundles.make()
  const entry = entryOf(bundle, { board: 'virtual', version: '0.5.0' }, { en: 'Better sound.', de: 'Besserer Ton.' })
  writeFileSync(at('updates.json'), sealList(listAfter(null, 'release', [entry]), readFileSync(key, 'utf8')))
  const updates = new Updates({
    release: await releaseHere(places),
    runs: '0.4.0',
    settings: { from: at('updates.json'), night: false },
    hours: { from: '', to: '' },
    card: cardOver(stewardAt(at('steward.sock')), () => ({ picture: false, network: true })),
    world: worldHere(at('fetched'), places),
    shelf: { read: async () => ({ number: 0, told: null }), write: async () => {} },
    rest: () => true,
    date: () => new Date(),
    clock,
    log: quietLog().log,
  })
  const run = updates.run(over.signal)
  const signal = AbortSignal.timeout(60_000)
  const forged = await bundles.forged('forged', (bytes) =>
    Buffer.concat([bytes.subarray(0, 500_000), Buffer.alloc(1), bytes.subarray(500_001)]),
  )
  await expect(updates.give(forged, signal)).rejects.toMatchObject({ code: 'update-damaged' })
  await expect(stewardAt(at('steward.sock')).ask('update.install', { path: forged }, signal)).rejects.toMatchObject({
    code: 'update-damaged',
  })
  expect(existsSync(at('installed'))).toBe(false)

  expect(await updates.order('check', signal)).toMatchObject({ is: 'offered', version: '0.5.0' })
  await updates.order('now', signal)
  await expect.poll(() => did.includes('try')).toBe(true)
  expect(updates.seen).toMatchObject({ is: 'installed', version: '0.5.0' })
  const wanted = execFileSync('sh', ['-c', 'sha256sum < "$0"', bundle], { encoding: 'utf8' })
  expect(readFileSync(at('installed'), 'utf8')).toBe(wanted)
  expect(readdirSync(at('fetched'))).toEqual([])
  over.abort()
  await Promise.all([run, served])
})
