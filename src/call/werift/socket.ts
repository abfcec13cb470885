// socket.ts — UDP sockets that have sent when send() is over.
//
// Node's look up every address before sending, a bare IP too, and go on a turn of the loop later. So whoever sends could not use
// the buffer again, and each packet paid for a turn. Node lets us bring the look-up; werift does not let us bring the socket, so the
// one place where it makes them is ours; there they are made quick as well, where our addon is (lib/quick-socket.ts). A connected socket would save another tenth, and would be deaf to a peer that changes its address.
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import { UdpTransport } from 'werift'
import { type QuickSocket, quicken } from '../../lib/quick-socket.ts'

type Found = (error: Error | null, address: string | LookupAddress[], family: number) => void

/** Kinds of the addresses sent to lately: Node tells an IPv6 address by a long regular expression. */
const kinds = new Map<string, number>()
const MOST_KINDS = 256

function kindOf(host: string): number {
  const known = kinds.get(host)
  if (known !== undefined) return known
  const kind = isIP(host)
  if (kinds.size >= MOST_KINDS) kinds.clear()
  kinds.set(host, kind)
  return kind
}

/** Names, which only servers of ours have, are looked up as ever. */
function find(host: string, family: LookupOptions, found: Found): void {
  const kind = kindOf(host)
  if (kind === 0) lookup(host, family, found)
  else if (host === '0.0.0.0' || host === '::')
    process.nextTick(found, null, host, kind) // of bind(), whose caller listens afterwards
  else found(null, host, kind)
}

type Making = { socketType: unknown; init(): Promise<void> }

let waited = 0
/** Of the datagram that is being told of just now: milliseconds since it came to this machine; 0 where nobody knows. */
export const waitedHere = (): number => waited

UdpTransport.init = async (type, options) => {
  const made = Reflect.construct(UdpTransport, [{ type, lookup: find }, options]) as UdpTransport
  const making = made as unknown as Making
  making.socketType = type
  await making.init()
  let from: readonly [host: string, port: number] = ['', 0]
  quicken(made.socket as unknown as QuickSocket, (data, host, port, since) => {
    if (host !== from[0] || port !== from[1]) from = [host, port]
    waited = since
    try {
      made.onData(data, from as [string, number])
    } catch {
      // As werift has it for its own listener: no datagram brings the house down.
    } finally {
      waited = 0
    }
  })
  return made
}
