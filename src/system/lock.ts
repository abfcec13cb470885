// lock.ts — one daemon for one data folder.
//
// The lock is an abstract unix socket named after the folder's true path. The kernel gives a name to one process only and
// takes it back the moment that process is gone, however it went: there is no stale lock file after kill -9 or a power cut.
// Whoever holds it tells its process id to anyone who knocks, so that the refusal can name it.
//
// Such names belong to a network namespace: two containers that share the folder but no network do not see each other here.
// The control socket, which lies in the folder itself, catches those (control/local.ts).
import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { Refusal } from '../lib/fault.ts'
import { listening } from '../lib/listening.ts'

export interface Lock {
  release(): Promise<void>
}

/**
 * Takes the lock of a data folder.
 * @param folder its true path (system/disk.ts `trueOf`), so that a link to it is the same folder
 * @throws Refusal 'already-running', naming the process that holds it where it answers
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const name = `\0parlor-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(`${process.pid}\n`)
  })
  server.maxConnections = 8
  try {
    await listening(server, name)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error
    const pid = await holder(name)
    const who = pid === null ? '' : ` (process ${pid})`
    throw new Refusal(
      'already-running',
      `parlor is already running on ${folder}${who}; stop it first, or give this one another data folder`,
    )
  }
  server.unref()
  return { release: () => new Promise((done) => server.close(() => done())) }
}

/** The process id of whoever holds a name; null when it does not say so within a second (it may hang). */
const holder = (name: string): Promise<number | null> =>
  new Promise((done) => {
    const socket = connect(name)
    let said = ''
    const finish = () => {
      socket.destroy()
      const pid = Number(said.trim())
      done(Number.isInteger(pid) && pid > 0 ? pid : null)
    }
    socket.setTimeout(1000, finish)
    socket.on('data', (bytes) => {
      said = (said + bytes).slice(0, 20)
    })
    socket.once('end', finish)
    socket.once('error', finish)
  })
