// chatter.ts — what a worker writes to its terminal, passed on with measure.
//
// Libraries inside a worker print a line for every broken packet, and packets come from strangers: they must not be able to
// fill the journal. The first lines are passed on, the rest of the time is only counted.

const LINES = 20
const LONGEST = 500

/** Made for one stream. `take` gives what may be written of a piece of text; `lull` is called once in a while and starts anew. */
export class Chatter {
  #rest = ''
  #passed = 0
  #left = 0

  take(text: string): string {
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST)
    const said = lines.filter((line) => line.trim() !== '')
    const passed = said.slice(0, Math.max(0, LINES - this.#passed))
    this.#passed += passed.length
    this.#left += said.length - passed.length
    return passed.map((line) => `${line.slice(0, LONGEST)}\n`).join('')
  }

  /** A line about what was left out since the last lull, or an empty text. */
  lull(): string {
    const left = this.#left
    this.#passed = 0
    this.#left = 0
    return left > 0 ? `(${left} more lines like these)\n` : ''
  }
}
