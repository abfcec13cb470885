// imager.ts — applies what Raspberry Pi Imager left on the card, as root, before the network and the daemon start. The table of who does what.
//
//   imager.ts FOLDER STATE SAID     FOLDER: the card's first partition; STATE: the partition for state; SAID: where is written what was applied
import { join, resolve } from 'node:path'
import { LANGUAGES } from '../core/text/text.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import { seconds } from '../lib/unit.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { applyImager, type ImagerGround } from '../system/imager/apply.ts'
import { scrub } from '../system/imager/scrub.ts'
import { openJournal } from '../system/journal.ts'
import { keepCountry, keepHostName, keepZone } from '../system/naming.ts'
import { networkGround } from '../system/network/ground.ts'
import { Networks } from '../system/network/nm.ts'
import { run } from '../system/process.ts'
import { keepSetting } from './settings.ts'
import { exitWith } from './start.ts'

async function main(): Promise<void> {
  const [folder, state, said] = process.argv.slice(2).map((each) => resolve(each))
  if (!folder || !state || !said) throw new Refusal('bad-request', 'imager.ts FOLDER STATE SAID')
  const log = (await openJournal({ level: 'info', format: 'pretty' })).part('imager')
  const networks = new Networks(networkGround(join(state, 'network')))
  const ground: ImagerGround = {
    read: (name) => readText(join(folder, name)),
    scrub: (name) => scrub(join(folder, name)),
    name: (name) => keepHostName(name, state),
    zone: (zone) => keepZone(zone, state),
    language: (language) => keepLanguage(language, join(state, 'parlor')),
    country: (country) => keepCountry(country, state),
    network: (wish) => networks.keep(wish),
    onTrouble: (what, error) => log.error('something that Imager asked for did not work', error, { what }),
  }
  const applied = await applyImager(ground)
  if (!applied) return
  log.info("Imager's settings are applied", { said: JSON.stringify(applied) })
  await writeAtomic(said, JSON.stringify(applied))
  await belongsTo('parlor', said)
}

/** The daemon's own setting, in its own file. A language that the TV does not speak leaves it as it is. */
async function keepLanguage(language: string, data: string): Promise<void> {
  if (!LANGUAGES.some((known) => known === language)) return
  await keepSetting(data, 'box.language', language)
  await belongsTo('parlor', join(data, 'settings.json'))
}

async function belongsTo(user: string, path: string): Promise<void> {
  const { ok, err } = await run('chown', [`${user}:${user}`, path], { timeLimit: seconds(10) })
  if (!ok) throw new Fault('system-refused', `${path} could not be handed to ${user}: ${err}`)
}

if (import.meta.main) exitWith(main())
