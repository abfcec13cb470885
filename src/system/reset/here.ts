// here.ts — what a factory reset means on this machine: a card has its partitions, another machine has Parlor's folders.
import { existsSync } from 'node:fs'
import { RELEASE_FILE } from '../release.ts'
import { cardGround, type Ground, installedGround } from './places.ts'

export const isCard = (): boolean => existsSync(RELEASE_FILE)

/** The ground of this machine, for a folder of recordings that the settings name (on a card they are where they always are). */
export const groundHere = (): ((recordings: string) => Ground) =>
  isCard() ? () => cardGround() : (recordings) => installedGround('', recordings)
