// sender.ts — one of our three senders: what it carries, and how much of the network it may take.
//
// The gate of a transport is here: until open() is called nothing is attached, so nothing can be sent.
// Attaching is asynchronous in browsers; only the newest wish counts, and wishes never overtake one another.
import type { Line } from '../../../call/transport.ts'
import { systemClock } from '../../../lib/clock.ts'
import { keepRedundant } from './redundant.ts'

type Limits = {
  readonly maxBitrate: number
  readonly maxFramerate?: number
  readonly keep: RTCDegradationPreference
  readonly hint: string
}

/** Bits per second. Ceilings only: below them the browser's own bandwidth estimate of each link decides. */
const LIMITS: Readonly<Record<Line, Limits>> = {
  audio: { maxBitrate: 64_000, keep: 'balanced', hint: 'speech' },
  camera: { maxBitrate: 1_500_000, maxFramerate: 30, keep: 'balanced', hint: 'motion' },
  screen: { maxBitrate: 2_500_000, maxFramerate: 15, keep: 'maintain-resolution', hint: 'detail' },
}

export class LineSender {
  readonly #line: Line
  readonly #onError: (error: unknown) => void
  #sender: RTCRtpSender | null = null
  #open = false
  #wanted: MediaStreamTrack | null = null
  #turning = false
  readonly #closed = new AbortController()

  constructor(line: Line, onError: (error: unknown) => void) {
    this.#line = line
    this.#onError = onError
  }

  /** The sender exists from the first description on; a later call with the same one changes nothing. */
  use(sender: RTCRtpSender): void {
    this.#sender = sender
    void this.#turn()
  }

  open(): void {
    this.#open = true
    void this.#turn()
    if (this.#line === 'audio' && this.#sender)
      keepRedundant(this.#sender, systemClock, this.#closed.signal).catch((error) => this.#odd(error))
  }

  /** Nothing is attached or reported any more. */
  close(): void {
    this.#open = false
    this.#closed.abort()
  }

  #odd(error: unknown): void {
    if (this.#open) this.#onError(error)
  }

  want(track: MediaStreamTrack | null): void {
    if (track) track.contentHint = LIMITS[this.#line].hint
    this.#wanted = track
    void this.#turn()
  }

  async #turn(): Promise<void> {
    const sender = this.#sender
    if (!sender || !this.#open || this.#turning) return
    this.#turning = true
    try {
      while (this.#open && sender.track !== this.#wanted) {
        await sender.replaceTrack(this.#wanted)
        if (this.#wanted) await this.#limit(sender)
      }
    } catch (error) {
      this.#wanted = sender.track
      if (this.#open) this.#onError(error)
    } finally {
      this.#turning = false
    }
  }

  async #limit(sender: RTCRtpSender): Promise<void> {
    const { maxBitrate, maxFramerate, keep } = LIMITS[this.#line]
    const parameters = sender.getParameters()
    const [encoding] = parameters.encodings ?? []
    if (!encoding) return
    encoding.maxBitrate = maxBitrate
    if (this.#line !== 'audio') {
      if (maxFramerate) encoding.maxFramerate = maxFramerate
      parameters.degradationPreference = keep
    }
    if (this.#line === 'audio') encoding.networkPriority = 'high'
    await sender.setParameters(parameters)
  }
}
