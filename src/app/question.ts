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
  #standing: { readonly sentence: string; readonly then: (yes: boolean) => void; readonly end: AbortController } | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get open(): boolean {
    return this.#standing !== null
  }

  /** What the TV says; null: nothing is asked. */
  get sentence(): string | null {
    const { text } = this.#parts
    return this.#standing && text.askKeys(this.#standing.sentence)
  }

  /** Puts a wish to the people in the room. */
  put({ intent, ttl }: { readonly intent: Intent; readonly ttl: Ms }): void {
    const { text, ask } = this.#parts
    this.#stand(text.asks[aboutOf(intent)], ttl, (yes) => yes && ask(intent))
  }

  /** What people say to something that is no wish of the box; null: another question stands, or nobody has answered. */
  ask({ sentence, ttl }: { readonly sentence: string; readonly ttl: Ms }): Promise<boolean | null> {
    return new Promise((resolve) => {
      if (!this.#stand(sentence, ttl, resolve, () => resolve(null))) resolve(null)
    })
  }

  answer(yes: boolean): void {
    this.#end()?.then(yes)
  }

  #stand(sentence: string, ttl: Ms, then: (yes: boolean) => void, late = () => then(false)): boolean {
    if (this.#standing) return false
    const end = new AbortController()
    this.#standing = { sentence, then, end }
    this.#parts.onChange(true)
    this.#parts.clock.sleep('until a question is over', ttl, end.signal).then(
      () => this.#end() && late(),
      () => {},
    )
    return true
  }

  #end() {
    const was = this.#standing
    if (!was) return null
    this.#standing = null
    was.end.abort()
    this.#parts.onChange(false)
    return was
  }
}

function aboutOf(intent: Intent): keyof Text['asks'] {
  if (intent.want === 'mute') return 'listen'
  if (intent.want === 'camera') return 'look'
  if (intent.want === 'live' || intent.want === 'private' || intent.want === 'tracks' || intent.want === 'watch') return intent.want
  return intent.want === 'ring' ? 'ring' : 'join'
}
