// papers.ts — the small files beside the reels: pins, cut marks, and the highest numbers that were ever published. Each is written as a whole, one
// after the other, so that no change is lost to another that was made at the same time.
import { Refusal } from '../../lib/fault.ts'
import { bytesOf, textOf } from '../../wire/crypto.ts'
import { jsonOf } from '../../wire/schema.ts'
import type { Published } from '../program.ts'
import { type Mark, MOST_MARKS, marksIn } from './mark.ts'
import { type Pin, pinsIn } from './pin.ts'
import type { MediaFolder } from './port.ts'

const PINS = 'pins.json'
const MARKS = 'marks.json'
const PUBLISHED = 'published.json'

export async function openPapers(folder: MediaFolder): Promise<Papers> {
  const text = async (name: string) => textOf(await folder.read(name, 0, await folder.size(name)))
  return new Papers(folder, pinsIn(await text(PINS)), marksIn(await text(MARKS)), publishedIn(await text(PUBLISHED)))
}

export class Papers {
  /** What is not known from the reels any more, because somebody removed them. */
  readonly published: Published | null
  readonly #folder: MediaFolder
  #pins: readonly Pin[]
  #marks: readonly Mark[]
  #turn: Promise<unknown> = Promise.resolve()

  constructor(folder: MediaFolder, pins: readonly Pin[], marks: readonly Mark[], published: Published | null) {
    this.#folder = folder
    this.#pins = pins
    this.#marks = marks
    this.published = published
  }

  get pins(): readonly Pin[] {
    return this.#pins
  }
  get marks(): readonly Mark[] {
    return this.#marks
  }

  /** All of these throw a Fault, and then nothing has changed. */
  pin(pin: Pin): Promise<void> {
    return this.#keepPins((pins) => [...pins.filter(({ name }) => name !== pin.name), pin])
  }
  unpin(gone: string): Promise<void> {
    return this.#keepPins((pins) => pins.filter(({ name }) => name !== gone))
  }

  /** @param runs that are still there: marks of others are forgotten @throws Refusal when this run has too many */
  mark(mark: Mark, runs: readonly number[]): Promise<void> {
    return this.#next(async () => {
      if (this.#marks.filter(({ run }) => run === mark.run).length >= MOST_MARKS)
        throw new Refusal('bad-request', `this recording has ${MOST_MARKS} marks already`)
      await this.#keepMarks([...this.#marks.filter(({ run }) => runs.includes(run)), mark])
    })
  }
  unmark(gone: number): Promise<void> {
    return this.#next(async () => {
      if (this.#marks.some(({ run }) => run === gone)) await this.#keepMarks(this.#marks.filter(({ run }) => run !== gone))
    })
  }

  keepPublished(published: Published): Promise<void> {
    return this.#next(() => this.#folder.replace(PUBLISHED, bytesOf(JSON.stringify(published))))
  }

  #keepPins(change: (pins: readonly Pin[]) => readonly Pin[]): Promise<void> {
    return this.#next(async () => {
      const pins = change(this.#pins)
      await this.#folder.replace(PINS, bytesOf(JSON.stringify(pins)))
      this.#pins = pins
    })
  }

  async #keepMarks(marks: readonly Mark[]): Promise<void> {
    await this.#folder.replace(MARKS, bytesOf(JSON.stringify(marks)))
    this.#marks = marks
  }

  #next(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }
}

function publishedIn(text: string | null): Published | null {
  const value = jsonOf(text)
  if (typeof value !== 'object' || value === null) return null
  const { run, segment, sequence } = value as Partial<Published>
  const isWhole = (number: number | undefined): number is number => Number.isSafeInteger(number)
  return isWhole(run) && isWhole(segment) && isWhole(sequence) ? { run, segment, sequence } : null
}
