// Captions on the viewer's page: what stands under the picture at a moment, now or then, and what is fetched for it.
import { describe, expect, it } from 'vitest'
import { CAPTIONS_TRACK } from '../../../src/broadcast/captions.ts'
import { CaptionReel } from '../../../src/web/pages/view/captions.ts'
import type { TrackInit } from '../../../src/wire/manifest.ts'
import type { ObjectName } from '../../../src/wire/object.ts'
import { making, NOW } from '../../broadcast/kit/making.ts'

/** Twenty seconds with a caption at 3 s and another at 12 s, each for 4 s. */
function story() {
  const { program, live } = making()
  const say = (text: string) => program.caption({ text, stands: 4000, language: 'de', label: 'Deutsch' })
  const updates = live(3)
  say('Guten Abend')
  updates.push(...live(9))
  say('und\nwillkommen')
  updates.push(...live(8))
  return updates
}
const settled = (): Promise<void> => new Promise((done) => setImmediate(done))
const at = (second: number): number => NOW + 40 + second * 1000

/** A page that has heard of all of it. @param give what is fetched; null: it is not to be had */
function reel(give: (bytes: Uint8Array) => Uint8Array | null = (bytes) => bytes) {
  const updates = story()
  const objects = new Map(updates.flatMap((update) => update.objects.map(({ promise, bytes }) => [promise.name, bytes] as const)))
  const fetched: ObjectName[] = []
  let changes = 0
  const page = new CaptionReel(() => changes++)
  let init: TrackInit | undefined
  const play = (): void => {
    for (const { entry } of updates) {
      init = entry.inits.find(({ track }) => track === CAPTIONS_TRACK) ?? init
      for (const part of entry.parts) {
        const { name } = part.object
        const get = async () => {
          fetched.push(name)
          return give(objects.get(name) ?? new Uint8Array())
        }
        if (part.track === CAPTIONS_TRACK && init) page.hear(part, init, get)
      }
    }
  }
  play()
  const read = async (second: number): Promise<string | undefined> => {
    page.at(at(second), true)
    await settled()
    return page.at(at(second), true)?.text
  }
  return { page, read, fetched, play, changes: () => changes }
}

describe('captions on the page', () => {
  it('stand there from when they were said until their time is over, at any moment that is looked at', async () => {
    const { read } = reel()
    const seen = []
    for (const second of [13, 2.5, 5, 3.3, 9, 15.5, 18]) seen.push([second, await read(second)])
    expect(seen).toEqual([
      [13, 'und\nwillkommen'],
      [2.5, ''],
      [5, 'Guten Abend'],
      [3.3, 'Guten Abend'],
      [9, ''],
      [15.5, 'und\nwillkommen'],
      [18, ''],
    ])
  })
  it('are told in their language also while nobody wants to read, and nothing is fetched then', async () => {
    const { page, fetched } = reel()
    expect(page.at(at(5), false)).toEqual({ language: 'de', label: 'Deutsch', text: '' })
    await settled()
    expect(fetched).toEqual([])
  })
  it('are none where the program has none', async () => {
    const { page } = reel()
    expect(page.at(at(300), true)).toBeNull()
    expect(new CaptionReel(() => {}).at(NOW, true)).toBeNull()
  })
  it('are fetched once each, near the moment that is shown, and silence not at all', async () => {
    const { read, fetched, play, changes } = reel()
    for (const second of [4, 4.2, 5, 6]) await read(second)
    play()
    for (const second of [5, 6]) await read(second)
    expect(new Set(fetched).size).toBe(fetched.length)
    expect(fetched.length).toBeLessThanOrEqual(10)
    expect(changes()).toBe(fetched.length)
  })
  it('are nothing where the bytes are not captions, or do not come', async () => {
    for (const give of [() => null, () => new TextEncoder().encode('<script>'), () => new Uint8Array(9)]) {
      const { read } = reel(give)
      expect(await read(5)).toBe('')
    }
  })
})
