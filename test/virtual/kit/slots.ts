// slots.ts — a card with a whole system in both of its slots, for a virtual Pi, and what a test asks of slots.
//
// The second slot is filled here, outside, while the machine is off, with the same system under another version: RAUC would need minutes
// for a whole root in an emulated machine.
import { execFileSync } from 'node:child_process'
import { closeSync, copyFileSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Parts } from '../../../hw/virtual/parts.ts'
import { DISK } from '../../../image/layout.ts'
import { makeBundle } from '../../../image/rauc/bundle.ts'
import { keysOf } from '../../../image/rauc/keys.ts'
import { cardParts } from '../../../image/virtual.ts'
import { commandLine } from '../../../src/system/slots/line.ts'
import type { Had, Pending } from '../../../src/system/slots/pending.ts'
import type { Slot } from '../../../src/system/slots/slot.ts'
import type { OrderName, Value, With } from '../../../src/system/steward/words.ts'
import { temporaryFolder } from '../../e2e/kit/folder.ts'
import { Lan, VirtualPi, type Wishes } from './pi.ts'

/**
 * A new version proves itself in 10 s here and not in five minutes, is given up 100 s after the start and not after ten minutes; the timer of
 * the image comes after 110 s. To be laid over the card.
 */
export const QUICK = {
  '/etc/systemd/system/parlor.service.d/trial.conf': '[Service]\nEnvironment=PARLOR_TRIAL_SECONDS=10/100\n',
  '/etc/systemd/system/parlor-slots-back.timer.d/trial.conf': '[Timer]\nOnBootSec=\nOnBootSec=110s\n',
}

const CHUNK = 4 * 2 ** 20
const RECORD = '/state/update/pending.json'

/** Another version, of the same length: it is written over the other in the image. */
export const nextVersion = (version: string): string => version.replace(/\d$/, (last) => String((Number(last) + 1) % 10))

/** The card's version, by the image of its root. */
export function versionOf(made: Parts): string {
  return (
    /VERSION=(\S+)/.exec(
      execFileSync('debugfs', ['-R', 'cat /etc/parlor-release', rootOf(made)], { encoding: 'utf8', stdio: 'pipe' }),
    )?.[1] ?? ''
  )
}
const rootOf = (made: Parts): string => join(dirname(made.disk), 'root.ext4')
export const bootOf = (made: Parts): string => join(dirname(made.disk), 'boot.vfat')

/** A virtual Pi that is off, with the card's system in slot A, and the same one with the next version in slot B. */
export async function cardWithBothSlots(wishes: Omit<Wishes, 'card'>): Promise<{ pi: VirtualPi; version: string; made: Parts }> {
  const made = await cardParts()
  const version = versionOf(made)
  const lan = wishes.lan ?? new Lan()
  const pi = new VirtualPi({ ...wishes, card: true, lan }, made, lan, lan.socket())
  for (const [path, file] of Object.entries(wishes.files ?? {})) pi.lay(path, file)
  using card = pi.card()
  const at = (number: number): number => card.partitions().find((one) => one.number === number)?.at ?? 0
  const from = [`VERSION=${version}\n`, `VERSION=${nextVersion(version)}\n`].map((text) => Buffer.from(text))
  copy(rootOf(made), (chunk, place) => {
    const found = chunk.indexOf(from[0] ?? '')
    if (found >= 0) from[1]?.copy(chunk, found)
    card.write(at(6) + place, chunk)
  })
  copy(bootWithLine(made, 'B'), (chunk, place) => card.write(at(3) + place, chunk))
  return { pi, version, made }
}

/** A card with both slots that runs, and sees an update of it to the next version as /host/update.raucb. */
export async function cardWithUpdate(wishes: Omit<Wishes, 'card'>): Promise<{ pi: VirtualPi; version: string; slots: SlotsOf }> {
  const { pi, version, made } = await cardWithBothSlots(wishes)
  try {
    copyFileSync(await bundleOf(made, nextVersion(version)), join(pi.share, 'update.raucb'))
    await pi.boot()
  } catch (error) {
    await pi[Symbol.asyncDispose]()
    throw error
  }
  return { pi, version, slots: new SlotsOf(pi) }
}

/** A boot partition as it stands in a slot. */
function bootWithLine(made: Parts, slot: Slot): string {
  const folder = temporaryFolder('boot')
  const [image, line] = [join(folder, 'boot.vfat'), join(folder, 'cmdline.txt')]
  execFileSync('cp', ['--sparse=always', bootOf(made), image])
  writeFileSync(line, commandLine(execFileSync('mtype', ['-i', image, '::/cmdline.in'], { encoding: 'utf8' }), DISK, slot))
  execFileSync('mcopy', ['-o', '-i', image, line, '::/'])
  return image
}

function someOfRoot(made: Parts): string {
  const image = join(temporaryFolder('root'), 'root.ext4')
  execFileSync('head', ['-c', '16M', rootOf(made)], { stdio: ['ignore', openSync(image, 'w'), 'inherit'] })
  return image
}

/** All of a file that is not empty, in pieces. */
function copy(path: string, put: (chunk: Buffer, at: number) => void): void {
  const file = openSync(path, 'r')
  const { size } = statSync(path)
  const nothing = Buffer.alloc(CHUNK)
  for (let at = 0; at < size; at += CHUNK) {
    const chunk = Buffer.alloc(Math.min(CHUNK, size - at))
    readSync(file, chunk, 0, chunk.length, at)
    if (!chunk.equals(nothing.subarray(0, chunk.length))) put(chunk, at)
  }
  closeSync(file)
}

/**
 * An update of that card to this version, signed with the key that a development card believes. It brings only the beginning of a root, for RAUC
 * to be done in seconds: what is behind that in a slot stays, and is the same. Gives its path.
 */
export async function bundleOf(made: Parts, version: string): Promise<string> {
  const out = join(temporaryFolder('bundle'), 'update.raucb')
  makeBundle({ board: 'virtual', version, root: someOfRoot(made), boot: bootOf(made), keys: await keysOf('development'), out })
  return out
}

/** What RAUC and people see of the slots of a running virtual Pi. */
export class SlotsOf {
  readonly #pi: VirtualPi

  constructor(pi: VirtualPi) {
    this.#pi = pi
  }

  async running(): Promise<Slot> {
    return /parlor\.slot=([AB])/.exec(await this.#pi.file('/proc/cmdline'))?.[1] === 'B' ? 'B' : 'A'
  }

  async record(): Promise<Pending | null> {
    const text = await this.#pi.file(RECORD).catch(() => 'null')
    return JSON.parse(text) as Pending | null
  }

  /** As an install leaves it. */
  async waiting(slot: Slot, version: string): Promise<void> {
    await this.#pi.write(RECORD, `${JSON.stringify({ is: 'waiting', slot, version } satisfies Pending)}\n`)
    await this.#pi.must('sync')
  }

  /** Gives the steward an order, as the daemon does. */
  async ask<Name extends OrderName>(name: Name, given: With<Name>): Promise<Value<Name>> {
    const script = `import('/opt/parlor/src/system/steward/client.ts').then(async ({ stewardAt, STEWARD_SOCKET }) =>
      console.log(JSON.stringify(await stewardAt(STEWARD_SOCKET).ask(process.argv[1], JSON.parse(process.argv[2]), AbortSignal.timeout(50000)))))`
    const words = [script, name, JSON.stringify(given)].map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    return JSON.parse(
      await this.#pi.must(
        `until [ -S /run/parlor-steward.sock ]; do sleep 0.2; done; cd /opt/parlor && here=$PWD && . scripts/env && node -e ${words.join(' ')}`,
      ),
    ) as Value<Name>
  }

  /** Has the version that waits tried: the machine goes before the answer has come, or after it. */
  async try(had: Had): Promise<void> {
    await this.ask('update.try', { had }).catch((error: unknown) => {
      if (!/has booted again|is away|has gone|steward-away/.test(String(error))) throw error
    })
  }

  /** Waits through reboots until it is so. @throws after `patience` ms, with what was seen last */
  async until(what: string, is: () => Promise<boolean>, patience = 240_000): Promise<void> {
    const end = performance.now() + patience
    while (!(await is().catch(() => false))) {
      if (performance.now() > end || !this.#pi.isOn) {
        const seen = await Promise.all([this.running(), this.record()]).catch((error: unknown) => String(error))
        throw new Error(`not "${what}" after ${patience} ms: ${JSON.stringify(seen)}; its console is in ${this.#pi.console}`)
      }
      await new Promise((done) => setTimeout(done, 500))
    }
  }
}
