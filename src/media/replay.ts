// replay.ts — a stretch of a program as packets, as if somebody in the call sent it: for the TV and the loudspeaker of this room.
//
// It lives while a stretch is played. Its worker knows no file and no network: it is given parts, and gives RTP over loopback. When it falls,
// the replay is over; the call does not notice.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { RtpIn } from './port.ts'
import type { ReplayNews, ReplayOrder, ReplayTrack } from './replay/order.ts'
import { type Fork, Worker } from './worker.ts'

export type ReplayHeaders = { readonly video: Uint8Array; readonly audio: Uint8Array }

type Parts = {
  readonly headers: ReplayHeaders
  /** The time at which it begins, ns in both tracks. */
  readonly zero: number
  readonly onPicture: (packet: Buffer) => void
  readonly onSound: (packet: Buffer) => void
  /** Once: it was played to its end, or fell. */
  readonly onEnd: () => void
  readonly fork: Fork
  readonly clock: Clock
  readonly log: Log
}

export class Replay {
  readonly #worker: Worker<ReplayOrder, ReplayNews>
  readonly #pictures: RtpIn
  readonly #sounds: RtpIn

  /** Throws a Fault 'transport' where there is no port to be had. */
  static async open(parts: Parts): Promise<Replay> {
    const [pictures, sounds] = [new RtpIn(parts.onPicture), new RtpIn(parts.onSound)]
    const ports = { video: await pictures.open(), audio: await sounds.open() }
    return new Replay(parts, { pictures, sounds }, ports)
  }

  private constructor(
    { headers, zero, onEnd, fork, clock, log }: Parts,
    { pictures, sounds }: { pictures: RtpIn; sounds: RtpIn },
    ports: { video: number; audio: number },
  ) {
    this.#pictures = pictures
    this.#sounds = sounds
    let isFirst = true
    this.#worker = new Worker<ReplayOrder, ReplayNews>({
      name: 'replay',
      module: new URL('./replay/child.ts', import.meta.url),
      ...{ fork, clock, log },
      // A second life would know nothing of the parts that the first was given.
      first: () => (isFirst ? [{ do: 'begin', ...headers, zero, ports }] : []),
    })
    this.#worker.on('news', () => onEnd())
    this.#worker.on('fault', () => {
      isFirst = false
      onEnd()
    })
    this.#worker.start()
  }

  part(track: ReplayTrack, bytes: Uint8Array): void {
    this.#worker.send({ do: 'part', track, bytes })
  }

  /** Shows it sooner or later than was said at the beginning: that `zero` had been its time, ns. */
  shift(zero: number): void {
    this.#worker.send({ do: 'shift', zero })
  }

  /** No part follows. */
  end(): void {
    this.#worker.send({ do: 'end' })
  }

  /** Not one packet comes from the call of it on. */
  async close(): Promise<void> {
    this.#pictures.close()
    this.#sounds.close()
    await this.#worker.stop()
  }
}
