// reset.ts — the factory reset, as root: empties the box when the mark says so. Run at the start of the machine, before anything reads what is
// to go (systemd/parlor-reset.service). On a card the machine then starts once more, as on its first day.
import { systemClock as clock } from '../lib/clock.ts'
import { seconds } from '../lib/unit.ts'
import { openJournal } from '../system/journal.ts'
import { run } from '../system/process.ts'
import { groundHere } from '../system/reset/here.ts'
import { readMark } from '../system/reset/mark.ts'
import { wipe } from '../system/reset/wipe.ts'
import { exitWith } from './start.ts'

async function main(): Promise<void> {
  const log = (await openJournal({ level: 'info', format: 'pretty' })).part('reset')
  const found = groundHere()
  const recordings = await readMark(found('').mark)
  if (recordings === null) return log.info('nothing is to be erased')
  const ground = found(recordings)
  const began = clock.now()
  await wipe({
    ground,
    trim: async (folder) => void (await run('fstrim', [folder], { timeLimit: seconds(60) })),
  })
  log.info('everything that people brought is erased', { tookMs: Math.round(clock.now() - began) })
  if (ground.after === 'restart') await run('systemctl', ['--no-block', 'reboot'], { timeLimit: seconds(20) })
}

if (import.meta.main) exitWith(main())
