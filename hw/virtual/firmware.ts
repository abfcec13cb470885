// firmware.ts — a program: plays the firmware of a Pi on the card of a virtual one, at every start of the machine (rig/start.c, machine.ts).
//
//   firmware.ts CARD CHANGES FOLDER
//
// CARD and CHANGES: the built card and what was changed of it (card.ts). FOLDER: where it puts `kernel` and its words, `kernel.words`, as they lie on
// the card, to be started; and where the last system left in share/reboot-param what it gave to its reboot: `0 tryboot` is heard once.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Card } from './card.ts'
import { filesOf, isBetweenPartitions, partitionOf } from './choice.ts'
import { Fat } from './fat.ts'

const [built = '', changes = '', folder = ''] = process.argv.slice(2)

const say = (text: string): void => void process.stdout.write(`firmware: ${text}\n`)

/** What the reboot was given: heard once, as the flag in the board's power chip. */
function wasAskedToTry(): boolean {
  const file = join(folder, 'share/reboot-param')
  try {
    const flag = /\btryboot\b/.test(readFileSync(file, 'utf8'))
    rmSync(file)
    return flag
  } catch {
    return false
  }
}

function choose(card: Card, tryboot: boolean): { kernel: Buffer; words: string; partition: number } {
  const partitions = card.partitions()
  const fat = (number: number): Fat | null => {
    const found = partitions.find((one) => one.number === number)
    if (!found) return null
    try {
      return new Fat((at, length) => card.read(found.at + at, length))
    } catch {
      return null
    }
  }
  const text = (of: Fat | null, path: string) => of?.file(path)?.toString('latin1') ?? null
  const selector = text(fat(1), 'autoboot.txt') ?? ''
  const between = isBetweenPartitions(selector)
  const partition = partitionOf(selector, tryboot && between) || 1
  const boot = fat(partition)
  const names = filesOf(text(boot, !between && tryboot ? 'tryboot.txt' : 'config.txt') ?? '', tryboot)
  const kernel = boot?.file(names.kernel) ?? null
  if (!kernel) throw new Error(`there is no ${names.kernel} on partition ${partition}${tryboot ? ', asked for by tryboot' : ''}`)
  return { kernel, words: (text(boot, names.words) ?? '').trim(), partition }
}

const tryboot = wasAskedToTry()
let chosen: ReturnType<typeof choose>
try {
  using card = new Card(built, changes)
  chosen = choose(card, tryboot)
} catch (error) {
  say(`it stays dark: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
say(`partition ${chosen.partition}${tryboot ? ', tried once' : ''}: ${chosen.words}`)
const kernel = join(folder, 'kernel')
rmSync(kernel, { force: true })
writeFileSync(kernel, chosen.kernel)
chmodSync(kernel, 0o700)
writeFileSync(`${kernel}.words`, chosen.words)
