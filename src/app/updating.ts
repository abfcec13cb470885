// updating.ts — puts updates together: where they are on this machine, when nothing goes on in the room, and what is said when one went back.
import { join } from 'node:path'
import type { Box } from '../core/box.ts'
import type { Config } from '../core/config.ts'
import type { UpdateSeen } from '../core/update.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import type { Had } from '../system/slots/pending.ts'
import { STEWARD_SOCKET, stewardAt } from '../system/steward/client.ts'
import { releaseHere, worldHere } from '../system/update/here.ts'
import type { Notices } from './notices.ts'
import type { Question } from './question.ts'
import { cardOver } from './update-card.ts'
import { type UpdateKept, Updates } from './updates.ts'

type Parts = {
  readonly config: Config
  readonly folder: string
  readonly version: string
  readonly box: Box
  /** What this version has, and a new one shall have, too. */
  readonly had: () => Had
  /** How many screens of the house watch a broadcast by way of us. */
  readonly watched: () => number
  readonly notices: Notices
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
}

/** It looks after nothing before it is told to run(). */
export async function openUpdates({ config, folder, box, had, watched, notices, ...parts }: Parts): Promise<Updates> {
  const { clock, log, onChange } = parts
  const release = await releaseHere()
  const updates = new Updates({
    release,
    runs: release?.version ?? parts.version,
    settings: config.update,
    hours: config.quiet,
    card: cardOver(stewardAt(process.env.PARLOR_STEWARD_SOCKET ?? STEWARD_SOCKET), had),
    world: worldHere(join(config.live.folder === '' ? folder : config.live.folder, 'updates')),
    shelf: shelfIn(join(folder, 'updates.json')),
    rest: () => atRest(box) && watched() === 0,
    date: () => new Date(),
    clock,
    log: log.part('updates'),
  })
  updates.on('changed', () => {
    const { is, version, why } = updates.seen
    const back = is === 'went back' && version !== null
    notices.set('update', back ? { is: 'update went back', version, why: backWhy(why) } : null)
    onChange()
  })
  return updates
}

/** Nothing goes on that an update would disturb, and nothing is about to. */
export function atRest({ wanted, actual }: Pick<Box, 'wanted' | 'actual'>): boolean {
  const called = wanted.room !== null || actual.room !== null || actual.ringing !== null || actual.asking
  return !called && !wanted.live && !actual.live && wanted.watch === null && actual.watch === null
}

const backWhy = (why: UpdateSeen['why']) => why ?? 'lost'

/** A file that cannot be understood is forgotten: then the newest list is believed, whichever it is. */
const shelfIn = (file: string) => ({
  read: async (): Promise<UpdateKept> => {
    const { number, told } = asRecord(await readText(file))
    return { number: Number.isSafeInteger(number) ? Number(number) : 0, told: typeof told === 'string' ? told : null }
  },
  write: (kept: UpdateKept): Promise<void> => writeAtomic(file, JSON.stringify(kept)),
})

function asRecord(text: string | null): Record<string, unknown> {
  try {
    return { ...JSON.parse(text ?? '{}') }
  } catch {
    return {}
  }
}

/** How long people have to answer a question of home automation. */
const ANSWER: Ms = seconds(60)

type Asking = {
  readonly updates: Pick<Updates, 'seen' | 'order'>
  /** By whom the people before the TV are asked; null: who wants it may. */
  readonly question: Pick<Question, 'ask'> | null
  readonly sentence: (version: string) => string
}

/**
 * Home automation would like an update to be installed. Resolves when people are asked, or it is taken.
 * @throws Refusal 'not-allowed' when there is none that waits
 */
export async function askToInstall({ updates, question, sentence }: Asking, log: Log): Promise<void> {
  const { is, version } = updates.seen
  if ((is !== 'offered' && is !== 'ready') || version === null) throw new Refusal('not-allowed', 'there is no update that waits')
  const install = async (): Promise<void> => void (await updates.order('now', AbortSignal.timeout(ANSWER)))
  if (question === null) return install()
  const ask = async (): Promise<void> => {
    if ((await question.ask({ sentence: sentence(version), ttl: ANSWER })) === true) await install()
  }
  ask().catch((error: unknown) => log.error('an update is not as somebody wanted', error))
}
