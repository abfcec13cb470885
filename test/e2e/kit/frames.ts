// frames.ts — looks at each frame that a page shows of a video: how old it is by its barcode, and its points.
import { type BarcodeKit, barcodeKit } from './barcode.ts'

/** Its points as in ImageData: 4 bytes each, row by row. */
export const LOOKED = { width: 640, height: 360 } as const

export type SeeFrame = (age: number | null, points: Uint8ClampedArray) => void
/** Until what it gives back is called. `age` in ms; null: there is no barcode to read. */
export type EachFrame = (video: HTMLVideoElement, see: SeeFrame) => () => void

function eachFrameWith({ read, age }: BarcodeKit, width: number, height: number): EachFrame {
  return (video, see) => {
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    if (!pen) throw new Error('this browser has no canvas')
    canvas.width = width
    canvas.height = height
    let isOver = false
    const look = (): void => {
      if (isOver) return
      pen.drawImage(video, 0, 0, width, height)
      const { data } = pen.getImageData(0, 0, width, height)
      const time = read((x, y) => data[(Math.floor(y * height) * width + Math.floor(x * width)) * 4 + 1] ?? 0)
      see(time === null ? null : age(time, Date.now()), data)
      video.requestVideoFrameCallback(look)
    }
    video.requestVideoFrameCallback(look)
    return () => {
      isOver = true
    }
  }
}

/** An EachFrame as text, for inside a page: `new Function(EACH_FRAME)()`. */
export const EACH_FRAME = `return (${eachFrameWith.toString()})((${barcodeKit.toString()})(), ${LOOKED.width}, ${LOOKED.height})`
