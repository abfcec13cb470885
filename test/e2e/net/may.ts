// may.ts — whether this machine can have a laboratory, and a loud word when not: what is skipped was not tested.
import { existsSync } from 'node:fs'
import { whyNoNamespaces } from '../kit/net.ts'
import { whyNoCoturn } from './server.ts'

export function whyNoLab(): string | null {
  if (!existsSync('/usr/sbin/nft')) return 'no nft'
  return whyNoNamespaces() ?? whyNoCoturn()
}

const why = whyNoLab()
export const hasLab = why === null
if (why) console.warn(`\n!!!! SKIPPED: NO NETWORK LABORATORY ON THIS MACHINE: ${why}\n`)
