// said.ts — what was said in a broadcast's chat while it was recorded, kept beside it: a line of JSON for each message, and one for each that was taken back.
//
// The file only grows while the box runs, and is written anew without what is of no run any more when it is opened. A torn line is no line. What was said in a
// private run is sealed in it, as its objects are, and gone with its key.
import type { Log } from '../../lib/log.ts'
import type { ChatEvent } from '../../wire/chat.ts'
import { bytesOf, systemRandom, textOf } from '../../wire/crypto.ts'
import { jsonOf } from '../../wire/schema.ts'
import { sealFrame, unsealFrame } from '../../wire/watch-key.ts'
import type { KeyOf } from './opened.ts'
import type { MediaFolder } from './port.ts'

/** `at` is ms since 1970. */
export type Words = { readonly at: number; readonly name: string; readonly text: string }
type Line = Words & { readonly run: number; readonly id: string }

const FILE = 'said.log'
/** Messages that are kept in all; the oldest are let go. */
const MOST = 4000
/** Letters that are told of one run, the newest first. */
const TOLD = 60_000

/** Bytes of a message that was sealed. */
const LONGEST = 4096
const open: KeyOf = () => null

/** @param runs that are still there @param keyOf what opens the private ones. Throws a Fault when the folder cannot be used. */
export async function openSaid(folder: MediaFolder, runs: readonly number[], log: Log, keyOf: KeyOf = open): Promise<Said> {
  const text = textOf(await folder.read(FILE, 0, await folder.size(FILE))) ?? ''
  let lines: readonly Line[] = []
  for (const line of text.split('\n')) lines = withLine(lines, opened(jsonOf(line), keyOf))
  const said = new Said(
    folder,
    lines.filter(({ run }) => runs.includes(run)),
    log,
    keyOf,
  )
  if (text !== '') await said.write()
  return said
}

/** A line as it was said; one that cannot be opened stays as it is, and is none. */
function opened(value: unknown, keyOf: KeyOf): unknown {
  const { run, sealed } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (typeof run !== 'number' || typeof sealed !== 'string') return value
  const key = keyOf(run)
  return key && jsonOf(unsealFrame(key, 'box', sealed, LONGEST))
}

function closed(line: Line, keyOf: KeyOf): unknown {
  const key = keyOf(line.run)
  return key ? { run: line.run, sealed: sealFrame(key, 'box', JSON.stringify(line), systemRandom) } : line
}

function withLine(lines: readonly Line[], value: unknown): readonly Line[] {
  if (typeof value !== 'object' || value === null) return lines
  const { run, id, at, name, text, gone } = value as Readonly<Record<string, unknown>>
  if (typeof gone === 'string') return lines.filter((line) => line.id !== gone)
  const isLine = typeof run === 'number' && typeof id === 'string' && typeof at === 'number' && typeof name === 'string'
  return isLine && typeof text === 'string' ? [...lines, { run, id, at, name, text }] : lines
}

export class Said {
  readonly #folder: MediaFolder
  readonly #log: Log
  readonly #keyOf: KeyOf
  #lines: readonly Line[]
  #turn: Promise<unknown> = Promise.resolve()

  constructor(folder: MediaFolder, lines: readonly Line[], log: Log, keyOf: KeyOf) {
    this.#folder = folder
    this.#lines = lines
    this.#log = log
    this.#keyOf = keyOf
  }

  /** What was said in a run and not taken back, oldest first; of very much, the newest. */
  of(run: number): readonly Words[] {
    const words: Words[] = []
    let letters = 0
    for (const { at, name, text } of this.#lines.filter((line) => line.run === run).reverse()) {
      letters += name.length + text.length + 40
      if (letters > TOLD) break
      words.unshift({ at, name, text })
    }
    return words
  }

  /** Something happened in the chat while this run was recorded. Never throws. */
  hear(run: number, event: ChatEvent): void {
    if (event.say === 'message') {
      const { id, at, name, text } = event.message
      this.#add({ run, id, at, name, text })
    } else if (event.say === 'deleted') this.#add({ gone: event.id })
  }

  /** A run was removed. */
  forget(run: number): Promise<void> {
    this.#lines = this.#lines.filter((line) => line.run !== run)
    return this.write()
  }

  /** The file anew. Throws a Fault. */
  write(): Promise<void> {
    const text = this.#lines.map((line) => `${JSON.stringify(closed(line, this.#keyOf))}\n`).join('')
    return this.#next(async () => {
      await this.#folder.release(FILE)
      await this.#folder.replace(FILE, bytesOf(text))
    })
  }

  /** Resolves when all is written. */
  settled(): Promise<unknown> {
    return this.#turn
  }

  #add(value: Line | { readonly gone: string }): void {
    this.#lines = withLine(this.#lines, value).slice(-MOST)
    const line = 'gone' in value ? value : closed(value, this.#keyOf)
    this.#next(() => this.#folder.append(FILE, bytesOf(`${JSON.stringify(line)}\n`))).catch((error: unknown) =>
      this.#log.warn('what was said could not be kept', { why: error instanceof Error ? error.message : String(error) }),
    )
  }

  #next(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }
}
