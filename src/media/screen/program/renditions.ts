// renditions.ts — the lower pictures of one life of a program: who of them is wanted, and what of the program's own frames they follow.
import type { Lower } from '../../budget.ts'
import { zeroOf } from '../../packet.ts'
import type { Board } from './board.ts'
import { Rendition } from './rendition.ts'

type Parts = {
  readonly say: (rung: number, bytes: Uint8Array, sent: () => void) => void
  readonly trouble: (sentence: string) => void
}

export class Renditions {
  readonly #board: Board
  readonly #all: ReadonlyMap<number, Rendition>
  readonly #pulled = new Set<number>()
  /** Where running time begins in the program's frames. */
  #zero = 0n

  constructor(board: Board, all: readonly Lower[], { say, trouble }: Parts) {
    this.#board = board
    this.#all = new Map(
      all.map((lower) => {
        const { rung } = lower
        const gate = (open: boolean): void => this.#gate(rung, open)
        return [rung, new Rendition({ kind: board.kind, lower, gate, say: (bytes, sent) => say(rung, bytes, sent), trouble })]
      }),
    )
  }

  want(rungs: readonly number[]): void {
    for (const [rung, one] of this.#all) one.want(rungs.includes(rung))
  }

  /** What is said of the program's frames between them. */
  word(bytes: Uint8Array): void {
    this.#zero = zeroOf(bytes) ?? this.#zero
  }

  /** A frame of the program is out. @param at its own time @param time the one it was given, both as in its stream, ns */
  lead(at: bigint, time: bigint, isKey: boolean): void {
    for (const one of this.#all.values()) one.lead(at - this.#zero, time - this.#zero, isKey)
  }

  stop(): void {
    for (const one of this.#all.values()) one.stop()
  }

  #gate(rung: number, open: boolean): void {
    this.#board.gate(rung, open)
    if (!open || this.#pulled.has(rung)) return
    this.#pulled.add(rung)
    this.#pull(rung)
  }

  /** From the first time on, for as long as the board plays. */
  #pull(rung: number): void {
    this.#board.pipeline.pull(`raw${rung}`, (bytes) => {
      if (!bytes) return
      this.#all.get(rung)?.picture(bytes)
      this.#pull(rung)
    })
  }
}
