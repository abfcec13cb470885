// redundancy.ts — how much of the past a packet of sound carries: nothing on a good line; one packet where some are lost, two where many are. Pure.
//
// Sound is a tenth of a call, so to say it twice costs little; where hardly more than sound has room it would cost the picture, and then it
// is said once. It stays for some seconds: loss comes in gusts.

const SOME = 0.02
const MANY = 0.07
/** Bits per second that a way must carry for it. */
const ROOM = 250_000
const STAYS = 10_000 // ms

export class Redundancy {
  #level: 0 | 1 | 2 = 0
  #until = 0

  /** @param lost lately, 0 to 1  @param target what the way carries, bits per second  @param now ms */
  level(lost: number, target: number, now: number): 0 | 1 | 2 {
    const asks = lost >= MANY ? 2 : lost >= SOME ? 1 : 0
    if (asks >= this.#level) {
      this.#level = asks
      this.#until = now + STAYS
    } else if (now >= this.#until) {
      this.#level = asks
      this.#until = now + STAYS
    }
    return target < ROOM ? 0 : this.#level
  }
}
