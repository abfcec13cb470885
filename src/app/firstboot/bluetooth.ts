// bluetooth.ts — puts the set-up by Bluetooth together: Improv, and the way to bluetoothd. Nothing is opened before the TV's card asks for it.
import type { Config } from '../../core/config.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Scope } from '../../lib/scope.ts'
import { openBus, SYSTEM_BUS } from '../../system/bluetooth/bus.ts'
import { goOnAir } from '../../system/bluetooth/peripheral.ts'
import type { Release } from '../../system/release.ts'
import type { FirstBoot } from '../firstboot.ts'
import { Improv } from './improv.ts'

type Parts = {
  readonly config: Pick<Config, 'box' | 'web'>
  readonly firstBoot: FirstBoot
  readonly release: Release
  /** A host name or an address under which others at home find the box. */
  readonly page: () => string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

/** It runs until the scope is closed. */
export function openImprov({ config, firstBoot, release, page, clock, log, scope }: Parts): void {
  const improv = new Improv({
    setup: firstBoot,
    goOnAir: async (peripheral, signal) => await goOnAir(await openBus(SYSTEM_BUS, signal), peripheral, log, signal),
    name: config.box.name,
    version: release.version,
    board: release.board,
    page: () => {
      const host = page()
      return host ? `https://${host}:${config.web.https}/remote` : null
    },
    clock,
    log,
    signal: scope.signal,
  })
  const running = improv.run()
  scope.defer(() => running)
}
