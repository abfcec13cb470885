// recorder.ts — a process that records into a folder until it is killed, and tells how many updates it has been given before each next one.

import { openStore } from '../../../src/broadcast/store/store.ts'
import { openMediaFolder } from '../../../src/system/media-folder.ts'
import { quietLog } from '../../fake/quiet.ts'
import { unit } from './coded.ts'
import { making } from './making.ts'

const { program, live } = making()
const [, , path = ''] = process.argv
const folder = await openMediaFolder(path)
const store = await openStore({
  folder,
  program: program.id,
  limit: 1e9,
  reel: 300_000,
  onStopped: () => process.exit(1),
  log: quietLog().log,
})
const fat = (i: number) => Buffer.concat([unit(i, i % 60 === 0), Buffer.alloc(4000, 1 + (i % 200))])
let given = 0
for (;;) {
  for (const update of live(0.2, fat)) {
    store.update(update)
    given++
    await new Promise((done) => setTimeout(done, 20))
    // The one before this has had its 20 ms and more: only the newest may be lost.
    process.send?.(given - 1)
  }
}
