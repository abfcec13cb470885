// worker.ts — a media worker as its parent sees it: a forked child that is watched, killed when it fails, and back at once.
//
// GStreamer can segfault, hang in a driver or stop giving pictures without a word; so it lives in children that
// may be killed at any time. A fall is a Fault that is told, not the end: the child is forked again and given the
// orders that rebuild its state (`first`). watch.ts judges, child.ts is the other end, system/process.ts forks.
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault, type FaultCode } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { BEATS_PER_SECOND, beat, type Evidence, patienceAfter, pause, tick, unborn, verdict, type Watch } from './watch.ts'

export interface Child {
  readonly pid: number | undefined
  send(message: unknown): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown
  kill(signal: 'SIGKILL'): unknown
}
export type Fork = (module: URL, options: { readonly env?: Record<string, string> }) => Child

/** Parent to child. */
export type ToChild<Order> = { readonly order: Order } | { readonly stop: true }
/** Child to parent. `dying` is the last word of one that threw. */
export type FromChild<News> = { readonly beat: Evidence } | { readonly news: News } | { readonly dying: string }

export type WorkerEvents<News> = {
  news: [news: News]
  /** The child runs and has its first orders. Comes again after each restart. */
  up: []
  /** It fell ('worker-crashed', 'worker-hung', 'worker-stalled') and is being brought back. */
  fault: [fault: Fault]
}

/**
 * UV_THREADPOOL_SIZE: GStreamer holds a thread for each bus poll and each pull that waits.
 * MALLOC_MMAP_THRESHOLD_: what is as large as a raw picture goes back to the system when it is freed. Left to itself the C library
 * raises this limit as such blocks are freed, and then keeps them: holes between small things, 90 MB of them in the screen's child.
 */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: '32', MALLOC_MMAP_THRESHOLD_: '1000000' }
const BEAT = ms(1000 / BEATS_PER_SECOND)
/** A child that lived this long before it fell is forked again without a pause. */
const LONG_LIFE = seconds(10)
/** A fall this long ago does not make us more patient any more. */
const OF_LATE = seconds(120)
/** What a child may take to put its devices down when it is asked to stop. */
const LAST_WORDS = ms(500)
/** A killed process that a driver holds does not end; we go on without it. */
const BURIAL = seconds(1)

export class Worker<Order, News> extends Emitter<WorkerEvents<News>> {
  readonly #name: string
  readonly #module: URL
  readonly #fork: Fork
  readonly #clock: Clock
  readonly #log: Log
  readonly #first: () => readonly Order[]
  #child: Child | null = null
  #halt = new AbortController()
  #lives: Promise<void> | null = null
  #total = 0
  #heardAt: Ms | null = null

  constructor(parts: { name: string; module: URL; fork: Fork; clock: Clock; log: Log; first: () => readonly Order[] }) {
    const log = parts.log.part(parts.name)
    super((error) => log.error('a listener of this worker failed', error))
    this.#name = parts.name
    this.#module = parts.module
    this.#fork = parts.fork
    this.#clock = parts.clock
    this.#log = log
    this.#first = parts.first
  }

  /** The child's process id; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** How often it fell since the start. */
  get fell(): number {
    return this.#total
  }

  /** When a heartbeat last came, by the clock; null: none came yet. */
  get heardAt(): Ms | null {
    return this.#heardAt
  }

  /** Forks, and keeps it alive until stop(). Does nothing when it runs already. */
  start(): void {
    if (this.#lives) return
    this.#halt = new AbortController()
    this.#lives = this.#live(this.#halt.signal)
  }

  /** Gives the child an order. Without a child it is dropped: `first` has what the next one must know. */
  send(order: Order): void {
    this.#child?.send({ order } satisfies ToChild<Order>)
  }

  /** Ends the child: half a second to put its devices down, then SIGKILL. Resolves when it is gone. Safe to call twice. */
  async stop(): Promise<void> {
    this.#halt.abort()
    const lives = this.#lives
    await lives
    if (this.#lives === lives) this.#lives = null
  }

  /** Kills the child as a crash would: it is back at once. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async #live(halt: AbortSignal): Promise<void> {
    let late: readonly Ms[] = []
    for (let falls = 0; !halt.aborted; ) {
      const born = this.#clock.now()
      late = late.filter((at) => born - at < OF_LATE)
      const fault = await this.#oneLife(patienceAfter(late.length), halt)
      late = [...late, this.#clock.now()]
      this.#child = null
      if (!fault) return
      falls = this.#clock.now() - born >= LONG_LIFE ? 1 : falls + 1
      this.#log.warn(fault.message, { code: fault.code, falls })
      this.#total++
      this.emit('fault', fault)
      if (pause(falls) > 0) await this.#clock.sleep(`before ${this.#name} is forked again`, ms(pause(falls)), halt).catch(() => {})
    }
  }

  /** From fork to exit. Gives why it fell, or null when it was asked to stop. */
  async #oneLife(patience: number, halt: AbortSignal): Promise<Fault | null> {
    const gone = new AbortController()
    const watch: { now: Watch } = { now: unborn }
    let last = ''
    const child = this.#fork(this.#module, { env: ENVIRONMENT })
    this.#child = child
    child.on('exit', (code, signal) => {
      last ||= signal ? `killed by ${signal}` : `exit code ${code}`
      gone.abort()
    })
    child.on('message', (raw) => {
      const message = parse<News>(raw)
      if (!message || gone.signal.aborted) return
      if ('news' in message) this.emit('news', message.news)
      else if ('dying' in message) last = message.dying
      else {
        const first = watch.now.beats === 0
        this.#heardAt = this.#clock.now()
        watch.now = beat(watch.now, message.beat)
        if (first) this.emit('up')
      }
    })
    for (const order of this.#first()) this.send(order)

    const either = AbortSignal.any([halt, gone.signal])
    while (!either.aborted) {
      await this.#clock.sleep(`heartbeat of ${this.#name}`, BEAT, either).catch(() => {})
      if (either.aborted) break
      watch.now = tick(watch.now)
      const found = verdict(watch.now, patience)
      if (found === 'well') continue
      child.kill('SIGKILL')
      await this.#gone(gone.signal)
      return found === 'hung'
        ? this.#fell('worker-hung', 'shows no sign of life')
        : this.#fell('worker-stalled', `takes and gives nothing (in ${watch.now.last.in}, out ${watch.now.last.out})`)
    }
    if (!halt.aborted) return this.#fell('worker-crashed', `ended by itself: ${last}`)
    child.send({ stop: true } satisfies ToChild<Order>)
    await this.#clock.sleep(`last words of ${this.#name}`, LAST_WORDS, gone.signal).catch(() => {})
    if (!gone.signal.aborted) child.kill('SIGKILL')
    await this.#gone(gone.signal)
    return null
  }

  #gone(gone: AbortSignal): Promise<void> {
    return this.#clock.sleep(`end of ${this.#name}`, BURIAL, gone).catch(() => {})
  }

  #fell(code: FaultCode, why: string): Fault {
    return new Fault(code, `the ${this.#name} worker ${why}`)
  }
}

/** A child reads bytes from strangers: even its frame is checked. What `news` holds is for its owner to judge. */
function parse<News>(raw: unknown): FromChild<News> | null {
  if (typeof raw !== 'object' || raw === null) return null
  if ('news' in raw) return { news: raw.news as News }
  if ('dying' in raw) return { dying: String(raw.dying).slice(0, 500) }
  if (!('beat' in raw) || typeof raw.beat !== 'object' || raw.beat === null) return null
  const { in: entered, out } = raw.beat as Partial<Evidence>
  return Number.isFinite(entered) && Number.isFinite(out) ? { beat: { in: Number(entered), out: Number(out) } } : null
}
