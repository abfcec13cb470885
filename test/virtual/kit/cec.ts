// cec.ts — the TV at the other end of a virtual Pi's CEC wire.
import type { VirtualPi } from './pi.ts'

/**
 * Gives it a TV's address. On a busy machine the emulated wire is late, and the kernel then thinks that address 0 is another's and takes a
 * spare one: so until it has that one. Rejects when the Pi's patience for a command is over.
 */
export const plugTv = (pi: VirtualPi): Promise<string> =>
  pi.must('until cec-ctl -d /dev/cec0 --tv --skip-info && cec-ctl -d /dev/cec0 | grep -q "Address Mask.*0x0001"; do :; done')
