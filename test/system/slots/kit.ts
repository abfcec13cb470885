// kit.ts — a card with two slots, a Pi's firmware that starts from it, and a power that can be cut at any write, all in memory.
import { Refusal } from '../../../src/lib/fault.ts'
import { type Had, type Pending, pendingText, type Reason, readPending } from '../../../src/system/slots/pending.ts'
import { other, type Slot } from '../../../src/system/slots/slot.ts'
import { Slots } from '../../../src/system/slots/slots.ts'

/** What is in a slot. `ill`: what the health gate finds; null: it is good. `starts`: its kernel and system come up. */
export type Image = { readonly version: string; readonly whole: boolean; readonly starts: boolean; readonly ill: Reason | null }
export const good = (version: string): Image => ({ version, whole: true, starts: true, ill: null })

export const HAD: Had = { picture: true, network: true }

/** The power is cut in the middle of something. */
export class Cut extends Error {}
/** Neither slot starts: what must never be. */
export class Dead extends Error {}

/** Random numbers from 0 to 1, the same each time (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export class Box {
  selector: Slot = 'A'
  record: string | null = null
  mark = false
  images: Record<Slot, Image> = { A: good('1'), B: { version: '0', whole: false, starts: false, ill: null } }
  running: Slot = 'A'
  boots = 0
  /** Writes until the power is cut; null: it holds. */
  writesLeft: number | null = null
  /** The last write before the cut: done, not done, or (the record) torn. */
  readonly #random: () => number
  #reboot: { readonly tryboot: boolean } | null = null

  constructor(random: () => number = () => 0) {
    this.#random = random
  }

  get slots(): Slots {
    const { running } = this
    return new Slots({
      ...{ running, boot: `boot ${this.boots}`, version: this.images[running].version },
      selector: {
        read: async () => this.selector,
        write: async (slot) =>
          this.#write(
            () => {
              this.selector = slot
            },
            () => {},
          ),
      },
      record: {
        read: async () => readPending(this.record),
        write: async (pending: Pending) => {
          const text = pendingText(pending)
          const put = (what: string) => () => {
            this.record = what
          }
          this.#write(put(text), put(text.slice(0, Math.floor(text.length * this.#random()))))
        },
      },
      mark: {
        is: async () => this.mark,
        remove: async () => {
          if (this.mark)
            this.#write(
              () => {
                this.mark = false
              },
              () => {},
            )
        },
      },
      reboot: async (tryboot) => {
        this.#reboot = { tryboot }
      },
    })
  }

  get pending(): Pending | null {
    return readPending(this.record)
  }

  /** One write to the card. @param torn what it may be instead, when the power is cut in it */
  #write(done: () => void, torn: () => void): void {
    if (this.writesLeft === null || this.writesLeft > 0) {
      if (this.writesLeft !== null) this.writesLeft--
      done()
      return
    }
    this.writesLeft = null
    const luck = this.#random()
    if (luck < 0.5) done()
    else if (luck < 0.6) torn()
    throw new Cut()
  }

  /** The firmware starts a slot, which settles; until it comes to rest. @throws Dead */
  async start(tryboot: boolean): Promise<void> {
    let next: { readonly tryboot: boolean } | null = { tryboot }
    for (let most = 20; next; most--) {
      if (most === 0) throw new Dead('it starts in a circle')
      const slot: Slot = next.tryboot ? other(this.selector) : this.selector
      const { whole, starts } = this.images[slot]
      next = null
      // What is half written may start all the same: the old kernel with half of a new system.
      if (starts && (whole || this.#random() < 0.3)) {
        this.running = slot
        this.boots++
        next = await this.during((slots) => slots.settle())
      } else if (slot === this.selector) throw new Dead(`slot ${slot} is chosen and does not start`)
      else next = { tryboot: false }
    }
  }

  /** Does something in the running slot; gives how the machine starts next, when it does. */
  async during(what: (slots: Slots) => Promise<unknown>): Promise<{ readonly tryboot: boolean } | null> {
    this.#reboot = null
    try {
      await what(this.slots)
    } catch (error) {
      if (error instanceof Cut) return { tryboot: false }
      if (!(error instanceof Refusal)) throw error
    }
    return this.#reboot
  }

  /** As `during`, and starts anew when that is what comes of it. */
  async act(what: (slots: Slots) => Promise<unknown>): Promise<void> {
    const next = await this.during(what)
    if (next) await this.start(next.tryboot)
  }

  /** RAUC's order: the slot is marked, written, and marked again. Says whether it was let. */
  async install(image: Image): Promise<void> {
    const slot = other(this.running)
    await this.act(async (slots) => {
      await slots.writing(slot)
      const put = (is: Image) => () => {
        this.images[slot] = is
      }
      this.#write(put({ ...image, whole: false }), put({ ...image, whole: false }))
      this.#write(put(image), put({ ...image, whole: false }))
      await slots.written(slot, image.version)
    })
  }

  try = (had: Had = HAD): Promise<void> => this.act((slots) => slots.try(had))
  undo = (why: Reason = 'asked'): Promise<void> => this.act((slots) => slots.undo(why, HAD))

  /** The health gate has made up its mind about what runs, where it is asked. */
  async judge(): Promise<void> {
    if (this.running === this.selector) return
    const { ill } = this.images[this.running]
    if (ill === 'not ready') await this.takeBack()
    else await this.act((slots) => slots.settle(ill ? { is: 'bad', why: ill } : { is: 'good' }))
  }

  /** What scripts/slots-back does when nobody has made up their mind. */
  async takeBack(): Promise<void> {
    this.mark = true
    await this.start(false)
  }

  /** The power is cut, and comes back. */
  cut = (): Promise<void> => this.start(false)
}
