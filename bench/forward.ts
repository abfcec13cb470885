// forward.ts — what it costs to pass one packet on: one sender, eight receivers, 2.5 Mb/s each, on this machine.
//
// What counts is the CPU time of the forwarding process, all threads, user and system, divided by the packets that went out; sender and receivers are
// elsewhere, and it is warm: a call lasts longer than it takes Node to compile what runs often. The ways take turns. A way whose library is not installed is left out, loudly.
// Twice: with pictures as a browser sends them, and with the same packets one by one, where nothing can be done together (forward/stream.ts).
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'
import { alone, type WayName } from './forward/alone.ts'
import { whyNoJanus } from './forward/janus.ts'
import { STACKS, type StackName, stackOf } from './forward/stack.ts'
import type { Shape } from './forward/stream.ts'

export const name = 'forward'

type Way = { readonly name: WayName; readonly whyNot: () => Promise<string | null> }

const WAYS: readonly Way[] = [
  ...STACKS.map((name) => ({ name, whyNot: () => whyNoStack(name) })),
  { name: 'janus', whyNot: async () => (await whyNoStack('node-datachannel')) ?? whyNoJanus() },
]

export async function run({ runs, say }: Context): Promise<Figure[]> {
  const took = new Map<Way, Record<Shape, number[]>>()
  for (const way of WAYS) {
    const why = await way.whyNot()
    if (why === null) took.set(way, { pictures: [], evenly: [] })
    else say(`LEFT OUT: ${way.name}: ${why}`)
  }
  for (let i = 0; i < runs; i++) {
    for (const shape of ['pictures', 'evenly'] as const) {
      for (const [way, all] of took) {
        const { perPacket, packets } = await alone(way.name, shape)
        all[shape].push(perPacket)
        say(`run ${i + 1} of ${runs}, ${shape}, ${way.name}: ${perPacket.toFixed(1)} us for each of ${packets} packets`)
      }
    }
  }
  const figure = (title: string, shape: Shape): Figure => {
    const { ours = [], ...peers } = Object.fromEntries([...took].map(([way, all]) => [way.name, all[shape]]))
    return figureOf(title, 'us', 'less', ours, peers)
  }
  return [figure('cpu per packet', 'pictures'), figure('cpu per packet, one by one', 'evenly')]
}

async function whyNoStack(stack: StackName): Promise<string | null> {
  try {
    await stackOf(stack)
    return null
  } catch (error) {
    return `it cannot be loaded here: ${error instanceof Error ? error.message : String(error)}`
  }
}
