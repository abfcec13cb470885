// trial.ts — a new version on trial proves itself: what of the box can be seen is shown to the gate (system/slots/gate.ts), and what the gate
// says goes to the steward, who keeps the version or goes back. Where nothing is on trial it looks once and is done.
import { uptime } from 'node:os'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { addressesNow } from '../system/network.ts'
import { CLOSED, look, type Signs, type Times } from '../system/slots/gate.ts'
import type { Had } from '../system/slots/pending.ts'
import type { Steward } from '../system/steward/client.ts'

type Screen = { readonly fact: { readonly output: string } | null; readonly heardAt: Ms | null }

export type TrialParts = {
  readonly steward: Pick<Steward, 'ask'>
  readonly box: { readonly actual: { readonly tv: 'dark' | 'on' | 'lost' } }
  readonly screen: Screen
  readonly times: Times
  readonly clock: Clock
  readonly log: Log
  /** The others' ends of what is looked at, for a test. */
  readonly addresses?: () => string
  readonly up?: () => Ms
}

/** The start is busy enough; nothing is decided in its first seconds. */
const FIRST_LOOK = seconds(15)
const LOOK = seconds(1)
/** A steward that cannot do what it was asked is asked again. */
const AGAIN = seconds(20)
/** A worker beats several times a second; one that is silent for so long shows nothing. */
const SILENT = seconds(10)

/** What this version has, so that the next one can be held against it. */
export const hadNow = ({ screen, clock, addresses = addressesNow }: Pick<TrialParts, 'screen' | 'clock' | 'addresses'>): Had => ({
  picture: isShown(screen, clock.now()),
  network: addresses() !== '',
})

const isShown = ({ fact, heardAt }: Screen, now: Ms): boolean =>
  fact !== null && fact.output !== 'none' && heardAt !== null && now - heardAt < SILENT

/** Until what runs is known to be kept or given up, or the signal is aborted. Never rejects. */
export async function proveTrial(parts: TrialParts, signal: AbortSignal): Promise<void> {
  const { steward, times, clock, log, up = () => ms(uptime() * 1000) } = parts
  try {
    await clock.sleep('look whether this version is on trial', ms(Math.min(FIRST_LOOK, times.well / 4)), signal)
    const had = await wanted(steward, signal)
    if (had === null) return
    log.info('this version is on trial', { ...had, wellForSeconds: times.well / 1000 })
    let gate = CLOSED
    // A picture that is dark because people want it so is no missing one.
    let shown = false
    for (; !signal.aborted; await clock.sleep('next look at a version on trial', LOOK, signal)) {
      const { picture, network } = hadNow(parts)
      const { tv } = parts.box.actual
      shown = tv === 'dark' ? shown : picture
      const signs: Signs = { ready: tv !== 'lost' && parts.screen.fact !== null, picture: shown, network }
      const seen = look(gate, signs, had, clock.now(), up(), times)
      if (seen.gate.wellSince === null && gate.wellSince !== null) log.warn('a version on trial lacks something', { lack: seen.gate.lack })
      gate = seen.gate
      if (seen.word.is === 'open') continue
      if (seen.word.is === 'good') log.info('this version has proved itself; it stays')
      else log.warn('this version goes back', { why: seen.word.why })
      if (await tell(parts, seen.word, { picture, network }, signal)) return
      await clock.sleep('ask the steward once more', AGAIN, signal)
    }
  } catch (error) {
    if (!signal.aborted) log.error('a version on trial cannot prove itself', error)
  }
}

/** What a version on trial must have; null: none is on trial here. */
async function wanted(steward: TrialParts['steward'], signal: AbortSignal): Promise<Had | null> {
  try {
    const { trial, had } = await steward.ask('update.status', {}, signal)
    // Whose old version left no word is given up by the steward, whatever it is told.
    return trial ? (had ?? { picture: false, network: false }) : null
  } catch (error) {
    if (error instanceof Fault && (error.code === 'no-slots' || error.code === 'steward-away')) return null
    throw error
  }
}

/** Whether the steward took it. */
async function tell(
  { steward, log }: TrialParts,
  word: { readonly is: 'good' } | { readonly is: 'bad'; readonly why: 'not ready' | 'no picture' | 'no network' },
  had: Had,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (word.is === 'good') await steward.ask('update.good', {}, signal)
    else await steward.ask('update.undo', { why: word.why, had }, signal)
    return true
  } catch (error) {
    log.error('the steward could not be told of a version on trial', error)
    return false
  }
}
