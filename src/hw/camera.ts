// camera.ts — the cameras that are plugged in, and when one comes or goes. It films nothing: that is media's.
//
// What is there is read from /sys, which needs no right. What a camera can is asked of the camera itself, once, when it
// comes; while the privacy switch is shut nothing is opened, and such a camera is listed without its formats.
// A change in /dev makes us look at once; we also look every two seconds, for a camera is only asked with success after udev has given it to our group.
import { watch } from 'node:fs'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { seconds } from '../lib/unit.ts'
import type { Ground } from './ground.ts'
import { describeVideo, type Format } from './v4l2.ts'

export type Camera = {
  /** As `/dev/video0`. */
  readonly path: string
  readonly name: string
  /** Where it is plugged in, as the driver says: `usb-0000:01:00.0-1.2`; empty while it has not been asked. */
  readonly bus: string
  /** What it gives; null while it could not be asked. */
  readonly formats: readonly Format[] | null
}
export type CamerasEvents = {
  came: [camera: Camera]
  went: [camera: Camera]
  /** It could be asked at last: same path, now with formats. */
  known: [camera: Camera]
}

const LIST = '/sys/class/video4linux'
const LOOK_EVERY = seconds(2)
/** Names of nodes that are no camera, for the time in which they cannot be asked. */
const NO_CAMERA = /codec|\bisp|pisp|hevc|cfe|unicam|enc\b|encoder|decoder|image_fx|vim2m|meta|radio|vbi|-out/i

/** One node as we know it; `camera` is null when it is something else. */
type Seen = { readonly stamp: number; readonly asked: boolean; readonly camera: Camera | null }

export class Cameras extends Emitter<CamerasEvents> {
  readonly #ground: Ground
  readonly #clock: Clock
  readonly #mayOpen: () => boolean
  readonly #changes: (onChange: () => void, signal: AbortSignal) => void
  #seen: ReadonlyMap<string, Seen> = new Map()

  /**
   * @param mayOpen false while no camera may be opened, not even to be asked
   * @param changes calls whenever something in /dev came or went; may be silent, then it takes longer
   */
  constructor(parts: {
    ground: Ground
    clock: Clock
    mayOpen: () => boolean
    changes: (onChange: () => void, signal: AbortSignal) => void
    onListenerError: (error: unknown) => void
  }) {
    super(parts.onListenerError)
    this.#ground = parts.ground
    this.#clock = parts.clock
    this.#mayOpen = parts.mayOpen
    this.#changes = parts.changes
  }

  /** What is plugged in, as last seen, in the kernel's order. */
  get list(): readonly Camera[] {
    return [...this.#seen.values()].flatMap(({ camera }) => camera ?? [])
  }

  /** Looks at once, and tells what has changed since the last time. */
  look(): void {
    const before = this.#seen
    const now = new Map<string, Seen>()
    for (const node of this.#ground.list(LIST)) {
      const stamp = /^video\d+$/.test(node) ? this.#ground.stamp(`${LIST}/${node}`) : null
      if (stamp === null) continue
      const known = before.get(node)
      now.set(node, known?.stamp === stamp && known.asked ? known : this.#ask(node, stamp))
    }
    this.#seen = now
    for (const [node, { stamp, camera }] of before) if (camera && now.get(node)?.stamp !== stamp) this.emit('went', camera)
    for (const [node, { stamp, asked, camera }] of now) {
      const old = before.get(node)
      if (old && old.stamp === stamp) {
        if (camera && old.camera && asked && !old.asked) this.emit('known', camera)
        else if (!camera && old.camera) this.emit('went', old.camera)
        else if (camera && !old.camera) this.emit('came', camera)
      } else if (camera) this.emit('came', camera)
    }
  }

  /** Watches until aborted; then resolves. */
  async watch(signal: AbortSignal): Promise<void> {
    this.#changes(() => !signal.aborted && this.look(), signal)
    while (!signal.aborted) {
      this.look()
      await this.#clock.sleep('before looking for cameras', LOOK_EVERY, signal).catch(() => {})
    }
  }

  #ask(node: string, stamp: number): Seen {
    const path = `/dev/${node}`
    const answer = this.#mayOpen() ? this.#ground.ask(path, describeVideo) : null
    if (answer === null) {
      const name = this.#ground.read(`${LIST}/${node}/name`) ?? node
      return { stamp, asked: false, camera: NO_CAMERA.test(name) ? null : { path, name, bus: '', formats: null } }
    }
    const { name, bus, formats } = answer
    return { stamp, asked: true, camera: answer.role === 'camera' ? { path, name, bus, formats } : null }
  }
}

/** Changes of video nodes in /dev, as the kernel tells them (inotify). Silent where /dev cannot be watched. */
export function changesInDev(onChange: () => void, signal: AbortSignal): void {
  try {
    const watcher = watch('/dev', { signal, persistent: false }, (_event, name) => name?.startsWith('video') && onChange())
    watcher.on('error', () => watcher.close())
  } catch {
    // Too many watches on this machine: looking every now and then does it too.
  }
}
