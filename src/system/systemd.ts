// systemd.ts — what this process tells systemd of itself (sd_notify(3), Type=notify), and the door of unix-dgram.
//
// The protocol is one datagram of text to a socket that systemd names. It is sent by unix-dgram, inside this process: the
// systemd-notify command costs a process for each ping, and as an ordinary user speaks with the wrong process id; sd-notify
// binds all of libsystemd for the same few bytes and hides its errors. Whoever is not started by systemd has nobody to tell:
// then nothing is sent, and `listens` is false.
import { createRequire } from 'node:module'
import { Fault } from '../lib/fault.ts'
import { type Ms, ms } from '../lib/unit.ts'

/** The part of unix-dgram that is used here; it brings no types of its own. */
type UnixDgram = {
  createSocket(type: 'unix_dgram'): {
    send(bytes: Buffer, from: number, length: number, path: string, sent: (error?: Error) => void): void
    close(): void
  }
}
type Environment = Readonly<Record<string, string | undefined>>

export interface Systemd {
  /** Does anybody listen? False: none of these does anything. */
  readonly listens: boolean
  /** A third of the time within which systemd wants to hear watchdog(); null when it does not watch us. */
  readonly interval: Ms | null
  /** The start is over: what waits for us may begin. */
  ready(): void
  stopping(): void
  /** One line for `systemctl status`. */
  status(text: string): void
  /** We are well. What says so is for the caller to know. */
  watchdog(): void
}

/** A status is one line, and not a long one. */
const LONGEST = 200
/** sun_path holds 108 bytes with its closing zero (unix(7)). */
const LONGEST_PATH = 107

/**
 * The systemd that started this process, by its environment (NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID). Nothing here throws:
 * a word that cannot be sent is told to `onLost` once, and systemd's own patience decides.
 */
export function openSystemd(env: Environment, pid: number, onLost: (error: unknown) => void): Systemd {
  const path = env.NOTIFY_SOCKET || null
  let lost = false
  const lose = (error: unknown): void => {
    if (!lost) onLost(error)
    lost = true
  }
  const tell = (text: string): void => {
    if (path === null) return
    try {
      send(path, text, lose)
    } catch (error) {
      lose(error)
    }
  }
  return {
    listens: path !== null,
    interval: path === null ? null : intervalOf(env, pid),
    ready: () => tell('READY=1'),
    stopping: () => tell('STOPPING=1'),
    status: (text) => tell(`STATUS=${text.replaceAll(/\s+/g, ' ').slice(0, LONGEST)}`),
    watchdog: () => tell('WATCHDOG=1'),
  }
}

/** One socket a word: some 50 us, and nothing is held open that would keep the process alive. */
function send(path: string, text: string, lose: (error: unknown) => void): void {
  if (!path.startsWith('/') || Buffer.byteLength(path) > LONGEST_PATH)
    throw new Fault('disk-fault', `${path} is no socket that we can write to`)
  const { createSocket } = createRequire(import.meta.url)('unix-dgram') as UnixDgram
  const socket = createSocket('unix_dgram')
  try {
    const bytes = Buffer.from(text)
    socket.send(bytes, 0, bytes.length, path, (error) => error && lose(error))
  } finally {
    socket.close()
  }
}

/** WATCHDOG_PID says for whom the rest is meant: a child of a watched process is not watched itself. */
function intervalOf(env: Environment, pid: number): Ms | null {
  const microseconds = Number(env.WATCHDOG_USEC)
  if (!Number.isFinite(microseconds) || microseconds <= 0) return null
  if (env.WATCHDOG_PID && Number(env.WATCHDOG_PID) !== pid) return null
  return ms(microseconds / 1000 / 3)
}
