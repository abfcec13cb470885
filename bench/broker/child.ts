// child.ts — the broker inside, alone in a process, as a rendezvous has it. Tells its port, and when asked what it has used.
import { openBroker } from '../../src/control/broker.ts'
import { systemClock as clock } from '../../src/lib/clock.ts'
import { errorsOnly as log } from '../../test/fake/quiet.ts'

export type Used = {
  /** Resident, MB, after what can be thrown away was thrown away. */
  readonly rss: number
  /** Milliseconds of a processor since the start. */
  readonly cpu: number
  readonly clients: number
}

const broker = await openBroker({ clock, log, limits: { clients: 20_000 } })
const { port } = await broker.listen('127.0.0.1', 0)
process.on('message', () => {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const used: Used = { rss: process.memoryUsage.rss() / 1e6, cpu: (user + system) / 1000, clients: broker.counts().clients }
  process.send?.(used)
})
process.on('disconnect', () => process.exit(0))
process.send?.({ port })
