// ground.ts — what the parts of hw/ stand on: files of /proc and /sys, and devices that answer questions. Looks only; changes nothing.
//
// A port with two makers: the real machine here, and recorded boards in tests.
import { closeSync, constants, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ioctl } from './ioctl.ts'

/** Asks one open device; the result of the call or the negative errno (see ioctl.ts). */
export type Ask = (request: number, argument: Buffer) => number

export interface Ground {
  /** The text of a file, without NULs and white space at its end; null when it is not there or will not be read. */
  read(path: string): string | null
  /** The names in a folder, those with numbers in their numbers' order; none when it is not there. */
  list(path: string): readonly string[]
  /** A number that changes when a file is made anew under the same name; null when it is not there. */
  stamp(path: string): number | null
  /** Opens a device, lets `questions` ask it, closes it; null when it cannot be opened. */
  ask<Answer>(device: string, questions: (ask: Ask) => Answer): Answer | null
}

/** The machine under `root`: `/` but in tests. */
export function groundAt(root = '/'): Ground {
  return {
    read: (path) => orNull(() => readFileSync(join(root, path), 'utf8').replace(/[\s\0]+$/, '')),
    list: (path) => inOrder(orNull(() => readdirSync(join(root, path))) ?? []),
    stamp: (path) => orNull(() => statSync(join(root, path)).ino),
    ask: (device, questions) => {
      const fd = orNull(() => openSync(join(root, device), constants.O_RDWR | constants.O_NONBLOCK))
      if (fd === null) return null
      try {
        return questions((request, argument) => ioctl(fd, request, argument))
      } finally {
        closeSync(fd)
      }
    },
  }
}

/** `video2` before `video10`. */
export const inOrder = (names: readonly string[]): string[] => names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))

/** What is not there, is a folder, went while we looked, or is not ours to read: all the same to one who looks around. */
function orNull<Found>(look: () => Found): Found | null {
  try {
    return look()
  } catch {
    return null
  }
}
