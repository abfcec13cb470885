// writes.ts — what a box at rest writes to its card, by partition, and who: a card wears out by writing. `--minutes 60` is the whole measure; five
// minutes show who writes often.
import { bootVirtualPi } from '../test/virtual/kit/pi.ts'
import { boxWith, NO_TV } from '../test/virtual/kit/settings.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'
import { between, megabytesADay, writtenIn } from './writes/diskstats.ts'

export const name = 'writes'

const DISK = 'ubda'
const MINUTES = 10
/** What the start has dirtied is on the card by then. */
const SETTLED_S = 100

export async function run({ minutes, scope, say }: Context): Promise<Figure[]> {
  const pi = await bootVirtualPi({ name: 'bench-writes', card: true, files: boxWith(NO_TV) })
  scope.defer(() => pi[Symbol.asyncDispose]())
  await pi.must('until systemctl is-active -q parlor.service; do sleep 1; done', 180_000)
  const uptime = async () => Number((await pi.file('/proc/uptime')).split(' ')[0])
  const rest = async (seconds: number) => {
    // Time as the box has it, which a busy machine makes longer.
    for (const end = (await uptime()) + seconds; (await uptime()) < end; ) await new Promise((done) => setTimeout(done, 5000))
  }
  await rest(SETTLED_S)
  await pi.must('sync; touch /run/bench-began')
  const [began, before] = [await uptime(), writtenIn(await pi.file('/proc/diskstats'), DISK)]
  const total = (minutes ?? MINUTES) * 60
  const each = Math.min(total, 300)
  for (let left = total; left > 0; left -= each) {
    await rest(Math.min(each, left))
    const soFar = between(before, writtenIn(await pi.file('/proc/diskstats'), DISK)).get(DISK) ?? 0
    say(`after ${(((await uptime()) - began) / 60).toFixed(0)} minutes: ${(soFar / 1024).toFixed(0)} KB`)
  }
  const took = (await uptime()) - began
  const written = between(before, writtenIn(await pi.file('/proc/diskstats'), DISK))
  for (const [partition, bytes] of written) if (bytes > 0) say(`${partition}: ${(bytes / 1024).toFixed(0)} KB`)
  const changed = await pi.must('find /state /media/parlor -xdev -newer /run/bench-began -printf "%T+ %s %p\\n" | sort')
  say(changed.trim() === '' ? 'no file has changed' : `what has changed:\n${changed}`)
  return [figureOf('written at rest', 'MB a day', 'less', [megabytesADay(written.get(DISK) ?? 0, took)], {})]
}
