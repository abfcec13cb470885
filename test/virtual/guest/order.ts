// order.ts — runs inside the virtual Pi: a line to and from the daemon's own socket, as `parlor` speaks to it, without a process for each
// order. What comes on stdin goes there as it is, and what it answers comes out. A daemon that is not there yet is waited for; ends with it.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const PATH = '/var/lib/parlor/control.sock'
const PATIENCE = 60_000

/** Connected; null: nobody listens, because the daemon has not come so far, or has just gone. */
const reach = (): Promise<Socket | null> =>
  new Promise((done) => {
    const socket = connect(PATH)
    socket.once('connect', () => done(socket))
    socket.once('error', () => done(null))
  })

let socket = await reach()
for (const end = performance.now() + PATIENCE; socket === null && performance.now() < end; socket = await reach()) await sleep(200)
if (!socket) throw new Error(`nobody listened at ${PATH} for ${PATIENCE} ms`)
socket.on('error', () => {}) // 'close' follows
socket.on('close', () => process.exit())
process.stdin.pipe(socket)
socket.pipe(process.stdout)
