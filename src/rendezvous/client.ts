// client.ts — the box's side of a rendezvous: which servers help its calls through firewalls, with passwords that are good for a day.
//
// They are asked for at the start and a few times a day, because a password must outlive the calls that begin with it. What was told
// last holds while the rendezvous is away. It is somebody else's machine: its answer is read within bounds, and no redirect is followed.
import type { RoomId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import type { IceServer } from './credentials.ts'

/** credentials.ts makes passwords for a day. */
const RENEW = seconds(6 * 3600)
const FIRST_PAUSE = seconds(2)
const LONGEST_PAUSE = seconds(60)
/** Who goes into a call right after the start waits for the first answer, but not for long: at home a call needs none. */
const PATIENCE = seconds(2)
const ANSWER_WITHIN = 5000
const LONGEST_ANSWER = 16_384
const MOST_SERVERS = 8
const LONGEST_TEXT = 512

/** Asks for a JSON text. @throws Fault 'transport'; what the signal was aborted with */
export type Ask = (url: string, signal: AbortSignal) => Promise<unknown>

export type ClientParts = {
  /** `https://HOST` */
  readonly origin: string
  /** Our own room: passwords are made for it. */
  readonly room: RoomId
  readonly clock: Clock
  readonly log: Log
  readonly ask?: Ask
}

export class RendezvousClient {
  /** The broker there, as `wss://HOST/mqtt`. */
  readonly broker: string
  readonly #parts: ClientParts
  readonly #ask: Ask
  readonly #told: PromiseWithResolvers<void> = Promise.withResolvers()
  #servers: readonly IceServer[] = []

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.#ask = parts.ask ?? askByHttp
    this.broker = `${parts.origin.replace(/^http/, 'ws')}/mqtt`
  }

  /** As told last; none before. */
  get servers(): readonly IceServer[] {
    return this.#servers
  }

  /** Waits until the servers are known, two seconds at most. Rejects only with what the signal was aborted with. */
  async known(signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const patience = this.#parts.clock.sleep('word from the rendezvous', PATIENCE, either).catch(() => {})
    await Promise.race([this.#told.promise, patience])
    over.abort()
    signal.throwIfAborted()
  }

  /** Asks, and asks again before the passwords end, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, origin, room } = this.#parts
    let pause: Ms = FIRST_PAUSE
    let isAway = false
    while (!signal.aborted) {
      try {
        this.#servers = serversIn(await this.#ask(`${origin}/info?room=${room}`, signal))
        this.#told.resolve()
        if (isAway) log.info('the rendezvous answers again')
        isAway = false
        pause = FIRST_PAUSE
        await clock.sleep('renew the passwords for relays', RENEW, signal)
      } catch (error) {
        if (signal.aborted) return
        if (!isAway) log.warn('the rendezvous does not answer', { why: error instanceof Error ? error.message : String(error) })
        isAway = true
        await clock.sleep('ask the rendezvous again', pause, signal).catch(() => {})
        pause = ms(Math.min(pause * 2, LONGEST_PAUSE))
      }
    }
  }
}

/** What of an answer is fit for use. Pure. @throws Fault 'transport' when it is no answer of a rendezvous */
export function serversIn(answer: unknown): IceServer[] {
  if (!isRecord(answer) || answer.protocol !== 1 || !Array.isArray(answer.iceServers))
    throw new Fault('transport', 'there is no rendezvous of our version')
  return answer.iceServers.slice(0, MOST_SERVERS).flatMap((server: unknown) => {
    if (!isRecord(server)) return []
    const { urls, username, credential } = server
    if (!isText(urls) || !/^(stun|turns?):/.test(urls)) return []
    return [{ urls, ...(isText(username) && { username }), ...(isText(credential) && { credential }) }]
  })
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_TEXT
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const askByHttp: Ask = async (url, signal) => {
  const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN)]), redirect: 'error' }).catch(
    (cause) => {
      signal.throwIfAborted()
      // What went wrong stands a level below in what fetch throws.
      throw new Fault('transport', String(cause?.cause?.message ?? cause?.message), { cause })
    },
  )
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new Fault('transport', `it says ${answer.status}`)
  }
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (text.length > LONGEST_ANSWER) throw new Fault('transport', 'its answer is too long')
  }
  return JSON.parse(text) as unknown
}
