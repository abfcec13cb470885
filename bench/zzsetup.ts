import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CAST, person } from '../test/e2e/kit/browser.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import type { Figure } from './figure.ts'
import { addProbe, readProbe, resetProbe } from './peer/probe.ts'
export const name = 'zzsetup'
export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const stage = await Stage.open()
  scope.defer(() => stage[Symbol.asyncDispose]())
  const { box, browser } = stage
  const ada = await person(browser, CAST[0])
  await addProbe(ada.page)
  await ada.open(await box.room())
  await box.exit()
  const windows: any[] = []
  const perf = spawn('perf', ['record', '-a', '-k', 'CLOCK_MONOTONIC', '-F', '4000', '-o', '/tmp/w/prof/setup.data'], { stdio: 'ignore' })
  await sleep(1000)
  const epoch = Date.now() - Number(process.hrtime.bigint()) / 1e6
  for (let i = 0; i < runs + 1; i++) {
    await box.enter()
    await resetProbe(ada.page)
    await ada.press('join')
    const t = await readProbe(ada.page)
    const origin = await ada.page.evaluate(() => performance.timeOrigin)
    await ada.sees(BOX.name, 'live')
    await ada.leave()
    await box.exit()
    await sleep(500)
    say(`${(t.channel - t.start).toFixed(0)} ${(t.frame - t.start).toFixed(0)}`)
    if (i > 0) windows.push({ start: t.start + origin - epoch, channel: t.channel + origin - epoch, frame: t.frame + origin - epoch })
  }
  perf.kill('SIGINT')
  await sleep(3000)
  const ps = await box.processes()
  writeFileSync('/tmp/w/prof/windows.json', JSON.stringify({ windows, ps }))
  return []
}
