// conf.ts — RAUC's system.conf for one card, from system.conf.in.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Card = {
  /** As in /etc/parlor-release: pi4, pi5, zero2w, arm64, virtual. */
  readonly board: string
  /** The disk's id in its partition table, 8 hexadecimal digits. */
  readonly disk: string
  /** Where Parlor is on the card. */
  readonly parlor: string
}

/** @throws Error when the board or the disk could not stand in such a file */
export function systemConf({ board, disk, parlor }: Card): string {
  if (!/^[a-z0-9]{1,20}$/.test(board)) throw new Error(`no board is called "${board}"`)
  if (!/^[0-9a-f]{8}$/.test(disk)) throw new Error(`"${disk}" is no id of a disk: 8 hexadecimal digits`)
  const values: Readonly<Record<string, string>> = { BOARD: board, DISK: disk, PARLOR: parlor }
  const text = readFileSync(join(import.meta.dirname, 'system.conf.in'), 'utf8')
  return text.replace(/@([A-Z]+)@/g, (whole, name: string) => values[name] ?? whole)
}
