// audience-child.ts — some viewers in a process of their own. Says 'seated' when all have begun; told 'end', says what they saw and is gone.
//
// node audience-child.ts PORT PATH COUNT, with an IPC channel
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kept, view } from './viewer.ts'

const [port = '', path = '', count = ''] = process.argv.slice(2)
const over = new AbortController()
process.on('disconnect', () => process.exit(0))
process.on('message', () => over.abort())

/** They come one after the other, as people do. */
const PAUSE_MS = 40
const viewers: Array<Promise<Kept>> = []
for (let i = 0; i < Number(count); i++) {
  viewers.push(view(Number(port), path, over.signal))
  await sleep(PAUSE_MS)
}
process.send?.('seated')
process.send?.(await Promise.all(viewers), () => process.exit(0))
