// quick-socket.ts — lets a UDP socket of Node's send packets of media through our addon: half the price, the same behaviour.
//
// Only what is plain goes that way: one Buffer of RTP or RTCP, no callback, to an address without a name or a zone. The rest, and whatever the
// system does not take at once, goes through Node's own send(), which queues and reports as ever: so order is kept, and who
// looks at the queue finds it. Without the addon nothing is changed.
import { type Door, type Packets, packets } from './packets.ts'

/** A dgram.Socket, as far as we touch it. */
export type QuickSocket = {
  send: (data: Buffer, port: number, host: string, ...more: readonly unknown[]) => void
  close: (done?: () => void) => unknown
  getSendQueueCount: () => number
}

type Handle = { readonly fd?: number }

/** RFC 7983 §7: RTP and RTCP. */
const isMedia = (first: number | undefined): boolean => first !== undefined && first >= 128 && first < 192

/** The descriptor of a bound socket; -1 where Node does not show it. */
function descriptorOf(socket: object): number {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol')
  const state = key && (Reflect.get(socket, key) as { readonly handle?: Handle | null } | undefined)
  const fd = state?.handle?.fd
  return typeof fd === 'number' ? fd : -1
}

/** Makes a bound socket quick; false where that cannot be. Its own close() gives back what this takes. */
export function quicken(socket: QuickSocket, addon: Packets | null = packets): boolean {
  const fd = addon ? descriptorOf(socket) : -1
  if (!addon || fd < 0) return false
  const door: Door = addon.door(fd)
  const usual = { send: socket.send.bind(socket), close: socket.close.bind(socket), waiting: socket.getSendQueueCount.bind(socket) }
  let isQueued = false
  let [toHost, toPort] = ['', -1]
  let to: Buffer | null = null

  const isGone = (data: Buffer, port: number, host: string): boolean => {
    if (isQueued) isQueued = usual.waiting() > 0
    if (isQueued) return false
    if (port !== toPort || host !== toHost) {
      to = port > 0 && port < 65_536 ? addon.address(host, port) : null
      toPort = port
      toHost = host
    }
    return to !== null && addon.send(door, data, to) === 0
  }
  socket.send = (data, port, host, ...more) => {
    const isPlain = more.length === 0 && typeof host === 'string' && Buffer.isBuffer(data) && isMedia(data[0])
    if (isPlain && isGone(data, port, host)) return
    usual.send(data, port, host, ...more)
    isQueued = true
  }
  socket.getSendQueueCount = () => {
    if (isQueued) isQueued = usual.waiting() > 0
    return isQueued ? usual.waiting() : 0
  }
  socket.close = (done) => {
    addon.close(door)
    return usual.close(done)
  }
  return true
}
