// ice.ts — keeps the guard in front of every socket of a connection, and werift's ICE from asking strangers.
import type { RTCPeerConnection } from 'werift'
import type { IceServer } from '../transport.ts'
import { Guard } from './guard.ts'
import type { Odd } from './odd.ts'

type Agent = RTCPeerConnection['iceTransports'][number]['connection']
type Socket = { onData: (data: Buffer, from: readonly [string, number]) => void }
type Protocol = { readonly type: string; readonly transport?: Socket }

/** How long a peer may need to repeat the end of its handshake. */
const SETTLE_MS = 5000
/** Sockets are opened while werift gathers, and it does not say when: a look this often, and at every candidate. */
const LOOK_MS = 20

export function guardSockets(pc: RTCPeerConnection, odd: Odd, iceServers: readonly IceServer[]) {
  const guards = new Map<Agent, Guard>()
  const guarded = new WeakSet<Socket>()
  const wantsStun = iceServers.some(({ urls }) => urls.startsWith('stun'))
  const timers = new Set<NodeJS.Timeout>()
  let isConnected = false

  const look = (): void => {
    for (const { connection } of pc.iceTransports) {
      // Without one of ours, werift would ask a STUN server on the internet who we are.
      if (!wantsStun) Object.assign(connection, { stunServer: undefined })
      const guard = guards.get(connection) ?? new Guard(connection, odd)
      if (isConnected && !guards.has(connection)) guard.settled()
      guards.set(connection, guard)
      for (const { type, transport } of (connection as unknown as { protocols: readonly Protocol[] }).protocols) {
        if (type !== 'stun' || !transport || guarded.has(transport)) continue
        guarded.add(transport)
        const inner = transport.onData
        transport.onData = (data, from) => {
          if (guard.lets(data, `${from[0]}|${from[1]}`)) inner(data, from)
        }
      }
    }
  }
  const every = setInterval(look, LOOK_MS)
  timers.add(every)
  pc.iceGatheringStateChange.subscribe(look)
  pc.onIceCandidate.subscribe(look)
  pc.signalingStateChange.subscribe(look)
  look()

  return {
    /** New sockets and passwords come with the next offer. */
    restart: (): void => look(),
    connected: (): void => {
      look()
      clearInterval(every)
      if (isConnected) return
      isConnected = true
      for (const guard of guards.values()) guard.connected()
      const settled = setTimeout(() => {
        for (const guard of guards.values()) guard.settled()
      }, SETTLE_MS)
      settled.unref()
      timers.add(settled)
    },
    close: (): void => {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}
