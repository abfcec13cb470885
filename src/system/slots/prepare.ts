// prepare.ts — a slot that was just written is made one that starts: it is given the line of its kernel (line.ts). Its version is read, too.
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import { ensureDir, readText, writeAtomic } from '../disk.ts'
import { run } from '../process.ts'
import { RELEASE_FILE, releaseIn } from '../release.ts'
import { commandLine } from './line.ts'
import { BOOT_PARTITION, partition, ROOT_PARTITION, type Slot } from './slot.ts'

/** @throws Fault 'no-slots' when what was written is no slot of ours; Fault 'disk-fault' */
export async function prepare(disk: string, slot: Slot): Promise<string> {
  const release = await mounted(partition(disk, ROOT_PARTITION[slot]), 'ro', (folder) => read(join(folder, RELEASE_FILE)))
  const version = releaseIn(release)?.version
  if (!version) throw new Fault('no-slots', 'the new version does not say which one it is')
  await mounted(partition(disk, BOOT_PARTITION[slot]), 'rw', async (folder) =>
    writeAtomic(join(folder, 'cmdline.txt'), commandLine(await read(join(folder, 'cmdline.in')), disk, slot)),
  )
  return version
}

async function read(path: string): Promise<string> {
  const text = await readText(path)
  if (text === null) throw new Fault('no-slots', `the new version has no ${path.split('/').at(-1)}`)
  return text
}

const PLACE = '/run/parlor-slots/new'

/** Does something with what is on a device; nothing of it is left in memory afterwards. */
async function mounted<T>(device: string, how: string, work: (folder: string) => Promise<T>): Promise<T> {
  const command = async (...[name, ...words]: [string, ...string[]]): Promise<void> => {
    const { ok, err } = await run(name, words, { timeLimit: seconds(60) })
    if (!ok) throw new Fault('disk-fault', `the new version cannot be prepared: ${err.trim()}`)
  }
  await ensureDir(PLACE)
  await command('mount', '-o', `${how},nodev,nosuid,noexec`, device, PLACE)
  const done = await work(PLACE).catch(async (error: unknown) => {
    await command('umount', PLACE)
    throw error
  })
  await command('umount', PLACE)
  return done
}
