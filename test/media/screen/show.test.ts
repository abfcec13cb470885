import { expect, test } from 'vitest'
import type { Scene } from '../../../src/media/scene.ts'
import { GROUND } from '../../../src/media/screen/launch.ts'
import { sizeOf } from '../../../src/media/screen/painter.ts'
import { Show } from '../../../src/media/screen/show.ts'
import { aScene, aTile } from '../scenes.ts'

const seat = {
  showing: 'empty' as const,
  fill() {},
  empty() {},
  place: () => ({ x: 0, y: 0, width: 2, height: 2 }),
  look: () => ({ news: null, moved: false }),
}

/** A show that draws nothing; `grounds` are the pictures that its stage was given for the ground, with a byte of the painting. */
function aShow() {
  const grounds: Array<{ readonly raw: Buffer; readonly byte: number | undefined }> = []
  let paintings = 0
  const stage = {
    turn() {},
    place() {},
    depth() {},
    hide() {},
    draw: (input: number, raw: Buffer) => void (input === GROUND && grounds.push({ raw, byte: raw[0] })),
  }
  const painter = {
    paint: async (_svg: string, width: number, height: number) => Buffer.alloc(sizeOf(width, height), ++paintings),
    painted: () => null,
    learn: async () => false,
  }
  const show = new Show({ stage, seats: Array.from({ length: 7 }, () => seat), painter, tell: () => {} })
  const shows = async (scene: Scene) => {
    show.show(scene, 0)
    await new Promise(setImmediate) // nothing here waits for longer than a turn
  }
  return { grounds, shows }
}

test('the ground is drawn from the same memory, however often it is painted: a picture is 3 MB', async () => {
  const { grounds, shows } = aShow()
  for (let i = 0; i < 20; i++)
    await shows(aScene(2, { people: [aTile(1, { name: String.fromCharCode(65 + i), camera: false }), aTile(2)] }))
  expect(grounds.length).toBe(20)
  expect(new Set(grounds.map(({ raw }) => raw.buffer)).size).toBe(1)
  expect(new Set(grounds.map(({ byte }) => byte)).size).toBe(20)
})

test('a frame around who speaks is drawn onto the ground, and gone when somebody else speaks', async () => {
  const { grounds, shows } = aShow()
  const speaking = (who: number) => aScene(2, { people: [1, 2].map((s) => aTile(s, { speaking: s === who })) })
  const drawn: string[] = []
  for (const who of [0, 1, 2, 0]) {
    await shows(speaking(who))
    drawn.push(grounds.at(-1)?.raw.toString('latin1') ?? '')
  }
  expect(new Set(drawn.slice(0, 3)).size).toBe(3)
  expect(drawn[3]).toBe(drawn[0])
})
