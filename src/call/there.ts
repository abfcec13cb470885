// there.ts — whether somebody's box is there: asked at its own door, from outside, without ringing.
//
// We listen in the room of the box and say nothing to the room itself. What the box left there (its door word, or its presence in a
// call) names its session; it may be old, so we ask that session, and only an answer to ours proves that the box is there now. A
// broker can suppress it, and then the box seems to be away; it cannot make an answer up. The box answers whom it wants to: those
// in its own contacts, or nobody at all. So silence of a box that left no door word says nothing.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Session } from '../wire/envelope.ts'
import type { Signal } from '../wire/signal.ts'
import type { Sender, Signalling } from './signalling.ts'

/** How long we wait for an answer, and for the broker. */
export const PATIENCE: Ms = seconds(3)
/** Sessions of one box that are asked: the one of its door, and that of a call it is just leaving or coming into. */
const MOST_SESSIONS = 3

/**
 * Opens the signalling, asks, and closes it again.
 * @returns null: nothing is known, the box may not want it to be known. Aborted: null.
 */
export async function isThere(signalling: Signalling, peer: PeerId, clock: Clock, signal: AbortSignal): Promise<boolean | null> {
  const found = new AbortController()
  const asked = new Set<Session>()
  const heard = { broker: false, door: false, gone: false, answer: false }
  const ask = (from: Sender): void => {
    if (from.peer !== peer || asked.has(from.session) || asked.size >= MOST_SESSIONS) return
    asked.add(from.session)
    signalling.send(from, { type: 'there', says: 'ask' })
  }
  signalling.on('up', () => {
    heard.broker = true
  })
  signalling.on('door', (from) => {
    if (from.peer === peer) heard.door = true
    ask(from)
  })
  signalling.on('presence', ask)
  signalling.on('gone', (from) => {
    if (from.peer === peer) heard.gone = true
  })
  signalling.on('signal', (from, said) => {
    if (from.peer !== peer || said.type !== 'there' || said.says !== 'here' || !asked.has(from.session)) return
    heard.answer = true
    found.abort()
  })
  signalling.open()
  await clock.sleep('until a box says that it is there', PATIENCE, AbortSignal.any([signal, found.signal])).catch(() => {})
  await signalling.close()
  if (heard.answer) return true
  if (signal.aborted) return null
  return !heard.broker || heard.door || heard.gone ? false : null
}

/** Answers one who asks whether we are there, if they may know. */
export function answerThere(
  signalling: Pick<Signalling, 'send'>,
  from: Sender,
  signal: Signal,
  greets: ((peer: PeerId) => boolean) | null,
): void {
  if (signal.type === 'there' && signal.says === 'ask' && greets?.(from.peer)) signalling.send(from, { type: 'there', says: 'here' })
}
