// boot.ts — how long the card takes from the first moment of its kernel to a box that is ready, and what it waits for meanwhile. On the virtual
// Pi: an upper bound for a PC whose system calls are ten times as slow as a Pi's; what is compared is one state of the sources with another.
import { bootVirtualPi } from '../test/virtual/kit/pi.ts'
import { boxWith } from '../test/virtual/kit/settings.ts'
import { chainIn, momentsIn } from './boot/chain.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'

export const name = 'boot'

const PATIENCE = 180_000

export async function run({ runs, say }: Context): Promise<Figure[]> {
  const times = { ready: [] as number[], userspace: [] as number[], before: [] as number[], own: [] as number[] }
  for (let i = 0; i < runs; i++) {
    await using pi = await bootVirtualPi({ name: 'bench-boot', card: true, files: boxWith() })
    await pi.must(`until systemctl is-active -q parlor.service; do sleep 1; done`, PATIENCE)
    // The first start of a card makes what later ones find; people wait for the later ones.
    await pi.halt()
    await pi.boot(PATIENCE)
    await pi.must(`until systemctl is-active -q parlor.service; do sleep 1; done`, PATIENCE)
    const said = await pi.must(
      'systemctl show -p UserspaceTimestampMonotonic; systemctl show parlor.service -p InactiveExitTimestampMonotonic -p ActiveEnterTimestampMonotonic',
    )
    const { userspace, started, ready } = momentsIn(said)
    times.ready.push(ready)
    times.userspace.push(userspace)
    times.before.push(started - userspace)
    times.own.push(ready - started)
    const chain = chainIn(await pi.must('systemd-analyze critical-chain --no-pager parlor.service'))
    say(`run ${i + 1} of ${runs}: ready after ${ready.toFixed(1)} s; it waited for`)
    for (const { unit, at, took } of chain)
      say(`  ${unit.padEnd(40)} ${at === null ? '' : `at ${at.toFixed(2)} s`} ${took === null ? '' : `took ${took.toFixed(2)} s`}`)
    if (i === 0) say((await pi.must('systemd-analyze blame --no-pager')).split('\n').slice(0, 15).join('\n'))
  }
  return [
    figureOf('boot to ready', 's', 'less', times.ready, {}),
    figureOf('kernel and first program', 's', 'less', times.userspace, {}),
    figureOf('system before Parlor', 's', 'less', times.before, {}),
    figureOf('Parlor, start to ready', 's', 'less', times.own, {}),
  ]
}
