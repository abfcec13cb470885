// often.ts — how often a slow test repeats itself: a few times for who is waiting, the full number in `scripts/test --all`.

/** True in `scripts/test --all`. */
export const whole = process.env.PARLOR_TEST_WHOLE === '1'

/** @param full how often in `scripts/test --all` @param few how often otherwise */
export const often = (full: number, few: number): number => (whole ? full : few)
