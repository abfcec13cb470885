// tv.ts — looks at the TV picture that the box serves at /tv.jpg.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { Rgb } from './barcode.ts'

/** A rectangle in pixels of the 1920x1080 picture. */
export type Place = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

export class Picture {
  readonly width: number
  readonly height: number
  readonly #rgb: Buffer

  constructor(width: number, height: number, rgb: Buffer) {
    this.width = width
    this.height = height
    this.#rgb = rgb
  }

  /** One pixel; x and y as shares of the picture (0 to 1). */
  at(x: number, y: number): Rgb {
    const i =
      (Math.min(this.height - 1, Math.floor(y * this.height)) * this.width + Math.min(this.width - 1, Math.floor(x * this.width))) * 3
    return [this.#rgb[i] ?? 0, this.#rgb[i + 1] ?? 0, this.#rgb[i + 2] ?? 0]
  }

  light(x: number, y: number): number {
    const [r, g, b] = this.at(x, y)
    return 0.299 * r + 0.587 * g + 0.114 * b
  }

  /** How bright a rectangle is on average, 0 to 255, from 400 points. */
  brightness({ x, y, width, height }: Place): number {
    let sum = 0
    for (let i = 0; i < 20; i++)
      for (let j = 0; j < 20; j++)
        sum += this.light((x + (width * (i + 0.5)) / 20) / this.width, (y + (height * (j + 0.5)) / 20) / this.height)
    return sum / 400
  }
}

/** Fetches the TV picture, keeps the JPEG in `file`, and decodes it. */
export async function tvPicture(origin: string, file: string): Promise<Picture> {
  const answer = await fetch(`${origin}/tv.jpg`, { signal: AbortSignal.timeout(10_000) })
  if (!answer.ok) throw new Error(`/tv.jpg answered ${answer.status}: ${await answer.text()}`)
  const jpeg = Buffer.from(await answer.arrayBuffer())
  writeFileSync(file, jpeg)
  return decode(jpeg)
}

/** Decodes a JPEG to 1920x1080 RGB with ffmpeg. */
export function decode(jpeg: Buffer): Promise<Picture> {
  const [width, height] = [1920, 1080]
  const child = spawn(
    'ffmpeg',
    ['-loglevel', 'error', '-i', 'pipe:0', '-s', `${width}x${height}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stdin.end(jpeg)
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', () => {
      const rgb = Buffer.concat(parts)
      if (rgb.length === width * height * 3) done(new Picture(width, height, rgb))
      else fail(new Error(`the TV picture does not decode: ${rgb.length} bytes`))
    })
  })
}
