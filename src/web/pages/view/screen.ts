// screen.ts — a video element fed by us: Media Source Extensions, and ManagedMediaSource where a phone has only that. The only file that knows them.
//
// One buffer for the pictures, one for the sound. Each does one thing at a time, in order; what does not fit any more makes room behind us first.
export type Lane = 'video' | 'audio'
type Media = Pick<MediaSource, 'addSourceBuffer' | 'readyState' | 'endOfStream' | 'addEventListener'> & { duration: number }
type Maker = { new (): Media & MediaSource; isTypeSupported(type: string): boolean }

const maker = (): Maker | null => {
  const { ManagedMediaSource, MediaSource } = globalThis as unknown as { ManagedMediaSource?: Maker; MediaSource?: Maker }
  return MediaSource ?? ManagedMediaSource ?? null
}
/** Whether this browser lets us check what it plays. */
export const canFeed = (): boolean => maker() !== null
export const canPlay = (type: string): boolean => maker()?.isTypeSupported(type) ?? false

/** Seconds behind the picture that are kept, so that a short way back needs no network. */
const KEPT = 30

export class Screen {
  readonly video: HTMLVideoElement
  readonly #buffers = new Map<Lane, { readonly buffer: SourceBuffer; type: string; queue: Promise<void> }>()
  #media: (Media & MediaSource) | null = null
  #url: string | null = null

  constructor(video: HTMLVideoElement) {
    this.video = video
  }

  /** Opens the lanes. @param types like `video/mp4; codecs="avc1.42c01f"`. Rejects when the browser does not play that. */
  async open(types: ReadonlyMap<Lane, string>): Promise<void> {
    this.close()
    const Made = maker()
    if (!Made) throw new Error('this browser has no MediaSource')
    const media = new Made()
    const opened = new Promise<void>((done) => media.addEventListener('sourceopen', () => done(), { once: true }))
    this.#media = media
    this.#url = URL.createObjectURL(media)
    // A managed source opens only where nothing could be sent to another screen.
    this.video.disableRemotePlayback = true
    this.video.src = this.#url
    await opened
    media.duration = Number.POSITIVE_INFINITY
    for (const [lane, type] of types) this.#buffers.set(lane, { buffer: media.addSourceBuffer(type), type, queue: Promise.resolve() })
  }

  has(lane: Lane): boolean {
    return this.#buffers.has(lane)
  }

  /** Puts bytes in. @param offset seconds added to their own times. Rejects when the browser cannot use them. */
  append(lane: Lane, bytes: Uint8Array<ArrayBuffer>, offset: number, type: string): Promise<void> {
    return this.#then(lane, async (held) => {
      const { buffer } = held
      if (held.type !== type) {
        buffer.changeType(type)
        held.type = type
      }
      if (buffer.timestampOffset !== offset) buffer.timestampOffset = offset
      try {
        await done(buffer, () => buffer.appendBuffer(bytes))
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error
        const until = this.video.currentTime - 2
        if (until > 0) await done(buffer, () => buffer.remove(0, until))
        await done(buffer, () => buffer.appendBuffer(bytes))
      }
    })
  }

  /** Takes everything out. */
  async clear(): Promise<void> {
    await Promise.all(
      [...this.#buffers.keys()].map((lane) =>
        this.#then(lane, async ({ buffer }) => {
          if (buffer.updating) buffer.abort()
          await done(buffer, () => buffer.remove(0, Number.POSITIVE_INFINITY))
        }),
      ),
    )
  }

  /** Lets go of what was seen long ago. */
  async tidy(): Promise<void> {
    const until = this.video.currentTime - KEPT
    await Promise.all(
      [...this.#buffers].map(([lane, { buffer }]) => {
        const isOld = buffer.buffered.length > 0 && buffer.buffered.start(0) < until - KEPT
        return isOld ? this.#then(lane, () => done(buffer, () => buffer.remove(0, until))) : Promise.resolve()
      }),
    )
  }

  /** Where what can be played from a second on ends; that second itself when nothing is there. */
  endFrom(second: number): number {
    const { buffered } = this.video
    for (let i = 0; i < buffered.length; i++) if (buffered.start(i) <= second + 0.05 && buffered.end(i) > second) return buffered.end(i)
    return second
  }
  /** The next second behind a gap, where there is something to play; null: there is nothing. */
  after(second: number): number | null {
    const { buffered } = this.video
    for (let i = 0; i < buffered.length; i++) if (buffered.start(i) > second) return buffered.start(i)
    return null
  }

  close(): void {
    this.#buffers.clear()
    this.#media = null
    if (this.#url) URL.revokeObjectURL(this.#url)
    this.#url = null
  }

  #then(lane: Lane, act: (held: { readonly buffer: SourceBuffer; type: string }) => Promise<void>): Promise<void> {
    const held = this.#buffers.get(lane)
    if (!held) return Promise.resolve()
    const media = this.#media
    const turn = held.queue.then(async () => {
      if (media === this.#media && media?.readyState !== 'closed') await act(held)
    })
    held.queue = turn.catch(() => {})
    return turn
  }
}

/** One change of a buffer, from its beginning to its end. */
function done(buffer: SourceBuffer, act: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const once = (event: string, settle: () => void): void => {
      const settled = (): void => {
        over.abort()
        settle()
      }
      buffer.addEventListener(event, settled, { signal: over.signal })
    }
    once('updateend', resolve)
    once('error', () => reject(new Error('the browser cannot use this part')))
    try {
      act()
    } catch (error) {
      over.abort()
      reject(error)
    }
  })
}
