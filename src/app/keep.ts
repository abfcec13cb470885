// keep.ts — what the box remembers from one start to the next: its room, its identity, the wish of its people.
//
// One small file each, in the data folder, written whole. A file that cannot be understood is put aside and made anew,
// but for the room and the identity: losing these silently would lock friends out, so there the start is refused.
import { hostname, uptime } from 'node:os'
import { join } from 'node:path'
import type { RoomSecret } from '../core/id.ts'
import { afterRestart, nothing, Wanted } from '../core/wanted.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { type Identity, identityFrom, newIdentity } from '../room/identity.ts'
import { codeOf, newSecret, parseLink } from '../room/link.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { believedDate } from '../system/wall.ts'
import type { CutOff } from './recall.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

export class Keep {
  readonly #folder: string
  readonly #log: Log
  readonly #date: () => Promise<number | null>
  #saving: Promise<void> = Promise.resolve()

  /** @param date seconds since 1970, or null while it is not to be believed */
  constructor(folder: string, log: Log, date: () => Promise<number | null> = believedDate) {
    this.#folder = folder
    this.#log = log
    this.#date = date
  }

  /** The box's own room: the one of the settings, else the kept one, else a new one that is kept. */
  async room(fromSettings: string): Promise<RoomSecret> {
    if (fromSettings) return parseLink(fromSettings)
    const kept = await readText(this.#path('room'))
    if (kept !== null) return this.#understood('room', () => parseLink(kept))
    const room = newSecret()
    await writeAtomic(this.#path('room'), `${codeOf(room)}\n`)
    return room
  }

  async identity(): Promise<Identity> {
    const kept = await readText(this.#path('identity'))
    if (kept !== null) return this.#understood('identity', () => identityFrom(Buffer.from(kept.trim(), 'hex')))
    const identity = newIdentity()
    await writeAtomic(this.#path('identity'), `${hex(identity.secretKey)}\n`)
    return identity
  }

  /** The key that lets people elsewhere at home look at the TV's picture. */
  async tvKey(): Promise<string> {
    const kept = await readText(this.#path('tv-key'))
    if (kept?.trim()) return kept.trim()
    const key = codeOf(newSecret())
    await writeAtomic(this.#path('tv-key'), `${key}\n`)
    return key
  }

  /** The wish as it is after this start: see afterRestart(). */
  async wanted(boot: string): Promise<Wanted> {
    const text = await readText(this.#path('wanted.json'))
    if (text === null) return nothing
    const kept = readKept(text)
    if (!kept) {
      this.#log.warn('what people had asked for could not be read; starting anew')
      return nothing
    }
    // The uptime of the machine is believed, its date is not: a Pi has none after a power cut. Another boot is a long absence, until recall.ts knows better.
    const away = kept.boot === boot ? ms((uptime() - kept.uptime) * 1000) : (Number.POSITIVE_INFINITY as Ms)
    return afterRestart(kept.wanted, away)
  }

  /** The call that ended with the machine itself; null: there was none, or nobody can say when. Ask before the first save(). */
  async cutOff(boot: string): Promise<CutOff | null> {
    const text = await readText(this.#path('wanted.json'))
    const kept = text === null ? null : readKept(text)
    if (!kept || kept.boot === boot || kept.date === null || kept.wanted.room === null) return null
    return { wanted: kept.wanted, at: kept.date }
  }

  /** Writes the wish down, after earlier writes. A full disk is logged, never thrown: the call goes on. */
  save(wanted: Wanted, boot: string): Promise<void> {
    const up = uptime()
    this.#saving = this.#saving
      .then(async () => writeAtomic(this.#path('wanted.json'), JSON.stringify({ wanted, boot, uptime: up, date: await this.#date() })))
      .catch((error: unknown) => this.#log.error('what people asked for could not be kept', error))
    return this.#saving
  }

  /** Writes something small, to see whether anything can be written. Rejects with a Fault 'disk-full' or 'disk-fault'. */
  pulse(): Promise<void> {
    return writeAtomic(this.#path('pulse'), `${uptime()}\n`)
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }

  #understood<T>(name: string, read: () => T): T {
    try {
      return read()
    } catch (error) {
      const where = this.#path(name)
      throw new Refusal('bad-config', `${where} is damaged; restore it, or remove it to begin anew (friends then need a new link)`, {
        cause: error,
      })
    }
  }
}

/** How often the wish is written again in a call, so that a crash is known to be short. */
export const KEEP_EVERY = seconds(15)

/** Tells one boot of this machine from another. */
export async function bootOf(): Promise<string> {
  return (await readText('/proc/sys/kernel/random/boot_id'))?.trim() ?? hostname()
}

function readKept(text: string): { wanted: Wanted; boot: string; uptime: number; date: number | null } | null {
  try {
    const value = JSON.parse(text) as { wanted?: unknown; boot?: unknown; uptime?: unknown; date?: unknown }
    const wanted = Wanted.safeParse(value.wanted)
    if (!wanted.success || typeof value.boot !== 'string' || typeof value.uptime !== 'number') return null
    return { wanted: wanted.data, boot: value.boot, uptime: value.uptime, date: typeof value.date === 'number' ? value.date : null }
  } catch {
    return null
  }
}
