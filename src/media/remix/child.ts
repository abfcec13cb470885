// child.ts — a process that plays one pipeline of a remix to its end, and says how far it is. It dies with its parent.
import { collect } from '../../lib/collect.ts'
import { runChild } from '../child.ts'
import { openPipeline, type Pipeline } from '../gst.ts'
import { rendered } from '../screen/stage.ts'

export type RemixOrder = { readonly do: 'play'; readonly launch: string }
export type RemixNews =
  /** Buffers that came out so far. */
  { readonly is: 'at'; readonly count: number } | { readonly is: 'done' } | { readonly is: 'failed'; readonly why: string }

let pipeline: Pipeline | null = null
let count = 0

const look = (): number => {
  if (pipeline) count = rendered(pipeline, 'count')
  return count
}

runChild<RemixOrder, RemixNews>({
  evidence: () => ({ in: count, out: count }),
  onStop: () => pipeline?.stop(),
  onOrder: ({ launch }, say) => {
    const watch = setInterval(() => say({ is: 'at', count: look() }), 500)
    const end = (news: RemixNews): void => {
      clearInterval(watch)
      pipeline = null
      collect()
      say(news)
    }
    const playing = openPipeline(launch)
    pipeline = playing
    playing.onBus((event) => {
      if (event.type === 'error') end({ is: 'failed', why: `${event.source}: ${event.message}` })
      if (event.type === 'eos') end({ is: 'done' })
    })
    playing.play()
  },
})
