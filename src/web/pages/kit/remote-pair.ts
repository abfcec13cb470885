// remote-pair.ts — the phone's end of pairing, on a line that is greeted: by the QR code's secret, or by six digits.
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { type Ms, seconds } from '../../../lib/unit.ts'
import { initiate } from '../../../room/cpace.ts'
import type { Identity } from '../../../room/identity.ts'
import { wordsFrom } from '../../../room/words.ts'
import { bytesOf, hex, type Random, same, unhex } from '../../../wire/crypto.ts'
import { ABOUT, type PairingSecret, phoneSaid, proofsOf, wordBytes } from '../../../wire/pairing.ts'
import { toSign } from '../../../wire/remote-channel.ts'
import { AWAY, type RemoteLine } from './remote-line.ts'

/** What the person brought from the TV. */
export type Brought = { readonly secret: PairingSecret } | { readonly code: string }
export type PairAs = {
  readonly line: RemoteLine
  readonly identity: Identity
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  /** The code was right: the same words stand on the TV, where somebody says yes or no. */
  readonly onCompare: (words: readonly string[]) => void
}
export type PairedTo = { readonly box: { readonly key: string; readonly name: string }; readonly words: readonly string[] }

/** For one step of the machines, and for people to compare words. */
const STEP = seconds(15)
const PEOPLE = seconds(75)
const NOT_THE_BOX = 'The answer did not come from the box that shows this code. Nothing was paired.'

/**
 * @throws Refusal with the box's sentence; Fault 'daemon-away' when it falls silent, 'not-confirmed' when somebody else answers
 */
export async function pairOn(brought: Brought, as: PairAs, signal: AbortSignal): Promise<PairedTo> {
  const said = phoneSaid(as.identity.publicKey, as.name)
  return 'secret' in brought ? await bySecret(brought.secret, said, as, signal) : await byCode(brought.code, said, as, signal)
}

async function bySecret(secret: PairingSecret, said: Uint8Array, as: PairAs, signal: AbortSignal): Promise<PairedTo> {
  const { line } = as
  const proofs = proofsOf(secret, line.transcript, said)
  line.say({ say: 'pair by secret', ...newcomer(said, as), mac: hex(proofs.phone) })
  const paired = await patiently(as, STEP, signal, (until) => line.next('paired', until))
  if (!same(proofs.box, unhex(paired.mac))) throw new Fault('not-confirmed', NOT_THE_BOX)
  return { box: { key: hex(line.boxKey), name: paired.box }, words: wordsFrom(proofs.words) }
}

async function byCode(code: string, said: Uint8Array, as: PairAs, signal: AbortSignal): Promise<PairedTo> {
  const { line } = as
  const phone = initiate({ code: bytesOf(code), about: ABOUT, session: line.transcript }, said, as.random)
  line.say({ say: 'pair by code', ...newcomer(said, as), share: hex(phone.message.share) })
  const reply = await patiently(as, STEP, signal, (until) => line.next('code', until))
  const agreed = phone.finish({ share: unhex(reply.share), said: line.boxKey })
  if (!agreed) throw new Fault('not-confirmed', NOT_THE_BOX)
  line.say({ say: 'same code', mac: hex(agreed.initiatorTag) })
  const compare = await patiently(as, STEP, signal, (until) => line.next('compare', until))
  if (!same(agreed.responderTag, unhex(compare.mac))) throw new Fault('not-confirmed', NOT_THE_BOX)
  const words = wordsFrom(wordBytes(agreed.isk, line.transcript))
  as.onCompare(words)
  const paired = await patiently(as, PEOPLE, signal, (until) => line.next('paired', until))
  return { box: { key: hex(line.boxKey), name: paired.box }, words }
}

const newcomer = (said: Uint8Array, { identity, name, line }: PairAs) => ({
  key: hex(identity.publicKey),
  name,
  signature: hex(identity.sign(toSign.newcomer(line.transcript, said))),
})

/** Waits no longer than so for one step. */
async function patiently<T>({ clock }: PairAs, time: Ms, signal: AbortSignal, step: (until: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  const done = new AbortController()
  clock.sleep('the box answers while pairing', time, done.signal).then(
    () => late.abort(new Fault('daemon-away', AWAY)),
    () => {},
  )
  return await step(AbortSignal.any([signal, late.signal])).finally(() => done.abort())
}
