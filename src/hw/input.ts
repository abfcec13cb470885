// input.ts — all keys that Linux knows: the button (gpio-key), infrared, USB and Bluetooth remotes and keyboards.
//
// It tells that a key of ours went down or up, and on which device; what that means is decided elsewhere. It follows
// devices that come and go. A remote is grabbed, so that its OK types nothing into a login on the console and its POWER
// does not switch the box off; a keyboard is left to everybody.
import type { Edge, Key } from '../core/key.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { follow } from './follow.ts'
import { has, hasLetters, keyOf, known } from './input/code.ts'
import { type InputDevice, type InputDoor, inputDoor } from './input/device.ts'
import { Records, recordSize } from './input/record.ts'

export type InputEvents = {
  edge: [edge: Edge]
  /** A device is gone with keys held down: nobody pressed them. */
  lost: [from: string]
}

/** A device that has more than this to say at once is heard on later: others have their turn. */
const READS_AT_ONCE = 16

export class Input extends Emitter<InputEvents> {
  readonly #door: InputDoor
  readonly #clock: Clock
  readonly #log: Log
  readonly #grab: boolean
  readonly #size: 16 | 24

  /** @param grab whether remotes are taken for us alone  @param door the devices; those of this machine unless a test has others */
  constructor(parts: {
    clock: Clock
    log: Log
    onListenerError: (error: unknown) => void
    grab?: boolean
    door?: InputDoor
    arch?: string
  }) {
    super(parts.onListenerError)
    this.#door = parts.door ?? inputDoor()
    this.#clock = parts.clock
    this.#log = parts.log
    this.#grab = parts.grab ?? true
    this.#size = recordSize(parts.arch ?? process.arch)
  }

  /** Runs until the signal is aborted; does not reject. */
  run(signal: AbortSignal): Promise<void> {
    const devices = {
      list: () => this.#door.list(),
      open: (path: string, gone: () => void) => this.#open(path, gone),
      refused: (path: string, error: unknown) => this.#log.warn('a device with keys cannot be opened', { path, why: String(error) }),
    }
    return follow('look for devices with keys', devices, this.#clock, signal)
  }

  #open(path: string, gone: () => void): Off | null {
    const device = this.#door.open(path)
    try {
      if (!isForUs(device.keys)) {
        device.close()
        return null
      }
      const grabbed = this.#grab && !hasLetters(device.keys) && device.grab()
      const unwatch = this.#listen(device, path, gone)
      this.#log.info('listening to a device with keys', { device: device.name, path, grabbed })
      return () => {
        unwatch()
        device.close()
        this.emit('lost', path)
        this.#log.info('a device with keys is let go', { device: device.name, path })
      }
    } catch (error) {
      device.close()
      throw error
    }
  }

  /** A key may have several codes (ENTER and OK): it is down as long as one of them is. */
  #listen(device: InputDevice, from: string, gone: () => void): Off {
    const records = new Records(this.#size)
    const codes = new Set<number>()
    const isDown = (key: Key): boolean => [...codes].some((code) => keyOf(code) === key)
    const tell = (code: number, down: boolean): void => {
      const key = keyOf(code)
      if (key === null || codes.has(code) === down) return
      const before = isDown(key)
      if (down) codes.add(code)
      else codes.delete(code)
      if (isDown(key) !== before) this.emit('edge', { key, down, from })
    }
    const again = (): void => {
      const now = device.down()
      for (const code of [...codes]) if (!has(now, code)) tell(code, false)
      for (const code of known(now)) tell(code, true)
    }
    const hear = (): void => {
      for (let reads = 0; reads < READS_AT_ONCE; reads++) {
        const bytes = device.read()
        if (bytes === null || bytes.length === 0) return
        for (const news of records.take(bytes)) {
          if (news.news === 'lost') again()
          else tell(news.code, news.news === 'down')
        }
      }
    }
    return device.watch((what) => {
      if (what === 'gone') return gone()
      try {
        hear()
      } catch {
        gone()
      }
    })
  }
}

/** It has a key of ours. The power button of the machine itself, which has nothing else, stays with the system. */
const isForUs = (bitmap: Uint8Array): boolean => known(bitmap).some((code) => keyOf(code) !== 'power')
