// mesh.ts — six in a call: what the box's daemon spends on packets. Five people, each sending and getting pictures of 1 Mb/s and sound; the box's
// own camera and microphone come in over loopback, and everything that comes from people goes out over loopback, as in the product.
//
// The daemon's packet path runs in a process of its own (patch panel and ports as in the product), and its CPU is counted, all threads, in
// milliseconds of CPU for each second of the call. Beside it stands the same path over werift's own connections. In turns.
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'
import { measure } from './mesh/measure.ts'

export const name = 'mesh'

export async function run({ runs, say }: Context): Promise<Figure[]> {
  const took = { ours: [] as number[], werift: [] as number[] }
  for (let i = 0; i < runs; i++) {
    for (const stack of ['ours', 'werift'] as const) {
      const cpu = await measure(stack)
      took[stack].push(cpu)
      say(`run ${i + 1} of ${runs}, ${stack}: ${cpu.toFixed(0)} ms of CPU in a second`)
    }
  }
  return [figureOf('daemon cpu', 'ms/s', 'less', took.ours, { werift: took.werift })]
}
