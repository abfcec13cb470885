// request.ts — the numbers of ioctl requests, as the kernel makes them (include/uapi/asm-generic/ioctl.h). Pure.
//
//   bits 0-7 number, 8-15 type (a letter), 16-29 size of the argument, 30-31 direction (1: we write, 2: we read)
//
// This layout is that of x86, ARM and RISC-V: all that a box is made of. (PowerPC, MIPS and SPARC differ.)
import { Bug } from '../lib/fault.ts'

const NONE = 0
const WRITE = 1
const READ = 2

/** @param type one letter, or its number (0-255)  @param nr 0-255  @param size bytes of the argument, 0-16383 */
function request(direction: number, type: string | number, nr: number, size: number): number {
  const letter = typeof type === 'string' ? type.charCodeAt(0) : type
  if (typeof type === 'string' && type.length !== 1) throw new Bug(`an ioctl type is one letter, not "${type}"`)
  for (const [value, most] of [[letter, 0xff] as const, [nr, 0xff] as const, [size, 0x3fff] as const])
    if (!Number.isInteger(value) || value < 0 || value > most) throw new Bug(`${value} does not fit into an ioctl request`)
  return ((direction << 30) | (size << 16) | (letter << 8) | nr) >>> 0
}

/** An order without an argument. */
export const _IO = (type: string | number, nr: number): number => request(NONE, type, nr, 0)
/** The kernel writes the argument, we read it. */
export const _IOR = (type: string | number, nr: number, size: number): number => request(READ, type, nr, size)
/** We write the argument, the kernel reads it. */
export const _IOW = (type: string | number, nr: number, size: number): number => request(WRITE, type, nr, size)
/** Both ways. */
export const _IOWR = (type: string | number, nr: number, size: number): number => request(READ | WRITE, type, nr, size)
/** Bytes of the argument that a request names; 0 for requests older than this scheme. */
export const sizeOf = (request: number): number => (request >>> 16) & 0x3fff
