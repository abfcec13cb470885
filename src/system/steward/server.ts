// server.ts — the steward's socket: takes orders, one line each, from who may open it, and ends when nobody has wanted anything for a while.
//
// It is the one process with root's rights that listens to another, so it takes little at a time: few connections, short lines, no second
// order before the first is answered, and nobody who connects and says nothing. systemd holds the socket (LISTEN_FDS, sd_listen_fds(3)):
// who asks while the steward is away starts it.
import { createServer, type Socket } from 'node:net'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/fault.ts'
import { listening } from '../../lib/listening.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import { carryOut, type OrdersParts } from './orders.ts'
import { type Answered, LONGEST_ORDER } from './words.ts'

/** After its last order it rests so long, and then ends. */
export const REST = seconds(30)
const MOST_ASKERS = 8
/** Who asks more in one connection asks again in another. */
const MOST_ORDERS = 64
/** A connection on which nothing is said and nothing is done. */
const PATIENCE_MS = 10_000
/** The first file that systemd hands over (SD_LISTEN_FDS_START). */
const FIRST_FD = 3

/** Where the socket is: handed over by systemd, or at a path of our own making (a test). */
export type Where = { readonly fd: number } | { readonly path: string }

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The socket that systemd handed to this process; null: none.
 * @throws Refusal 'bad-config' when it is not exactly one
 */
export function handedOver(env: Environment, pid: number): Where | null {
  if (!env.LISTEN_FDS || Number(env.LISTEN_PID) !== pid) return null
  if (env.LISTEN_FDS !== '1') throw new Refusal('bad-config', `systemd handed over ${env.LISTEN_FDS} sockets; there is one for the steward`)
  return { fd: FIRST_FD }
}

export type StewardParts = OrdersParts & { readonly where: Where; readonly clock: Clock; readonly rest: Ms }

/** Listens until it has rested, or the signal is aborted: then what was begun is finished first. @throws the system's error when it cannot listen */
export async function serve({ where, clock, rest, ...orders }: StewardParts, signal: AbortSignal): Promise<void> {
  const open = new Set<Socket>()
  let quietSince = clock.now()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      quietSince = clock.now()
    })
    attend(socket, (line) => carryOut(line, orders, signal))
  })
  server.maxConnections = MOST_ASKERS
  await listening(server, where)
  for (let left: number = rest; left > 0 && !signal.aborted; left = open.size > 0 ? rest : quietSince + rest - clock.now())
    await clock.sleep('until the steward has rested', left as Ms, signal).catch(() => {})
  // Who came at this very moment is served; who comes later starts the next steward.
  await new Promise<void>((done) => server.close(() => done()))
}

/** Reads one asker's orders and does them in their order; reads no further while it does one. */
function attend(socket: Socket, answer: (line: string) => Promise<Answered>): void {
  let rest = ''
  let orders = 0
  let busy = false
  const say = (answered: Answered): void => {
    if (socket.writable) socket.write(`${JSON.stringify(answered)}\n`)
  }
  const refuse = (what: string): void => {
    say({ ok: false, whose: 'asker', code: 'bad-request', say: what })
    socket.destroySoon()
  }
  const take = async (): Promise<void> => {
    if (busy) return
    busy = true
    for (let end = rest.indexOf('\n'); end >= 0 && !socket.destroyed; end = rest.indexOf('\n')) {
      if (end > LONGEST_ORDER) break
      const line = rest.slice(0, end)
      rest = rest.slice(end + 1)
      if (++orders > MOST_ORDERS) return refuse(`${MOST_ORDERS} orders at a time`)
      socket.pause()
      say(await answer(line))
      socket.resume()
    }
    busy = false
    if (rest.length > LONGEST_ORDER) refuse(`an order may hold ${LONGEST_ORDER} characters`)
  }
  socket.setEncoding('utf8')
  socket.setTimeout(PATIENCE_MS, () => busy || socket.destroy())
  socket.on('error', () => {})
  socket.on('data', (text: string) => {
    rest += text
    void take()
  })
}
