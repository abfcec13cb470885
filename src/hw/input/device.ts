// device.ts — the files under /dev/input: who is there, and one that is open.
//
// Reads are synchronous on a non-blocking descriptor: they cost microseconds and hold no thread of the pool, however many
// remotes lie about. (A blocking read would hold one thread for each; the pool has four.)
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Off } from '../../lib/emitter.ts'
import type { Found } from '../follow.ts'
import { ioctl, mustIoctl, watchReadable } from '../ioctl.ts'
import { _IOR, _IOW } from '../request.ts'

const BITMAP = 96 // KEY_MAX is 767
const NAME = 128
const EVIOCGNAME = _IOR('E', 0x06, NAME)
const EVIOCGKEY = _IOR('E', 0x18, BITMAP)
const EVIOCGBIT_KEY = _IOR('E', 0x20 + 1, BITMAP)
const EVIOCGRAB = _IOW('E', 0x90, 4)
const RECORDS = 64 * 24

/** One open device. */
export interface InputDevice {
  /** As the device calls itself. */
  readonly name: string
  /** The codes it can send, as a bitmap. */
  readonly keys: Uint8Array
  /** The codes that are down now. */
  down(): Uint8Array
  /** What there is to read; null: nothing now. Throws when the device is gone. */
  read(): Buffer | null
  /** Calls when there is something to read. */
  watch(on: (what: 'ready' | 'gone') => void): Off
  /** From now on only we get its keys. @returns false when another program has it */
  grab(): boolean
  close(): void
}

export interface InputDoor {
  list(): Promise<readonly Found[]>
  open(path: string): InputDevice
}

/** The devices of this machine. @param folder where event0, event1... are */
export const inputDoor = (folder = '/dev/input'): InputDoor => ({
  list: () => devicesIn(folder, /^event\d+$/),
  open: openInput,
})

/** The device files of a folder whose names match; none when there is no such folder. */
export async function devicesIn(folder: string, pattern: RegExp): Promise<Found[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name))
  const found = names.map(async (name): Promise<Found[]> => {
    const path = join(folder, name)
    const facts = await stat(path).catch(() => null)
    return facts === null ? [] : [{ path, mark: `${facts.ino} ${facts.ctimeMs}` }]
  })
  return (await Promise.all(found)).flat()
}

function openInput(path: string): InputDevice {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const bytes = Buffer.alloc(RECORDS)
  const ask = (request: number, size: number): Buffer => {
    const answer = Buffer.alloc(size)
    mustIoctl(fd, request, answer, path)
    return answer
  }
  try {
    const name = ask(EVIOCGNAME, NAME).toString('utf8').split('\0')[0] ?? ''
    return {
      name,
      keys: ask(EVIOCGBIT_KEY, BITMAP),
      down: () => ask(EVIOCGKEY, BITMAP),
      read: () => {
        try {
          return bytes.subarray(0, readSync(fd, bytes))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null
          throw error
        }
      },
      watch: (on) => watchReadable(fd, (what) => on(what === 'gone' ? 'gone' : 'ready')),
      grab: () => ioctl(fd, EVIOCGRAB, 1) >= 0,
      close: () => closeSync(fd),
    }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}
