// child.ts — the process that makes one certificate, and ends.
import type { MakeNews, MakeOrder } from './apart.ts'
import { inHere } from './maker.ts'

const say = (news: MakeNews): void => void process.send?.(news, () => process.disconnect())

process.once('message', (message) => {
  const order = message as MakeOrder
  const made = order.make === 'authority' ? inHere.authority(order.names) : inHere.server(order.authority, order.names, order.today)
  made.then(
    (done) => say({ is: 'made', made: done }),
    (error: unknown) => say({ is: 'failed', why: error instanceof Error ? error.message : String(error) }),
  )
})
