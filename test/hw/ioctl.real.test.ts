import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { errnoName, ioctl, mustIoctl, watchReadable } from '../../src/hw/ioctl.ts'
import { _IOR } from '../../src/hw/request.ts'
import { Bug, Fault } from '../../src/lib/fault.ts'

const FIONREAD = 0x541b
const TIOCGWINSZ = 0x5413
const TIOCGPTN = _IOR('T', 0x30, 4)
const READ = constants.O_RDONLY | constants.O_NONBLOCK

let folder: string
let open: number[]
const opened = (path: string, flags: number): number => {
  const fd = openSync(path, flags)
  open.push(fd)
  return fd
}
const close = (fd: number): void => {
  open = open.filter((f) => f !== fd)
  closeSync(fd)
}
const pipe = (): { read: number; write: number } => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const read = opened(path, READ)
  return { read, write: opened(path, constants.O_WRONLY) }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-ioctl-'))
  open = []
})
afterEach(() => {
  for (const fd of open) closeSync(fd)
  rmSync(folder, { recursive: true })
})

describe('ioctl', () => {
  test('the kernel writes its answer into the buffer', () => {
    const { read, write } = pipe()
    writeSync(write, 'seven b')
    const answer = Buffer.alloc(4)
    expect(ioctl(read, FIONREAD, answer)).toBe(0)
    expect(answer.readInt32LE()).toBe(7)
  })

  test('a request of the new scheme reaches a device', () => {
    const fd = opened('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY)
    const number = Buffer.alloc(4, 0xff)
    expect(ioctl(fd, TIOCGPTN, number)).toBe(0)
    expect(number.readUInt32LE()).toBeLessThan(0xffff)
  })

  test('what a device does not know is -25, ENOTTY, and throws nothing', () => {
    const { read } = pipe()
    expect(ioctl(read, TIOCGWINSZ, Buffer.alloc(8))).toBe(-25)
    expect(errnoName(-25)).toBe('ENOTTY')
    expect(ioctl(read, TIOCGWINSZ, 0)).toBe(-25)
  })

  test('a descriptor that is not open is -9, EBADF', () => {
    expect(errnoName(ioctl(9999, TIOCGWINSZ, Buffer.alloc(8)))).toBe('EBADF')
  })

  test('where only success will do, the errno becomes a fault that names the device', () => {
    const { read } = pipe()
    expect(() => mustIoctl(read, TIOCGWINSZ, Buffer.alloc(8), 'the lamp')).toThrow(new Fault('device-lost', 'the lamp answered ENOTTY'))
  })

  test('a buffer shorter than the request says never reaches the kernel', () => {
    const { read } = pipe()
    expect(() => ioctl(read, _IOR('V', 0, 104), Buffer.alloc(103))).toThrow(Bug)
    expect(() => ioctl(read, FIONREAD, Buffer.alloc(0))).toThrow(Bug)
    expect(() => ioctl(-1, FIONREAD, Buffer.alloc(4))).toThrow(Bug)
  })
})

describe('a device that can be read', () => {
  test('is told of, as often as there is something, until it is switched off', async () => {
    const { read, write } = pipe()
    const got: string[] = []
    const buffer = Buffer.alloc(16)
    let heard = Promise.withResolvers<void>()
    const off = watchReadable(read, (what) => {
      got.push(`${what} ${buffer.toString('utf8', 0, readSync(read, buffer))}`)
      heard.resolve()
    })
    for (const word of ['one', 'two']) {
      writeSync(write, word)
      await heard.promise
      heard = Promise.withResolvers()
    }
    off()
    off()
    writeSync(write, 'three')
    // A second pipe's turn comes after all that was due to the first.
    const other = join(folder, 'other')
    execFileSync('mkfifo', [other])
    const both = opened(other, constants.O_RDWR | constants.O_NONBLOCK)
    writeSync(both, 'x')
    await new Promise<void>((done) => {
      const stop = watchReadable(both, () => {
        stop()
        done()
      })
    })
    expect(got).toEqual(['ready one', 'ready two'])
  })

  test('that hangs up is read to its end, and then said to be gone, once', async () => {
    const { read, write } = pipe()
    const got: string[] = []
    await new Promise<void>((done) => {
      watchReadable(read, (what) => {
        if (what === 'ready') got.push(`read ${readSync(read, Buffer.alloc(16))}`)
        else {
          got.push(what)
          done()
        }
      })
      writeSync(write, 'last')
      close(write)
    })
    expect(got).toEqual(['read 4', 'gone'])
  })

  test('a plain file cannot be waited for', () => {
    const fd = opened(join(folder, 'file'), constants.O_CREAT | constants.O_RDWR)
    expect(() => watchReadable(fd, () => {})).toThrow('cannot be waited for')
  })
})
