// chat.ts — the audience's conversation: what was said, who may not speak, how fast one may. Pure: asks and times in, events out; no sockets, no keys.
//
// It is bounded in all directions: so many messages, so many people remembered. A key costs nothing, so limits hold for where somebody
// comes from as well; a home is one place, so that limit is wider. Who is muted cannot come back under a new key from the same place: keys that
// were never heard before wait there as long as the mute lasts.
import { unreachable } from '../lib/fault.ts'
import type { ChatAsk, ChatEvent, ChatMessage, ChatRefusal, ChatRole } from '../wire/chat.ts'
import { HISTORY } from '../wire/chat.ts'

/** Who asks, as the door knows. */
export type ChatPerson = { readonly who: string; readonly role: ChatRole; readonly address: string }
export type ChatOutcome =
  | { readonly ok: true; readonly events: readonly ChatEvent[] }
  | { readonly ok: false; readonly why: ChatRefusal; readonly seconds: number | null }

/** Messages that one person, and one address, may send at once, and how long one takes to come back, ms. */
const PERSON = { burst: 4, each: 2500 }
const ADDRESS = { burst: 12, each: 700 }
/** Nobody says the same twice within, ms. */
const AGAIN = 30_000
/** People and addresses remembered. */
const REMEMBERED = 2000

type Bucket = { readonly level: number; readonly at: number }
type Known = { readonly bucket: Bucket; readonly last: number; readonly text: string; readonly address: string }

export class ChatRoom {
  readonly #newId: () => string
  readonly #people = new Map<string, Known>()
  readonly #places = new Map<string, Bucket>()
  readonly #muted = new Map<string, { readonly until: number; readonly address: string | null }>()
  #messages: readonly ChatMessage[] = []
  #slow = 0
  #number = 0

  /** @param newId 16 hex digits, each time others */
  constructor(newId: () => string) {
    this.#newId = newId
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages
  }
  /** Seconds. */
  get slow(): number {
    return this.#slow
  }
  /** Of the last event. */
  get number(): number {
    return this.#number
  }

  /** @param now ms since 1970; also when it goes back nothing breaks */
  ask(ask: Exclude<ChatAsk, { ask: 'be known' }>, person: ChatPerson, now: number): ChatOutcome {
    if (ask.ask !== 'say' && person.role === 'viewer' && !(ask.ask === 'delete' && this.#isOwn(ask.id, person))) return no('not yours')
    switch (ask.ask) {
      case 'say':
        return this.#say(ask, person, now)
      case 'delete':
        return this.#delete(ask.id)
      case 'mute':
        return this.#mute(ask.who, ask.seconds, now)
      case 'slow':
        this.#slow = ask.seconds
        return yes({ say: 'slow', number: ++this.#number, seconds: ask.seconds })
      default:
        return unreachable(ask)
    }
  }

  #isOwn = (id: string, { who }: ChatPerson): boolean => this.#messages.some((each) => each.id === id && each.who === who)

  #say({ name, text }: { name: string; text: string }, { who, role, address }: ChatPerson, now: number): ChatOutcome {
    const known = this.#people.get(who)
    if (role === 'viewer') {
      const until = this.#mutedUntil(who, address, known !== undefined, now)
      if (until > now) return no('muted', until - now)
      const since = known ? now - known.last : Number.POSITIVE_INFINITY
      if (this.#slow > 0 && since >= 0 && since < this.#slow * 1000) return no('slow mode', this.#slow * 1000 - since)
      if (known?.text === text && since >= 0 && since < AGAIN) return no('said before')
    }
    const [own, place] = [fill(known?.bucket, PERSON, now), fill(this.#places.get(address), ADDRESS, now)]
    if (own.level < 1) return no('too fast', (1 - own.level) * PERSON.each)
    if (place.level < 1) return no('too fast', (1 - place.level) * ADDRESS.each)
    remember(this.#people, who, { bucket: { ...own, level: own.level - 1 }, last: now, text, address })
    remember(this.#places, address, { ...place, level: place.level - 1 })
    const message: ChatMessage = { id: this.#newId(), who, role, name, text, at: Math.max(0, Math.floor(now)) }
    this.#messages = [...this.#messages, message].slice(-HISTORY)
    return yes({ say: 'message', number: ++this.#number, message })
  }

  #delete(id: string): ChatOutcome {
    if (!this.#messages.some((each) => each.id === id)) return no('nothing there')
    this.#messages = this.#messages.filter((each) => each.id !== id)
    return yes({ say: 'deleted', number: ++this.#number, id })
  }

  /** Also takes back what the person said. */
  #mute(who: string, seconds: number, now: number): ChatOutcome {
    if (seconds === 0) this.#muted.delete(who)
    else {
      const told = this.#messages.findLast((each) => each.who === who)
      if (told && told.role !== 'viewer') return no('not yours')
      remember(this.#muted, who, { until: now + seconds * 1000, address: this.#people.get(who)?.address ?? null })
    }
    const gone = seconds === 0 ? [] : this.#messages.filter((each) => each.who === who)
    this.#messages = this.#messages.filter((each) => !gone.includes(each))
    const deleted = gone.map(({ id }): ChatEvent => ({ say: 'deleted', number: ++this.#number, id }))
    return { ok: true, events: [...deleted, { say: 'muted', number: ++this.#number, who, seconds }] }
  }

  #mutedUntil(who: string, address: string, isKnown: boolean, now: number): number {
    const own = this.#muted.get(who)
    if (own && own.until <= now) this.#muted.delete(who)
    if (own || isKnown) return own?.until ?? 0
    return Math.max(0, ...[...this.#muted.values()].filter((each) => each.address === address).map(({ until }) => until))
  }
}

const yes = (event: ChatEvent): ChatOutcome => ({ ok: true, events: [event] })
const no = (why: ChatRefusal, ms: number | null = null): ChatOutcome => ({
  ok: false,
  why,
  seconds: ms === null ? null : Math.max(1, Math.ceil(ms / 1000)),
})

function fill(bucket: Bucket | undefined, { burst, each }: { burst: number; each: number }, now: number): Bucket {
  if (!bucket) return { level: burst, at: now }
  return { level: Math.min(burst, bucket.level + Math.max(0, now - bucket.at) / each), at: now }
}

/** The newest last; the oldest is forgotten. */
function remember<T>(all: Map<string, T>, key: string, value: T): void {
  all.delete(key)
  all.set(key, value)
  const [oldest] = all.keys()
  if (all.size > REMEMBERED && oldest !== undefined) all.delete(oldest)
}
