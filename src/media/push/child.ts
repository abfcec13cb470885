// child.ts — a push's worker: one line to one address, in a process of its own, so that whatever is at the other end touches nobody else.
//
// It begins with a keyframe, begins anew by itself after growing pauses, and leaves out whole stretches where the line is slow (intake.ts).
// "Sending" is said when bytes have gone past the muxer for a while: sinks take the first ones before they are connected.
import { collect } from '../../lib/collect.ts'
import { unreachable } from '../../lib/fault.ts'
import { runChild } from '../child.ts'
import { openPipeline, type Pipeline } from '../gst.ts'
import { Intake } from './intake.ts'
import { pauseBefore, placeOf, pushLaunch, whyOf, withoutAddress } from './launch.ts'
import type { PushInit, PushNews, PushOrder, PushPart, PushTrack } from './order.ts'

/** So often it is looked whether it still moves, ms. */
const LOOK = 500
/** What GStreamer holds by itself between source and sink before it waits for the sink. */
const INSIDE = 32 * 1024
/** Looks in a row in which nothing went, though something waited, and the line is dead. 15 s. */
const STUCK = 30
/** Looks of sending, and it counts as well: the pauses begin anew. 20 s. */
const WELL = 40
/** A stopped pipeline keeps its files until the collector comes, ms. */
const LET_GO = 300

type To = { readonly by: 'rtmp' | 'srt'; readonly location: string }

class Line {
  readonly #to: To
  readonly #say: (news: PushNews) => void
  readonly #intake = new Intake()
  readonly #inits = new Map<PushTrack, Uint8Array>()
  #pipeline: Pipeline | null = null
  #given = 0
  #gone = 0
  #still = 0
  #well = 0
  #tries = 0
  #isSending = false
  #told = 0
  #isOver = false
  #timer: NodeJS.Timeout | null = null

  constructor(to: To, say: (news: PushNews) => void) {
    this.#to = to
    this.#say = say
    setInterval(() => this.#look(), LOOK)
  }

  /** Another header than before: the pipeline cannot go on with it, a new one can. */
  init({ track, bytes }: PushInit): void {
    const known = this.#inits.get(track)
    if (known && Buffer.from(known).equals(bytes)) return
    this.#inits.set(track, bytes)
    if (this.#pipeline) this.#close()
    if (this.#timer === null) this.#begin()
  }

  part(part: PushPart): void {
    const pipeline = this.#pipeline
    if (!pipeline || this.#isOver) return
    if (!this.#intake.lets(part, this.#waiting(pipeline))) return
    this.#given += part.bytes.length
    pipeline.push(part.track, part.bytes)
  }

  end(): void {
    this.#isOver = true
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#pipeline && this.#isSending) this.#pipeline.finish()
    else this.#say({ say: 'ended' })
  }

  stop(): void {
    this.#isOver = true
    this.#pipeline?.stop()
  }

  #begin(): void {
    this.#timer = null
    if (this.#isOver || this.#inits.size < 2) return
    const pipeline = openPipeline(pushLaunch(this.#to.by))
    pipeline.set('out', placeOf(this.#to.by), this.#to.location)
    this.#pipeline = pipeline
    this.#intake.renew()
    this.#given = 0
    this.#gone = 0
    this.#still = 0
    this.#well = 0
    this.#isSending = false
    pipeline.onBus((event) => {
      if (pipeline !== this.#pipeline) return
      if (event.type === 'error') this.#fell(`${event.message} ${event.debug}`)
      else if (event.type === 'eos') this.#ended()
    })
    this.#say({ say: 'connecting' })
    pipeline.play()
    for (const [track, bytes] of this.#inits) pipeline.push(track, bytes)
  }

  #waiting(pipeline: Pipeline): number {
    return Number(pipeline.child('video')['current-level-bytes']) + Number(pipeline.child('audio')['current-level-bytes'])
  }

  #look(): void {
    const pipeline = this.#pipeline
    if (!pipeline) return
    const waiting = this.#waiting(pipeline)
    const gone = this.#given - waiting
    this.#still = gone > this.#gone || waiting === 0 ? 0 : this.#still + 1
    this.#gone = gone
    if (!this.#isSending && gone > INSIDE && this.#hasSent(pipeline)) {
      this.#isSending = true
      this.#say({ say: 'sending' })
    }
    if (this.#isSending && ++this.#well > WELL) this.#tries = 0
    if (this.#intake.left !== this.#told) {
      this.#told = this.#intake.left
      this.#say({ say: 'left out', parts: this.#told })
    }
    if (this.#still > STUCK) this.#fell('nothing goes any more')
  }

  /** What the sink itself says to have sent: it is asked only until it has. */
  #hasSent(pipeline: Pipeline): boolean {
    const sent = /(?:out-bytes-total|bytes-sent|bytes-sent-total)\\?=\\?\(\w+\\?\)(\d+)/.exec(pipeline.get('out', 'stats'))?.[1]
    return Number(sent ?? 0) > INSIDE / 2
  }

  #fell(text: string): void {
    const hasSent = this.#isSending
    this.#close()
    if (this.#isOver) {
      this.#say({ say: 'ended' })
      return
    }
    this.#say({ say: 'waiting', why: whyOf(text, hasSent), said: withoutAddress(text, this.#to.location) })
    this.#timer = setTimeout(() => this.#begin(), pauseBefore(this.#tries++))
  }

  #ended(): void {
    if (this.#isOver) this.#say({ say: 'ended' })
    else this.#fell('it ended')
  }

  #close(): void {
    this.#pipeline?.stop()
    this.#pipeline = null
    this.#isSending = false
    setTimeout(collect, LET_GO).unref()
  }
}

let line: Line | null = null
let beats = 0

runChild<PushOrder, PushNews>({
  onOrder: (order, say) => {
    switch (order.do) {
      case 'open':
        line ??= new Line(order, say)
        return
      case 'init':
        return line?.init(order.init)
      case 'part':
        return line?.part(order.part)
      case 'end':
        return line?.end()
      default:
        return unreachable(order)
    }
  },
  // A slow line is no fault of this worker: it is only watched for being alive.
  evidence: () => ({ in: ++beats, out: beats }),
  onStop: () => line?.stop(),
})
