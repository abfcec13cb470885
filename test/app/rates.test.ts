// The encoder follows what the links carry, and a link too narrow for any picture keeps its sound.
import { describe, expect, it } from 'vitest'
import { type MediaLink, Patch } from '../../src/app/patch.ts'
import { LOOK, mostOf, Rates, type Watched } from '../../src/app/rates.ts'
import { Seats } from '../../src/app/seats.ts'
import { SURE } from '../../src/call/adapt/probing.ts'
import type { PeerId } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps } from '../../src/lib/unit.ts'

const [ann, bo] = ['ann', 'bo'] as [PeerId, PeerId]

function box(hasSmall = false, most = kbps(1500)) {
  const clock = new FakeClock()
  const set: number[] = []
  const shown = new Map<PeerId, number | null>()
  const small: Array<number | null> = []
  let links: Watched[] = []
  const rates = new Rates({
    links: () => links,
    speaking: () => new Set(),
    show: (peer, is) => void shown.set(peer, is),
    setRate: (rate) => void set.push(rate),
    setSmall: (rate) => void small.push(rate),
    hasSmall: () => hasSmall,
    most,
    clock,
  })
  const look = async (...now: ReadonlyArray<readonly [PeerId, number | null]>) => {
    links = now.map(([peer, target]) => ({ peer, target, acked: target }))
    await clock.advance(LOOK)
    rates.look()
  }
  return { rates, look, set, shown, small }
}

describe('the rate of the camera', () => {
  it.each([100, 1500, 10_000])(
    'is all %s kb/s that the settings allow, on a link that carries what links are asked for',
    async (allowed) => {
      const { look, set } = box(false, kbps(allowed))
      await look([ann, mostOf(kbps(allowed)) * SURE])
      await look([ann, mostOf(kbps(allowed)) * SURE * 0.9]) // repairs are taken off
      expect(set.filter((rate) => rate !== kbps(allowed))).toEqual([])
    },
  )
  it('is what the settings say while nobody is here, and while nothing is known of a link', async () => {
    const { look, set } = box()
    await look()
    await look([ann, null])
    expect(set).toEqual([])
  })
  it('follows the poorest who is shown it, less sound and headers, and goes back when they leave', async () => {
    const { look, set } = box()
    await look([ann, 5_000_000])
    expect(set).toEqual([])
    await look([ann, 5_000_000], [bo, 680_000])
    expect(set).toEqual([546_840])
    await look([ann, 5_000_000], [bo, 690_000])
    expect(set, 'a little more is not worth a word').toEqual([546_840])
    await look([ann, 5_000_000])
    expect(set).toEqual([546_840, 1_500_000])
  })
  it('keeps the sound of who has room for no picture, and does not spoil the picture of the others', async () => {
    const { look, set, shown } = box()
    await look([ann, 3_000_000], [bo, 110_000])
    expect([shown.get(ann), shown.get(bo)]).toEqual([0, null])
    expect(set).toEqual([])
  })
  it('makes a small picture for who cannot take the whole one, while somebody needs it', async () => {
    const { look, set, shown, small } = box(true)
    await look([ann, 3_000_000], [bo, 380_000])
    expect([shown.get(ann), shown.get(bo)]).toEqual([0, 1])
    expect([set, small]).toEqual([[], [267_840]])
    for (let passed = 0; passed <= 2500; passed += LOOK) await look([ann, 3_000_000], [bo, 3_000_000])
    expect([shown.get(bo), set, small]).toEqual([0, [], [267_840, 540_000, null]])
  })
  it('shows a small picture to who has 200 kb/s with all that goes over the wire', async () => {
    const { look, shown, small } = box(true)
    await look([ann, 190_000])
    expect([shown.get(ann), small]).toEqual([1, [115_320]])
  })
  it('shares the line of this home: two who lose at once get together what went through', async () => {
    const { look, set } = box()
    await look([ann, 1_500_000], [bo, 1_500_000])
    await look([ann, 700_000], [bo, 700_000])
    await look([ann, 1_400_000], [bo, 1_400_000])
    expect(set.at(-1)).toBeLessThan(700_000)
  })
})

describe('the patch panel', () => {
  it('hides the camera from one, and shows it again from a keyframe on', () => {
    const went: string[] = []
    const link = (name: string): MediaLink => ({ sendRtp: (line) => void went.push(`${name} ${line}`), askKeyframe() {} })
    const patch = new Patch({ seats: new Seats(), screen: { rtp() {} }, sound: { rtp() {} } })
    patch.plug(ann, link('ann'))
    patch.plug(bo, link('bo'))
    const [key, other] = [0x65, 0x61].map((unit) => Buffer.concat([Buffer.alloc(12), Buffer.from([unit, 0])]))
    const shoot = (packet: Buffer | undefined) => packet && patch.fromCamera(packet)
    expect(patch.show(bo, 0), 'it is shown already').toBe(false)
    expect(patch.show(bo, null)).toBe(false)
    shoot(key)
    patch.fromMicrophone(Buffer.alloc(12))
    expect(went.splice(0)).toEqual(['ann camera', 'ann audio', 'bo audio'])
    expect(patch.show(bo, 0)).toBe(true)
    expect(patch.show(bo, 0), 'asked once').toBe(false)
    shoot(other)
    shoot(key)
    shoot(other)
    expect(went.splice(0)).toEqual(['ann camera', 'ann camera', 'bo camera', 'ann camera', 'bo camera'])
    expect(patch.show(bo, 1), 'the small picture').toBe(true)
    const shootSmall = (packet: Buffer | undefined) => packet && patch.fromSmall(packet)
    shootSmall(other)
    shoot(other)
    shootSmall(key)
    shoot(other)
    shootSmall(other)
    expect(went, 'the whole one until the small one begins anew').toEqual([
      'ann camera',
      'bo camera',
      'bo camera',
      'ann camera',
      'bo camera',
    ])
  })
})
