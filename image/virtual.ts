// virtual.ts — what a virtual Pi is made of that starts from its card (hw/virtual/machine.ts).
import { join } from 'node:path'
import { kernelPart, type Parts, rigPart } from '../hw/virtual/parts.ts'
import { virtual } from './board.ts'
import { card, type Wishes } from './recipe.ts'

/** Everything, made where it is missing. The kernel lies on the card, and is found there. */
export async function cardParts(wishes: Wishes = {}): Promise<Parts> {
  const { image } = await card(virtual, wishes)
  const rig = await rigPart(await kernelPart())
  return { kernel: null, start: join(rig, 'start'), disk: image }
}
