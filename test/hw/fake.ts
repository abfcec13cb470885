// fake.ts — a recorded machine, a lamp, lines and a dog that tests hold in their hands.

import type { GpioChip } from '../../src/hw/board.ts'
import type { Pin, Pins } from '../../src/hw/gpio.ts'
import { type Ask, type Ground, inOrder } from '../../src/hw/ground.ts'
import { LineFault } from '../../src/hw/line.ts'
import { VIDIOC_ENUM_FMT, VIDIOC_ENUM_FRAMEINTERVALS, VIDIOC_ENUM_FRAMESIZES, VIDIOC_QUERYCAP } from '../../src/hw/v4l2.ts'

const EINVAL = -22

/** width, height, rates in frames a second; or from, to, step. */
type FakeSize = readonly [number, number, readonly number[]] | { from: [number, number]; to: [number, number]; step: number }
export type FakeVideo = {
  readonly driver: string
  readonly name: string
  readonly bus: string
  /** device_caps */
  readonly caps: number
  /** Formats of each queue, by its number in the kernel (1 capture, 2 output, 9 and 10 the same of many planes). */
  readonly queues: Readonly<Record<number, readonly { fourcc: string; sizes?: readonly FakeSize[] }[]>>
}
export type Recorded = { readonly files: Readonly<Record<string, string>>; readonly video: Readonly<Record<string, FakeVideo>> }

export const CAPS = { camera: 0x04200001, m2m: 0x04204000, meta: 0x04a00000, graph: 0x24200001, output: 0x04200002 } as const

/** Answers as a V4L2 driver does. */
export const askVideo =
  (video: FakeVideo): Ask =>
  (request, buffer) => {
    switch (request) {
      case VIDIOC_QUERYCAP:
        buffer.write(video.driver, 0, 15)
        buffer.write(video.name, 16, 31)
        buffer.write(video.bus, 48, 31)
        buffer.writeUInt32LE((video.caps | 0x80000000) >>> 0, 84)
        buffer.writeUInt32LE(video.caps, 88)
        return 0
      case VIDIOC_ENUM_FMT: {
        const format = video.queues[buffer.readUInt32LE(4)]?.[buffer.readUInt32LE(0)]
        if (!format) return EINVAL
        buffer.write(format.fourcc, 44, 'latin1')
        return 0
      }
      case VIDIOC_ENUM_FRAMESIZES: {
        const size = sizesOf(video, buffer)[buffer.readUInt32LE(0)]
        if (!size) return EINVAL
        if ('from' in size) {
          buffer.writeUInt32LE(3, 8)
          const [a, b] = [size.from, size.to]
          for (const [i, n] of [a[0], b[0], size.step, a[1], b[1], size.step].entries()) buffer.writeUInt32LE(n, 12 + 4 * i)
        } else {
          buffer.writeUInt32LE(1, 8)
          buffer.writeUInt32LE(size[0], 12)
          buffer.writeUInt32LE(size[1], 16)
        }
        return 0
      }
      case VIDIOC_ENUM_FRAMEINTERVALS: {
        const [width, height] = [buffer.readUInt32LE(8), buffer.readUInt32LE(12)]
        const index = buffer.readUInt32LE(0)
        const size = sizesOf(video, buffer).find((s) => 'from' in s || (s[0] === width && s[1] === height))
        if (size && 'from' in size) {
          if (index > 0) return EINVAL
          // Any time from 1/60 to 1 second.
          buffer.writeUInt32LE(2, 16)
          for (const [i, n] of [1, 60, 1, 1].entries()) buffer.writeUInt32LE(n, 20 + 4 * i)
          return 0
        }
        const rate = size?.[2][index]
        if (rate === undefined) return EINVAL
        buffer.writeUInt32LE(1, 16)
        buffer.writeUInt32LE(1000, 20)
        buffer.writeUInt32LE(rate * 1000, 24)
        return 0
      }
      default:
        return -25
    }
  }

const sizesOf = (video: FakeVideo, buffer: Buffer): readonly FakeSize[] =>
  Object.values(video.queues)
    .flat()
    .find(({ fourcc }) => fourcc === buffer.toString('latin1', 4, 8))?.sizes ?? []

/** A machine made of words. Files may be added, changed and removed while it is looked at. */
export class FakeGround implements Ground {
  readonly files: Map<string, string>
  readonly video: Map<string, FakeVideo>
  /** Every device that was opened, in order. */
  readonly opened: string[] = []
  readonly #stamps = new Map<string, number>()
  #next = 1

  constructor(recorded: Recorded) {
    this.files = new Map(Object.entries(recorded.files))
    this.video = new Map(Object.entries(recorded.video))
    for (const node of this.video.keys()) this.plugIn(node, this.video.get(node) as FakeVideo)
  }

  plugIn(node: string, video: FakeVideo): void {
    this.video.set(node, video)
    this.files.set(`/sys/class/video4linux/${node}/name`, video.name)
    this.#stamps.set(`/sys/class/video4linux/${node}`, this.#next++)
  }

  unplug(node: string): void {
    this.video.delete(node)
    this.files.delete(`/sys/class/video4linux/${node}/name`)
    this.#stamps.delete(`/sys/class/video4linux/${node}`)
  }

  read(path: string): string | null {
    return this.files.get(path)?.replace(/[\s\0]+$/, '') ?? null
  }

  list(path: string): readonly string[] {
    const below = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`))
    return inOrder([...new Set(below.map((file) => file.slice(path.length + 1).split('/')[0] ?? ''))])
  }

  stamp(path: string): number | null {
    return this.#stamps.get(path) ?? (this.files.has(path) ? 0 : null)
  }

  ask<Answer>(device: string, questions: (ask: Ask) => Answer): Answer | null {
    const video = this.video.get(device.replace('/dev/', ''))
    if (!video) return null
    this.opened.push(device)
    return questions(askVideo(video))
  }
}

/** Lines by number, with the levels that a test gives them. */
export class FakePins implements Pins {
  list: GpioChip[]
  readonly levels = new Map<number, boolean>()
  /** All that was written, in order. */
  readonly written: string[] = []
  readonly open_ = new Set<number>()
  #edges = new Map<number, () => void>()
  #gone = new Set<number>()

  constructor(list: GpioChip[]) {
    this.list = list
  }

  chips(): readonly GpioChip[] {
    return this.list
  }

  /** The level changes, and the kernel tells it. */
  set(number: number, high: boolean): void {
    this.levels.set(number, high)
    this.#edges.get(number)?.()
  }

  /** The level changes, and nobody tells. */
  setSilently(number: number, high: boolean): void {
    this.levels.set(number, high)
  }

  lose(number: number): void {
    this.#gone.add(number)
    this.list = []
  }

  bringBack(number: number, chip: GpioChip): void {
    this.#gone.delete(number)
    this.list = [chip]
  }

  open(number: number, way: 'in' | 'out low' | 'out high'): Pin {
    if (this.open_.has(number)) throw new LineFault('taken')
    this.open_.add(number)
    if (way !== 'in') this.levels.set(number, way === 'out high')
    const there = (): void => {
      if (this.#gone.has(number)) throw new LineFault('gone')
    }
    return {
      read: () => {
        there()
        return this.levels.get(number) ?? true
      },
      write: (high) => {
        there()
        this.levels.set(number, high)
        this.written.push(`${number} ${high ? 'high' : 'low'}`)
      },
      onEdge: (listener) => void this.#edges.set(number, listener),
      close: () => {
        this.#edges.delete(number)
        this.open_.delete(number)
      },
    }
  }
}
