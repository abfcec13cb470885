// question.ts — a wish of others that only the people in the room may grant: the TV rings and asks, and OK or BACK answers.
//
// One at a time; a question that stands is not pushed aside by the next. It goes by itself when its time is over.
import type { Intent } from '../core/intent.ts'
import type { Text } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import type { Ms } from '../lib/unit.ts'

type Parts = {
  readonly text: Text
  readonly ask: (intent: Intent) => void
  /** A question stands, or none does any more. */
  readonly onChange: (asking: boolean) => void
  readonly clock: Clock
}

export class Question {
  readonly #parts: Parts
  #standing: { readonly intent: Intent; readonly end: AbortController } | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get open(): boolean {
    return this.#standing !== null
  }

  /** What the TV says; null: nothing is asked. */
  get sentence(): string | null {
    const { text } = this.#parts
    return this.#standing && text.askKeys(text.asks[aboutOf(this.#standing.intent)])
  }

  /** Puts a wish to the people in the room. */
  put({ intent, ttl }: { readonly intent: Intent; readonly ttl: Ms }): void {
    if (this.#standing) return
    const end = new AbortController()
    this.#standing = { intent, end }
    this.#parts.onChange(true)
    this.#parts.clock.sleep('until a question is over', ttl, end.signal).then(
      () => this.answer(false),
      () => {},
    )
  }

  answer(yes: boolean): void {
    const was = this.#standing
    if (!was) return
    this.#standing = null
    was.end.abort()
    this.#parts.onChange(false)
    if (yes) this.#parts.ask(was.intent)
  }
}

function aboutOf(intent: Intent): keyof Text['asks'] {
  if (intent.want === 'mute') return 'listen'
  if (intent.want === 'camera') return 'look'
  if (intent.want === 'live' || intent.want === 'private' || intent.want === 'tracks' || intent.want === 'watch') return intent.want
  return intent.want === 'ring' ? 'ring' : 'join'
}
