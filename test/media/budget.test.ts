import { describe, expect, it } from 'vitest'
import { BUDGET, coarsen, cost, LEVEL_4, lowerPictures, pictureFor, programPictures, RUNGS, share } from '../../src/media/budget.ts'

const picture = (width: number, height: number, fps: number) => ({ width, height, fps })
const full = picture(1920, 1080, 30)
const hd = picture(1280, 720, 30)
const small = picture(640, 360, 15)

describe('what the encoder of a Pi 4 takes', () => {
  it('is counted in macroblocks of 16 x 16, where a part of one is a whole one', () => {
    expect([full, hd, small, picture(1, 1, 1), picture(17, 16, 1)].map(cost)).toEqual([244_800, 108_000, 13_800, 1, 2])
  })
  it('is 1080p30, or 720p60, and nothing more', () => {
    expect(LEVEL_4).toBe(245_760)
    expect(coarsen(full, LEVEL_4)).toEqual(full)
    expect(coarsen(picture(1280, 720, 60), LEVEL_4)).toEqual(picture(1280, 720, 60))
    expect(coarsen(picture(1920, 1080, 31), LEVEL_4)).toEqual(full)
    expect(coarsen(picture(1920, 1080, 60), LEVEL_4)).toEqual(full)
  })
  it('is no picture of more than 8192 macroblocks, and no side above 1920, however slow', () => {
    expect(coarsen(picture(1920, 1920, 10), LEVEL_4)).toEqual(picture(1440, 1440, 10))
    expect(coarsen(picture(3840, 2160, 10), LEVEL_4)).toEqual(picture(1920, 1080, 10))
    expect(coarsen(picture(2048, 512, 10), LEVEL_4)).toEqual(picture(1536, 384, 10))
  })
  it('is never fewer than ten frames a second, where it would stall', () => {
    expect(coarsen(picture(640, 360, 5), LEVEL_4)?.fps).toBe(10)
  })
})

describe('what does not fit', () => {
  it('first loses the frames beyond 30 a second, then size, then frames', () => {
    expect(coarsen(hd, 100_000)).toEqual(picture(960, 540, 30))
    expect(coarsen(picture(1280, 720, 60), 200_000)).toEqual(hd)
    expect(coarsen(hd, 20_000)).toEqual(picture(480, 270, 30))
    expect(coarsen(hd, 5_000)).toEqual(picture(320, 180, 15))
  })
  it('keeps its shape and even sizes', () => {
    for (const left of [3_000, 10_000, 30_000, 60_000, 90_000, 200_000])
      for (const wanted of [full, hd, picture(720, 1280, 30), picture(640, 480, 25)]) {
        const found = coarsen(wanted, left)
        if (!found) continue
        expect(cost(found)).toBeLessThanOrEqual(left)
        expect([found.width % 2, found.height % 2]).toEqual([0, 0])
        expect(Math.abs(found.width / found.height - wanted.width / wanted.height)).toBeLessThan(0.02)
      }
  })
  it('is refused when even the smallest does not fit', () => {
    expect(coarsen(hd, 1_000)).toBeNull()
    expect(coarsen(hd, 0)).toBeNull()
  })
})

describe('tiers at the same time', () => {
  it('720p30 for the call and 720p30 for a program fit together', () => {
    expect(share([hd, hd])).toEqual([hd, hd])
  })
  it('a full picture makes room for the small tier, which stays as it is', () => {
    expect(share([full, small])).toEqual([picture(1440, 810, 30), small])
    expect(share([small, full])).toEqual([small, picture(1440, 810, 30)])
  })
  it('two full pictures do not fit: both give way, the first one less', () => {
    expect(share([full, full])).toEqual([picture(1440, 810, 30), hd])
    expect(share([hd, hd, hd])).toEqual([hd, picture(960, 540, 30), picture(960, 540, 30)])
  })
  it('are refused when there is no room even for the smallest', () => {
    expect(share([hd, small], 3_000)).toEqual([null, picture(240, 136, 15)])
    expect(share([hd, small], 100)).toEqual([null, null])
    expect(share([])).toEqual([])
  })
  it('never spend more than there is', () => {
    const sizes = [full, hd, small, picture(1280, 720, 60), picture(960, 540, 30)]
    for (const a of sizes)
      for (const b of sizes)
        for (const budget of [10_000, 60_000, 150_000, LEVEL_4]) {
          const given = share([a, b], budget)
          expect(given.reduce((sum, tier) => sum + (tier ? cost(tier) : 0), 0)).toBeLessThanOrEqual(budget)
        }
  })
})

describe('an encoder that is about to be opened', () => {
  it('in hardware never gets more than level 4.0, whatever it is told it has', () => {
    expect(pictureFor('v4l2', picture(1920, 1080, 60), { hardware: 1_000_000, software: null })).toEqual(full)
    expect(pictureFor('v4l2', hd, { hardware: 60_000, software: null })).toEqual(picture(854, 480, 30))
    expect(pictureFor('v4l2', hd, { hardware: 500, software: null })).toBeNull()
  })
  it('in software takes what the machine has time for', () => {
    expect(pictureFor('x264', picture(1920, 1080, 60), BUDGET)).toEqual(picture(1920, 1080, 60))
    expect(pictureFor('openh264', hd, { hardware: LEVEL_4, software: 70_000 })).toEqual(picture(960, 540, 30))
    expect(pictureFor('x264', picture(320, 180, 5), { hardware: 0, software: 70_000 })).toEqual(picture(320, 180, 5))
  })
})

describe('a program beside the call', () => {
  const half = picture(640, 360, 30)
  const tiers = [hd, half]
  it('fits at 720p30 beside a camera of 720p30 and its small picture', () => {
    const { hardware } = programPictures(hd, tiers)
    expect(hardware).toEqual(hd)
    expect([...tiers, hd].map(cost).reduce((a, b) => a + b)).toBe(243_600)
    expect(243_600).toBeLessThanOrEqual(LEVEL_4)
  })
  it('becomes smaller rather than the call, down to nothing', () => {
    expect(programPictures(full, tiers).hardware).toEqual(picture(1280, 720, 30))
    expect(programPictures(hd, [picture(1280, 720, 60)]).hardware).toEqual(half)
    expect(programPictures(hd, [full]).hardware).toBe(null)
  })
  it('never takes more than the call leaves, whatever is wanted', () => {
    const sizes = [full, hd, picture(1280, 720, 60), picture(960, 540, 30), half, small, picture(720, 1280, 30)]
    for (const wanted of sizes)
      for (const first of sizes)
        for (const second of [null, ...sizes]) {
          const beside = second ? [first, second] : [first]
          const taken = share(beside).reduce((sum, tier) => sum + (tier ? cost(tier) : 0), 0)
          const { hardware } = programPictures(wanted, beside)
          expect(taken + (hardware ? cost(hardware) : 0)).toBeLessThanOrEqual(LEVEL_4)
        }
  })
  it('is encoded as it is wanted in software where there is no hardware, and in half where there is but not for it', () => {
    expect(programPictures(hd, tiers)).toMatchObject({ software: hd, spare: half })
  })
})

describe('renditions of a program', () => {
  const half = picture(640, 360, 30)
  const sizes = (lower: ReturnType<typeof lowerPictures>) =>
    lower.map((one) => `${one.picture.width}x${one.picture.height}@${one.picture.fps}`)
  it('beside a call of 720p30 and its small picture, and a program of 720p30, a Pi 4 has room for 144 lines, 15 times a second, exactly', () => {
    const { hardware, lower } = programPictures(hd, [hd, half])
    expect(sizes(lower.hardware)).toEqual(['256x144@15'])
    expect([hd, half, hardware ?? hd, ...lower.hardware.map((one) => one.picture)].map(cost)).toEqual([108_000, 27_600, 108_000, 2_160])
    expect(108_000 + 27_600 + 108_000 + 2_160).toBe(LEVEL_4)
  })
  it('beside a call that has no small picture it has room for two', () => {
    expect(sizes(programPictures(hd, [hd]).lower.hardware)).toEqual(['640x360@30', '256x144@15'])
    expect(sizes(programPictures(hd, [hd, small]).lower.hardware)).toEqual(['640x360@15', '256x144@15'])
  })
  it('are two in software on a fast machine, and the smallest alone on a slow one', () => {
    const { lower } = programPictures(hd, [hd, half])
    expect(sizes(lower.software)).toEqual(['640x360@30', '256x144@15'])
    expect(sizes(lower.spare)).toEqual(['256x144@15'])
  })
  it('are told by their rung, which says of how many frames they have one, and at which rate', () => {
    for (const { rung, every, picture: of, rate } of lowerPictures(hd, Number.POSITIVE_INFINITY)) {
      expect(RUNGS[rung]).toEqual({ height: of.height, every, kbps: rate / 1000 })
      expect(of.fps * every).toBe(hd.fps)
    }
  })
  it('are none that are hardly smaller than the program, and none that would stall', () => {
    expect(sizes(lowerPictures(picture(854, 480, 30), 1e6))).toEqual(['256x144@15'])
    expect(sizes(lowerPictures(picture(240, 136, 15), 1e6))).toEqual([])
    expect(sizes(lowerPictures(picture(1280, 720, 15), 1e6))).toEqual(['640x360@15'])
  })
  it('never spend more than the call and the program leave, and never make the program smaller', () => {
    const all = [full, hd, picture(1280, 720, 60), picture(960, 540, 30), half, small, picture(720, 1280, 30)]
    for (const wanted of all)
      for (const first of all)
        for (const second of [null, ...all]) {
          const beside = second ? [first, second] : [first]
          const taken = share(beside).reduce((sum, tier) => sum + (tier ? cost(tier) : 0), 0)
          const { hardware, lower } = programPictures(wanted, beside)
          const spent = lower.hardware.reduce((sum, one) => sum + cost(one.picture), hardware ? cost(hardware) : 0)
          expect(taken + spent).toBeLessThanOrEqual(LEVEL_4)
          expect(hardware).toEqual(coarsen(wanted, LEVEL_4 - taken))
        }
  })
})
