// ioctl.ts — device ioctls, and when a device has something to say. The only file that knows our addon (native/ioctl) and `epoll` exist.
//
// Both are compiled by scripts/setup. They are loaded when first used, so a machine without devices never needs them.
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Off } from '../lib/emitter.ts'
import { Bug, Fault } from '../lib/fault.ts'

type Addon = { ioctl(fd: number, request: number, argument: Buffer | number): number }
type Epoll = { add(fd: number, events: number): void; remove(fd: number): void }
type EpollMaker = {
  new (onEvent: (error: Error | null, fd: number, events: number) => void): Epoll
  readonly EPOLLIN: number
  readonly EPOLLPRI: number
  readonly EPOLLERR: number
  readonly EPOLLHUP: number
}

const require = createRequire(import.meta.url)
const ADDON = fileURLToPath(new URL('../../native/ioctl/build/Release/ioctl.node', import.meta.url))
const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))
let addon: Addon | null = null
let epoll: EpollMaker | null = null

/**
 * Asks a device. Gives the result of the system call, or the negative errno (ENOTTY is -25); never throws for an errno.
 * @param fd an open device  @param request from request.ts
 * @param argument a Buffer, read and written in place and at least as long as the request says; or a number where the kernel wants one
 * @throws Bug when the call itself is wrong; Fault 'device-lost' when the addon is not built
 */
export function ioctl(fd: number, request: number, argument: Buffer | number): number {
  addon ??= load(() => require(ADDON) as Addon)
  try {
    return addon.ioctl(fd, request, argument)
  } catch (error) {
    throw new Bug(`a wrong ioctl 0x${request.toString(16)}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The same where only success will do. @param what the device, in words  @throws Fault 'device-lost' with the errno's name */
export function mustIoctl(fd: number, request: number, argument: Buffer | number, what: string): number {
  const result = ioctl(fd, request, argument)
  if (result < 0) throw new Fault('device-lost', `${what} answered ${errnoName(result)}`)
  return result
}

/** The name of a negative errno: -25 is 'ENOTTY'. */
export const errnoName = (result: number): string => NAMES.get(-result) ?? `errno ${-result}`

/**
 * Calls when a device can be read, until the Off is called. Call Off before the fd is closed.
 *
 * It is told of a state, not of a change: a listener that leaves bytes unread is called again at once. So read (fd opened
 * with O_NONBLOCK) until there is nothing more. 'urgent': an exceptional event waits (EPOLLPRI), such as those of CEC and V4L2.
 * 'gone': the device hung up; it is said once, and nothing comes after.
 * @throws Fault 'device-lost' when this fd cannot be waited for (a plain file cannot)
 */
export function watchReadable(fd: number, onReadable: (what: 'ready' | 'urgent' | 'gone') => void): Off {
  const maker = theEpoll()
  let watching = true
  const off = (): void => {
    if (!watching) return
    watching = false
    try {
      poll.remove(fd)
    } catch {
      // The fd was closed before: the kernel has forgotten it by itself.
    }
  }
  const poll = new maker((error, _fd, events) => {
    if (!watching) return
    // Bytes that came before the hang-up are read first; while there are any, the kernel says both.
    if (error === null && events & maker.EPOLLIN && !(events & maker.EPOLLERR)) return onReadable('ready')
    if (error === null && !(events & (maker.EPOLLHUP | maker.EPOLLERR))) return onReadable('urgent')
    off()
    onReadable('gone')
  })
  try {
    poll.add(fd, maker.EPOLLIN | maker.EPOLLPRI)
  } catch (error) {
    watching = false
    throw new Fault('device-lost', 'this device cannot be waited for', { cause: error })
  }
  return off
}

function theEpoll(): EpollMaker {
  epoll ??= load(() => require('epoll') as { readonly Epoll: EpollMaker }).Epoll
  return epoll
}

function load<Shape>(from: () => Shape): Shape {
  try {
    return from()
  } catch (error) {
    throw new Fault('device-lost', 'the part that talks to devices is not built; run scripts/setup', { cause: error })
  }
}
