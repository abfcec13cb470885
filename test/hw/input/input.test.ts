import { afterEach, describe, expect, test } from 'vitest'
import type { Edge } from '../../../src/core/key.ts'
import { hasLetters, keyOf, known } from '../../../src/hw/input/code.ts'
import type { InputDevice, InputDoor } from '../../../src/hw/input/device.ts'
import { Records, recordSize } from '../../../src/hw/input/record.ts'
import { Input } from '../../../src/hw/input.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { quietLog } from '../../fake/quiet.ts'

const SYN = 0
const KEY = 1
const OK = 352
const ENTER = 28
const LETTERS = [30, 44, ENTER]

function record(type: number, code: number, value: number, size: 16 | 24 = 24): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.writeUInt32LE(1234, 0)
  bytes.writeUInt16LE(type, size - 8)
  bytes.writeUInt16LE(code, size - 6)
  bytes.writeInt32LE(value, size - 4)
  return bytes
}
const bits = (codes: readonly number[]): Uint8Array => {
  const bitmap = new Uint8Array(96)
  for (const code of codes) bitmap[code >> 3] = (bitmap[code >> 3] ?? 0) | (1 << (code & 7))
  return bitmap
}

class FakeDevice implements InputDevice {
  readonly name = 'remote'
  readonly keys: Uint8Array
  grabbed = false
  closed = 0
  held: number[] = []
  #bytes: Buffer[] = []
  #watch: ((what: 'ready' | 'gone') => void) | null = null
  #gone = false

  constructor(codes: readonly number[]) {
    this.keys = bits(codes)
  }

  down = (): Uint8Array => bits(this.held)
  grab = (): boolean => (this.grabbed = true)
  close = (): void => void this.closed++
  watch = (on: (what: 'ready' | 'gone') => void) => {
    this.#watch = on
    return () => {
      this.#watch = null
    }
  }

  read = (): Buffer | null => {
    if (this.#gone) throw new Error('ENODEV')
    return this.#bytes.shift() ?? null
  }

  send(...bytes: Buffer[]): void {
    this.#bytes.push(...bytes)
    while (this.#bytes.length > 0 && this.#watch !== null) this.#watch('ready')
  }

  press(code: number, value: number): void {
    this.send(record(KEY, code, value), record(SYN, 0, 0))
  }

  unplug(said: 'gone' | 'ready'): void {
    this.#gone = true
    this.#watch?.(said)
  }
}

const stops: AbortController[] = []
async function listening(devices: Map<string, FakeDevice | Error>, grab?: boolean) {
  const clock = new FakeClock()
  const { log, said } = quietLog()
  const errors: unknown[] = []
  const door: InputDoor = {
    list: async () => [...devices.keys()].map((path) => ({ path, mark: '1' })),
    open: (path) => {
      const device = devices.get(path)
      if (device === undefined || device instanceof Error) throw device ?? new Error('ENOENT')
      return device
    },
  }
  const input = new Input({ clock, log, onListenerError: (e) => errors.push(e), door, arch: 'x64', ...(grab !== undefined && { grab }) })
  const edges: Edge[] = []
  const lost: string[] = []
  input.on('edge', (edge) => edges.push(edge))
  input.on('lost', (from) => lost.push(from))
  const stop = new AbortController()
  stops.push(stop)
  const run = input.run(stop.signal)
  await clock.advance(seconds(1))
  return { clock, said, errors, lost, stop, run, keys: () => edges.map((e) => `${e.key} ${e.down ? 'down' : 'up'}`) }
}
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort()
})

describe('keys of Linux', () => {
  test('a key goes down once and up once, however often the device repeats it', async () => {
    const remote = new FakeDevice([OK])
    const { keys } = await listening(new Map([['/dev/input/event0', remote]]))
    remote.press(OK, 1)
    for (let n = 0; n < 20; n++) remote.press(OK, 2)
    remote.press(OK, 0)
    expect(keys()).toEqual(['ok down', 'ok up'])
  })

  test('records that come in pieces are put together', async () => {
    const remote = new FakeDevice([OK])
    const { keys } = await listening(new Map([['/dev/input/event0', remote]]))
    const all = Buffer.concat([record(KEY, OK, 1), record(SYN, 0, 0), record(KEY, OK, 0), record(SYN, 0, 0)])
    for (let at = 0; at < all.length; at += 7) remote.send(all.subarray(at, at + 7))
    expect(keys()).toEqual(['ok down', 'ok up'])
  })

  test('two codes of one key are one key', async () => {
    const remote = new FakeDevice([OK, ENTER])
    const { keys } = await listening(new Map([['/dev/input/event0', remote]]))
    remote.press(OK, 1)
    remote.press(ENTER, 1)
    remote.press(OK, 0)
    expect(keys()).toEqual(['ok down'])
    remote.press(ENTER, 0)
    expect(keys()).toEqual(['ok down', 'ok up'])
  })

  test('after a loss in the kernel the keys are as the device says they are', async () => {
    const remote = new FakeDevice([OK, 103, 113])
    const { keys } = await listening(new Map([['/dev/input/event0', remote]]))
    remote.press(OK, 1)
    remote.press(103, 1)
    remote.held = [103, 113]
    remote.send(record(SYN, 3, 0), record(KEY, 108, 1), record(SYN, 0, 0))
    expect(keys()).toEqual(['ok down', 'up down', 'ok up', 'mute down'])
  })

  test('a device is left alone that has no key of ours, and looked at again every five seconds', async () => {
    const devices = new Map([['/dev/input/event0', new FakeDevice([272, 273])]])
    const { clock, keys } = await listening(devices)
    await clock.advance(seconds(9))
    expect([devices.get('/dev/input/event0')?.closed, keys()]).toEqual([3, []])
    // An infrared receiver whose table has come meanwhile.
    const receiver = new FakeDevice([OK])
    devices.set('/dev/input/event0', receiver)
    await clock.advance(seconds(5))
    receiver.press(OK, 1)
    expect(keys()).toEqual(['ok down'])
  })

  test('the power button of the machine itself stays with the system', async () => {
    const button = new FakeDevice([116])
    const { keys } = await listening(new Map([['/dev/input/event0', button]]))
    button.press(116, 1)
    expect([button.closed, button.grabbed, keys()]).toEqual([1, false, []])
  })

  test('a remote is taken for us alone, a keyboard never, and nothing when so set', async () => {
    const remote = new FakeDevice([OK])
    const keyboard = new FakeDevice(LETTERS)
    await listening(
      new Map([
        ['/dev/input/event0', remote],
        ['/dev/input/event1', keyboard],
      ]),
    )
    expect([remote.grabbed, keyboard.grabbed]).toEqual([true, false])
    const shared = new FakeDevice([OK])
    await listening(new Map([['/dev/input/event0', shared]]), false)
    expect(shared.grabbed).toBe(false)
  })

  test('devices come and go, twenty times; what was held down is forgotten', async () => {
    const devices = new Map<string, FakeDevice | Error>()
    const { clock, keys, lost } = await listening(devices)
    for (let n = 0; n < 20; n++) {
      const remote = new FakeDevice([OK])
      devices.set('/dev/input/event7', remote)
      await clock.advance(seconds(1))
      remote.press(OK, 1)
      devices.delete('/dev/input/event7')
      remote.unplug(n % 2 ? 'gone' : 'ready')
      await clock.advance(seconds(1))
      expect([remote.closed, lost.length]).toEqual([1, n + 1])
    }
    expect(keys()).toHaveLength(20)
  })

  test('one that cannot be opened is said once, and opened when it can be', async () => {
    const devices = new Map<string, FakeDevice | Error>([['/dev/input/event0', new Error('EACCES')]])
    const { clock, said, keys } = await listening(devices)
    await clock.advance(seconds(10))
    expect(said.filter((s) => s.level === 'warn')).toHaveLength(1)
    const remote = new FakeDevice([OK])
    devices.set('/dev/input/event0', remote)
    await clock.advance(seconds(1))
    remote.press(OK, 1)
    expect(keys()).toEqual(['ok down'])
  })

  test('everything is closed at the end', async () => {
    const remote = new FakeDevice([OK])
    const { stop, run } = await listening(new Map([['/dev/input/event0', remote]]))
    stop.abort()
    await run
    expect(remote.closed).toBe(1)
  })

  test('10,000 reads of nonsense: nothing falls, no key stays down that is none, and it hears on', async () => {
    const remote = new FakeDevice([OK])
    const { keys, errors } = await listening(new Map([['/dev/input/event0', remote]]))
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647
      return seed % below
    }
    for (let n = 0; n < 10_000; n++) {
      const bytes = Buffer.alloc(random(100))
      for (let i = 0; i < bytes.length; i++) bytes[i] = random(4) === 0 ? random(256) : random(3)
      remote.send(bytes)
    }
    expect(errors).toEqual([])
    for (const edge of keys()) expect(edge).toMatch(/^[a-z-]+ (down|up)$/)
  })
})

describe('records', () => {
  test('are 24 bytes on 64 bit and 16 on 32 bit', () => {
    expect([recordSize('arm64'), recordSize('x64'), recordSize('arm')]).toEqual([24, 24, 16])
    expect(new Records(16).take(record(KEY, OK, 1, 16))).toEqual([{ news: 'down', code: OK }])
  })

  test('between a loss and the next report are not believed', () => {
    const records = new Records(24)
    expect(records.take(Buffer.concat([record(SYN, 3, 0), record(KEY, OK, 1)]))).toEqual([])
    expect(records.take(Buffer.concat([record(SYN, 0, 0), record(KEY, OK, 0)]))).toEqual([{ news: 'lost' }, { news: 'up', code: OK }])
  })
})

describe('codes', () => {
  test('of the button, of remotes and of keyboards are keys of ours', () => {
    expect([148, 352, 158, 445, 446, 113].map(keyOf)).toEqual(['button', 'ok', 'back', 'call', 'hangup', 'mute'])
    expect(keyOf(30)).toBeNull()
  })

  test('are found in a bitmap of the kernel', () => {
    expect(known(bits([OK, 30])).sort()).toEqual([OK])
    expect([hasLetters(bits(LETTERS)), hasLetters(bits([OK]))]).toEqual([true, false])
  })
})
