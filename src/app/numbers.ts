// numbers.ts — the numbers of the box for Prometheus, gathered from its parts.
import { metricsText } from '../control/metrics.ts'
import { ProcessNumbers } from '../control/metrics-process.ts'
import type { Announces } from '../control/outside.ts'
import type { Scope } from '../lib/scope.ts'
import type { Patch } from './patch.ts'
import type { Rooms } from './rooms.ts'
import type { Status } from './status.ts'

type Fallible = { readonly pid: number | undefined; readonly fell: number }
type Parts = {
  readonly status: () => Status
  readonly missed: () => number
  readonly phones: () => number
  readonly rooms: Rooms
  readonly patch: Patch
  readonly workers: Readonly<Record<string, Fallible>>
  readonly broker: () => { readonly clients: number; readonly retained: number; readonly rooms: number }
  readonly home: () => Announces
  readonly scope: Scope
}

/** Gives the page of numbers whenever it is asked. */
export function countNumbers({ status, missed, phones, rooms, patch, workers, broker, home, scope }: Parts): () => string {
  const own = new ProcessNumbers()
  own.open()
  scope.defer(() => own.close())
  return () => {
    const { version, inCall, actual, people, notices } = status()
    const stateOf = (peer: string) => people.find((person) => person.peer === peer)?.state ?? 'arriving'
    return metricsText({
      ...own.read(),
      version,
      inCall,
      muted: actual.muted,
      shutter: actual.shutter,
      people: people.length,
      missed: missed(),
      notices: notices.length,
      phones: phones(),
      links: patch.links.map(({ peer, stats }) => ({
        peer,
        state: stateOf(peer),
        way: stats?.way ?? null,
        rtt: stats?.roundTrip ?? null,
        lost: stats?.lines.camera.fractionLost ?? null,
        heard: null,
        sent: null,
      })),
      workers: Object.entries(workers).map(([name, { pid, fell }]) => ({ name, runs: pid !== undefined, restarts: fell })),
      refused: { call: rooms.refused(), home: home().refused() },
      packets: packetsOf(patch),
      broker: broker(),
      homeUp: home().homeUp,
    })
  }
}

/** Of the links that are there now. */
function packetsOf({ links }: Patch): Record<string, number> {
  const sum: Record<string, number> = { sent: 0, received: 0 }
  const add = (way: string, packets: number) => {
    sum[way] = (sum[way] ?? 0) + packets
  }
  for (const { stats } of links)
    for (const [name, line] of Object.entries(stats?.lines ?? {})) {
      add('sent', line.packetsSent)
      add('received', line.packetsReceived)
      add(`${name} received`, line.packetsReceived)
    }
  return sum
}
