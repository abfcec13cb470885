// child.ts — a worker that does as it is told: works, throws, hangs, or takes without giving.
import { runChild } from '../../../src/media/child.ts'

type Order = { readonly do: 'remember'; readonly word: string } | { readonly do: 'throw' | 'hang' | 'stall' | 'echo' }
export type News = { readonly words: readonly string[]; readonly threads: string; readonly bytes: Uint8Array; readonly secret: string }
export type { Order }

const words: string[] = []
let stalled = false
let turns = 0
let given = 0
const timer = setInterval(() => {
  turns++
  if (!stalled) given++
}, 20)

runChild<Order, News>({
  onOrder: (order, say) => {
    switch (order.do) {
      case 'remember':
        words.push(order.word)
        return
      case 'echo':
        say({
          words,
          threads: process.env.UV_THREADPOOL_SIZE ?? '',
          bytes: Uint8Array.of(1, 2, 3),
          secret: process.env.PARLOR_SECRET ?? '',
        })
        return
      case 'throw':
        throw new Error('as it was told')
      case 'hang':
        for (;;);
      case 'stall':
        stalled = true
    }
  },
  evidence: () => ({ in: turns, out: given }),
  onStop: () => clearInterval(timer),
})
