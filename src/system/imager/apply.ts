// apply.ts — does what Imager's files ask for, once, and leaves nothing of them on the card. What does not work is said and stops nothing else.
import type { Wish } from '../network/words.ts'
import { type Odd, saysNothing, wishesIn } from './cloud.ts'

/** The first partition of the card, and this machine. */
export interface ImagerGround {
  /** Null: there is no such file. */
  read(name: CardFile): Promise<string | null>
  scrub(name: CardFile): Promise<void>
  name(name: string): Promise<void>
  zone(zone: string): Promise<void>
  language(language: string): Promise<void>
  country(country: string): Promise<void>
  network(wish: Wish): Promise<void>
  /** Told of what did not work. */
  onTrouble(what: string, error: unknown): void
}
export type CardFile = 'user-data' | 'network-config' | 'cmdline.txt'
export const CARD_FILES = ['user-data', 'network-config'] as const satisfies readonly CardFile[]

/** What was done, for people: no password is in it. */
export type Applied = {
  readonly name: string | null
  readonly zone: string | null
  readonly language: string | null
  readonly country: string | null
  readonly networks: readonly string[]
  readonly ignored: readonly string[]
  readonly odd: readonly Odd[]
  /** What was asked for and did not work. */
  readonly failed: readonly string[]
}

/** @returns null when the files ask for nothing, which is so from the second start on */
export async function applyImager(ground: ImagerGround): Promise<Applied | null> {
  const [userData, networkConfig] = [await ground.read('user-data'), await ground.read('network-config')]
  if (saysNothing(userData) && saysNothing(networkConfig)) return null
  const wishes = wishesIn(userData, networkConfig, await ground.read('cmdline.txt'))
  const failed: string[] = []
  const done = async <T>(what: string, value: T | null, act: (value: T) => Promise<void>): Promise<T | null> => {
    if (value === null) return null
    try {
      await act(value)
      return value
    } catch (error) {
      ground.onTrouble(what, error)
      failed.push(what)
      return null
    }
  }
  // The networks first: what comes after may wait for a service.
  const networks: string[] = []
  for (const wish of wishes.networks) if (await done('network', wish, (it) => ground.network(it))) networks.push(wish.ssid)
  const applied = {
    country: await done('country', wishes.country, (it) => ground.country(it)),
    name: await done('name', wishes.name, (it) => ground.name(it)),
    zone: await done('zone', wishes.zone, (it) => ground.zone(it)),
    language: await done('language', wishes.language, (it) => ground.language(it)),
  }
  // Also when something failed: a secret on a card is worse than one typed again.
  for (const file of CARD_FILES) await done('scrub', (await ground.read(file)) === null ? null : file, (it) => ground.scrub(it))
  return { ...applied, networks, ignored: wishes.ignored, odd: wishes.odd, failed }
}
