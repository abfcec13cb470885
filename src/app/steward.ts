// steward.ts — the steward: does for the daemon, which has no rights, what needs root's. The table of who does which order.
//
//   scripts/parlor-steward           started by systemd when somebody asks (parlor-steward.socket); PARLOR_STEWARD_SOCKET=PATH: listens there itself
import { join } from 'node:path'
import { systemClock as clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import { seconds } from '../lib/unit.ts'
import { openJournal } from '../system/journal.ts'
import { networkDoers } from '../system/network/doers.ts'
import { networkGround } from '../system/network/ground.ts'
import { Networks } from '../system/network/nm.ts'
import { run } from '../system/process.ts'
import { machineDoers } from '../system/reset/doers.ts'
import { groundHere } from '../system/reset/here.ts'
import { slotsDoers } from '../system/slots/doers.ts'
import { slotsHere } from '../system/slots/ground.ts'
import type { Doers } from '../system/steward/orders.ts'
import { handedOver, REST, serve } from '../system/steward/server.ts'
import { updateDoers } from '../system/update/doers.ts'
import { exitWith } from './start.ts'
import { versionAt } from './version.ts'

const ROOT = join(import.meta.dirname, '../..')
/** The partition for state: /etc only shows what of it is NetworkManager's. */
const STATE = '/state'

async function main(): Promise<void> {
  const log = (await openJournal({ level: 'info', format: 'pretty' })).part('steward')
  const path = process.env.PARLOR_STEWARD_SOCKET
  const where = handedOver(process.env, process.pid) ?? (path ? { path } : null)
  // Commands that it runs are handed no socket.
  delete process.env.LISTEN_FDS
  delete process.env.LISTEN_PID
  if (!where) throw new Refusal('bad-config', 'systemd handed over no socket, and PARLOR_STEWARD_SOCKET is not set')
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopped.abort())
  const version = await versionAt(ROOT)
  const doers: Doers = {
    hello: async () => ({ version }),
    ...slotsDoers(slotsHere),
    ...updateDoers(),
    ...networkDoers(new Networks(networkGround(join(STATE, 'network'))), STATE),
    ...machineDoers({
      mark: groundHere()('').mark,
      systemctl: (words) => run('systemctl', words, { timeLimit: seconds(20) }),
    }),
  }
  const onOrder = (order: string) => log.info('an order', { order })
  const onBug = (error: unknown) => log.error('an order failed by a mistake of ours', error)
  await serve({ where, clock, rest: REST, doers, onOrder, onBug }, stopped.signal)
}

if (import.meta.main) exitWith(main())
