// group.ts — packets that left together, and how much further apart two such groups came than they left.
//
// draft-ietf-rmcat-gcc-02 §5.2: all that left within 5 ms are one group, and so is a burst that something on the way had held back. What
// is handed on is never a delay but a change of delay, so the two clocks need not agree.

const TOGETHER = 5 // ms
const BURST_GAP = 5 // ms
const LONGEST_BURST = 100 // ms
/** The other side's clock leaps, or its machine slept. */
const LEAP = 3000 // ms
const DISORDERLY = 3

type Group = { firstSent: number; lastSent: number; firstCame: number; lastCame: number; heardAt: number }

/** In milliseconds: how far two groups in a row were apart when they left, and when they came. */
export type Step = { readonly sent: number; readonly came: number }

export class Groups {
  #now: Group | null = null
  #before: Group | null = null
  #disorder = 0

  /** Takes a packet that came, in the order of leaving; a step whenever a group is complete. @param heardAt our clock */
  take(sentAt: number, cameAt: number, heardAt: number): Step | null {
    const group = this.#now
    if (!group) {
      this.#now = begin(sentAt, cameAt, heardAt)
      return null
    }
    if (sentAt < group.firstSent) return null
    if (!isNext(group, sentAt, cameAt)) {
      group.lastSent = Math.max(group.lastSent, sentAt)
      group.lastCame = cameAt
      group.heardAt = heardAt
      return null
    }
    const before = this.#before
    this.#before = group
    this.#now = begin(sentAt, cameAt, heardAt)
    return before ? this.#step(before, group) : null
  }

  reset(): void {
    this.#now = null
    this.#before = null
    this.#disorder = 0
  }

  #step(before: Group, group: Group): Step | null {
    const came = group.lastCame - before.lastCame
    if (came - (group.heardAt - before.heardAt) >= LEAP) {
      this.reset()
      return null
    }
    if (came < 0) {
      if (++this.#disorder >= DISORDERLY) this.reset()
      return null
    }
    this.#disorder = 0
    return { sent: group.lastSent - before.lastSent, came }
  }
}

const begin = (sentAt: number, cameAt: number, heardAt: number): Group => ({
  firstSent: sentAt,
  lastSent: sentAt,
  firstCame: cameAt,
  lastCame: cameAt,
  heardAt,
})

function isNext(group: Group, sentAt: number, cameAt: number): boolean {
  const came = cameAt - group.lastCame
  const sent = sentAt - group.lastSent
  if (sent === 0) return false
  if (came - sent < 0 && came <= BURST_GAP && cameAt - group.firstCame < LONGEST_BURST) return false
  return sentAt - group.firstSent > TOGETHER
}
