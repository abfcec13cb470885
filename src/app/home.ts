// home.ts — the box in the home's automation: on its own broker, and on that of the home (Home Assistant's, mosquitto).
import { join } from 'node:path'
import type { EmbeddedBroker } from '../control/broker.ts'
import type { About } from '../control/homeassistant.ts'
import { brokerOver } from '../control/mqtt.ts'
import { Announces, homeDoor } from '../control/outside.ts'
import type { Asked, Signed } from '../control/topic-order.ts'
import type { View } from '../control/topic-row.ts'
import type { Config } from '../core/config.ts'
import type { PeerId } from '../core/id.ts'
import type { Intent } from '../core/intent.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { hex, verify } from '../wire/crypto.ts'

type Parts = {
  readonly settings: Config['mqtt']
  readonly folder: string
  readonly box: PeerId
  readonly about: () => About
  readonly broker: EmbeddedBroker
  readonly view: () => View
  readonly find: (who: string) => PeerId | null
  readonly knows: (key: string) => boolean
  readonly picture: () => Promise<Uint8Array>
  readonly ask: (intent: Intent) => void
  readonly asked: (asked: Asked) => void
  readonly update: (ask: boolean) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/** @throws Refusal 'bad-config' when the file with the home's authority cannot be read */
export async function openHome({ settings, folder, broker, ...parts }: Parts): Promise<Announces> {
  const ca = settings.homeCa === '' ? null : await readText(settings.homeCa)
  if (settings.homeCa !== '' && ca === null) throw new Refusal('bad-config', `mqtt.homeCa: there is no file ${settings.homeCa}`)
  const spent = await Spent.open(join(folder, 'orders.json'), parts.log)
  const { clock, log } = parts
  const door = homeDoor(settings, ca)
  const ground = {
    ...parts,
    prefix: settings.discovery,
    policy: { plainJoin: settings.plainJoin, picture: settings.picture },
    contacts: { find: parts.find },
    verify: (order: Signed) =>
      parts.knows(hex(order.key)) && verify(order.key, order.bytes, order.signature) && spent.use(hex(order.key), order.counter),
    date: () => Date.now(),
  }
  return Announces.open({
    ground,
    own: brokerOver(() => broker.local('box'), { clock, log: log.part('own broker') }),
    home: door && brokerOver(door, { clock, log: log.part('home broker') }),
  })
}

/** The counters of signed orders that were done: none is done twice, not even by a box that has restarted. */
class Spent {
  readonly #file: string
  readonly #log: Log
  readonly #last: Map<string, number>
  #saving: Promise<void> = Promise.resolve()

  private constructor(file: string, log: Log, last: Map<string, number>) {
    this.#file = file
    this.#log = log
    this.#last = last
  }

  static async open(file: string, log: Log): Promise<Spent> {
    const text = await readText(file)
    if (text === null) return new Spent(file, log, new Map())
    try {
      return new Spent(file, log, new Map(Object.entries(JSON.parse(text) as Record<string, number>)))
    } catch {
      throw new Refusal('bad-config', `${file} is damaged; remove it, and pair the phones anew, so that no old order is believed`)
    }
  }

  /** False when this or a later order of the key was done before. */
  use(key: string, counter: number): boolean {
    if (counter <= (this.#last.get(key) ?? 0)) return false
    this.#last.set(key, counter)
    const text = JSON.stringify(Object.fromEntries(this.#last))
    this.#saving = this.#saving
      .then(() => writeAtomic(this.#file, text))
      .catch((error: unknown) => this.#log.error('which signed orders were done could not be kept', error))
    return true
  }
}
