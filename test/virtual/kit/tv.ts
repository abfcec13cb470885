// tv.ts — the TV of a virtual Pi, read back from its kernel, and whether somebody's place on it shows what the kernel's camera films.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FULL_HD } from '../../../src/media/layout.ts'
import { artefact } from '../../e2e/kit/folder.ts'
import type { Where } from '../../e2e/kit/tiles.ts'
import { Picture } from '../../e2e/kit/tv.ts'
import type { VirtualPi } from './pi.ts'

const TVSHOT = '/usr/local/lib/rig/tvshot'
/** What vivid films: eight bars of colour, here from right to left, because people see themselves as in a mirror. Red, green and blue: lit or not. */
const BARS = ['000', '001', '100', '101', '010', '011', '110', '111']
const LIT = 100
/** Low in the picture: vivid writes its clock and more above, in the smallest picture down to 0.8. */
const BELOW_THE_CLOCK = 0.85
/** All of a picture: for one that is only a part of the TV. */
const WHOLE: Where = [0, 0, 1, 1]
/** Points that are compared, from left to right and from top to bottom. */
const GRID = { x: 96, y: 54 }

export class Tv {
  readonly #pi: VirtualPi

  constructor(pi: VirtualPi) {
    this.#pi = pi
  }

  /** What it shows now, pixel by pixel; null: nothing. */
  picture(): Promise<Picture | null> {
    return this.#shot('')
  }

  /** Only what it shows there: much quicker. */
  part([x, y, w, h]: Where): Promise<Picture | null> {
    const [left, width] = [x, w].map((share) => Math.round(share * FULL_HD.width))
    const [top, height] = [y, h].map((share) => Math.round(share * FULL_HD.height))
    return this.#shot(`part ${left} ${top} ${width} ${height}`)
  }

  /** Keeps the picture, or the part, that was read last. @param name of a file in artefacts/virtual, .png */
  keep(name: string): void {
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-i', this.#file, artefact('virtual', name)])
  }

  async #shot(what: string): Promise<Picture | null> {
    const { ok } = await this.#pi.run(`${TVSHOT} ${what} >/host/tv.ppm`)
    if (!ok) return null
    const ppm = readFileSync(this.#file)
    const [head = '', width = '', height = ''] = /^P6\n(\d+) (\d+)\n255\n/.exec(ppm.subarray(0, 32).toString('latin1')) ?? []
    return new Picture(Number(width), Number(height), ppm.subarray(head.length))
  }

  get #file(): string {
    return join(this.#pi.share, 'tv.ppm')
  }
}

/** Is this what the kernel's camera films, mirrored? @param where to look, in shares of the picture */
export function showsVivid(picture: Picture, [x, y, w, h] = WHOLE): boolean {
  return BARS.every((bar, i) => {
    const colour = picture.at(x + (w * (i + 0.5)) / BARS.length, y + h * BELOW_THE_CLOCK)
    return colour.map((c) => (c > LIT ? 1 : 0)).join('') === bar
  })
}

/** Is this the picture that stands in for a camera: words on a black ground? */
export function showsStandIn(picture: Picture, where = WHOLE): boolean {
  const lights = lightsOf(picture, where)
  const black = lights.filter((light) => light < 24).length / lights.length
  return black > 0.5 && Math.max(...lights) > 200
}

/** Is anything in it other than it was? */
export function moved(before: Picture, after: Picture, where = WHOLE): boolean {
  const was = lightsOf(before, where)
  return lightsOf(after, where).some((light, i) => Math.abs(light - (was[i] ?? 0)) > LIT)
}

function lightsOf(picture: Picture, [x, y, w, h]: Where): number[] {
  return Array.from({ length: GRID.x * GRID.y }, (_, i) =>
    picture.light(x + (w * ((i % GRID.x) + 0.5)) / GRID.x, y + (h * (Math.floor(i / GRID.x) + 0.5)) / GRID.y),
  )
}
