// look.ts — how old the picture of a program is where it is shown: the barcode of one camera is read at its tile, frame by frame, in the page.
import type { Page } from 'playwright-core'
import { fitPicture } from '../../src/media/fit.ts'
import { FULL_HD, layout } from '../../src/media/layout.ts'
import type { Scene, Seat, Tile } from '../../src/media/scene.ts'
import { type BarcodeKit, barcodeKit } from '../../test/e2e/kit/barcode.ts'

/** Left, top, width, height of a whole camera's picture, in shares of the program's; also of what the tile cuts off. */
export type Where = readonly [number, number, number, number]
/** What is kept of one shown frame, ms: how old it was, and (where the player knows) how long it was under way after its encoder. */
export type Shown = { readonly at: number; readonly age: number; readonly sinceCoded: number | null; readonly ahead: number }
export type Seen = {
  readonly shown: readonly Shown[]
  /** When it stood still, ms after the beginning. */
  readonly waits: readonly number[]
  readonly errors: readonly string[]
  /** Until the first picture, ms. */
  readonly first: number
}
type Watching = { playingDate: Date | null; errors: string[]; target: number | null }

/** All our cameras are of this shape. */
const PICTURE = { width: 640, height: 360 }

/** The ways in which the camera of the box may stand in the program while one guest is in the call: it is the last of the people. */
export function placesOfBox(): Where[] {
  const tile = (seat: Seat): Tile => ({ seat, name: '', state: 'live', muted: false, camera: true, speaking: false, emoji: null })
  const [guest, box] = [1, 2]
  const scene: Scene = {
    ...{ show: 'call', roomName: '', link: null, caller: null, self: null, share: null, notice: null },
    people: [tile(guest), tile(box)],
    large: null,
  }
  return [null, guest, box].flatMap((large) =>
    layout({ ...scene, large })
      .filter(({ seat }) => seat === box)
      .map(({ x, y, fit, ...size }): Where => {
        const { scaled, crop, box: shown } = fitPicture(PICTURE, size, fit)
        return [
          (x + shown.x - crop.left) / FULL_HD.width,
          (y + shown.y - crop.top) / FULL_HD.height,
          scaled.width / FULL_HD.width,
          scaled.height / FULL_HD.height,
        ]
      }),
  )
}

/** Must be called before the page is opened. */
export const giveEyes = (page: Page): Promise<unknown> => page.addInitScript(`window.parlorBarcode = (${barcodeKit})()`)

/** Looks at the page's only video for so long, from its first frame on. @throws when no picture comes within half a minute */
export function look(page: Page, places: readonly Where[], ms: number): Promise<Seen> {
  return page.evaluate(
    async ({ places, ms }) => {
      const { read, age, place } = (window as unknown as { parlorBarcode: BarcodeKit }).parlorBarcode
      const watching = (globalThis as unknown as { parlorWatching?: Watching }).parlorWatching
      const begun = performance.now()
      const since = () => Math.round(performance.now() - begun)
      let video = document.querySelector('video')
      while (!video || video.videoWidth === 0) {
        if (since() > 30_000) throw new Error('no picture came within 30 s')
        await new Promise((done) => setTimeout(done, 20))
        video = document.querySelector('video')
      }
      const screen = video
      const [width, height, middle, tall] = [320, 6, (place.top + place.bottom) / 2, 0.05]
      const bars = 40 * place.bit
      const canvas = document.createElement('canvas')
      ;[canvas.width, canvas.height] = [width, height]
      const pen = canvas.getContext('2d', { alpha: false, willReadFrequently: true })
      if (!pen) throw new Error('this browser has no canvas')
      const timeAt = ([left, top, w, h]: (typeof places)[number]): number | null => {
        const [vw, vh] = [screen.videoWidth, screen.videoHeight]
        const from = [(left + w * place.left) * vw, (top + h * (middle - tall / 2)) * vh, w * bars * vw, h * tall * vh] as const
        pen.drawImage(screen, ...from, 0, 0, width, height)
        const { data } = pen.getImageData(0, 0, width, height)
        const at = (x: number, y: number) => Math.floor(y * height) * width + Math.floor(x * width)
        return read((x, y) => data[at((x - place.left) / bars, (y - middle + tall / 2) / tall) * 4 + 1] ?? 0)
      }
      const shown: Array<{ at: number; age: number; sinceCoded: number | null; ahead: number }> = []
      const waits: number[] = []
      const first = since()
      screen.addEventListener('waiting', () => void waits.push(since()))
      let isOver = false
      let last = places[0]
      const see = (_: number, { mediaTime }: { mediaTime: number }): void => {
        if (isOver) return
        const now = Date.now()
        for (const one of last ? [last, ...places] : places) {
          const time = timeAt(one)
          if (time === null) continue
          last = one
          const date = watching?.playingDate?.getTime()
          const { buffered, currentTime } = screen
          const ahead = (buffered.length > 0 ? buffered.end(buffered.length - 1) - currentTime : 0) * 1000
          const sinceCoded = date === undefined ? null : now - (date + (mediaTime - currentTime) * 1000)
          shown.push({ at: since(), age: age(time, now), sinceCoded, ahead })
          break
        }
        screen.requestVideoFrameCallback(see)
      }
      screen.requestVideoFrameCallback(see)
      await new Promise((done) => setTimeout(done, ms))
      isOver = true
      return { shown, waits, first, errors: watching?.errors ?? [] }
    },
    { places, ms },
  )
}
