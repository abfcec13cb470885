// gst.ts — a GStreamer pipeline, as this house uses it. The only file that knows gstreamer-superficial (and our patch to it) exists.
//
// What it keeps away from the rest:
// - findChild leaks 53 KB a call, so each element is looked up once and kept;
// - a launch string of a single element is no pipeline and would crash the process, push() of what is no Buffer too;
// - the bus poll holds one libuv thread until stop() (workers run with UV_THREADPOOL_SIZE=32), and one that
//   is pending hangs process.exit(): children end by SIGKILL (child.ts);
// - a pipeline that failed or ended is stopped at once: a dead one holds its device, its threads and four files. A stopped one holds its files
//   until the collector comes (then all of it is gone, which a test counts).
// A segfault in an element kills the process: only workers import this, never the daemon.
import { createRequire } from 'node:module'
import { Bug, Fault } from '../lib/fault.ts'

/** What a pipeline says by itself. After 'error' and 'eos' it has already been stopped. */
export type BusEvent =
  | { readonly type: 'error'; readonly source: string; readonly message: string; readonly debug: string }
  | { readonly type: 'warning'; readonly source: string; readonly message: string }
  | { readonly type: 'eos' }
  /** A message of an element's own, such as `level`. Fields are numbers, strings, booleans or arrays of them; others are left out. */
  | { readonly type: 'element'; readonly source: string; readonly name: string; readonly fields: Readonly<Record<string, unknown>> }

/** An element: its properties by name (numbers, booleans, strings), for appsink and appsrc their two calls. */
export type Element = { [property: string]: unknown }

type AppSink = { pull(onBuffer: (buffer: Buffer | null) => void): void }
type AppSrc = { push(buffer: Uint8Array): void }
interface Native {
  play(): void
  stop(): void
  set(element: string, property: string, text: string): void
  get(element: string, property: string): string
  bridge(appsink: string, other: Native, appsrc: string): void
  caps(element: string, pad: string): string
  findChild(name: string): Element | undefined
  forceKeyUnit(element: string, count: number): void
  sendEOS(): void
  pollBus(onMessage: (message: Readonly<Record<string, unknown>>) => void): void
}
type Addon = { readonly Pipeline: new (launch: string) => Native }
let addon: Addon | null = null

/**
 * Builds a pipeline from text as gst-launch reads it: at least two elements. It does not play yet.
 * Throws a Fault 'pipeline-refused' when an element is missing or two do not fit.
 */
export function openPipeline(launch: string): Pipeline {
  if (!launch.includes('!')) throw new Bug('a launch text needs at least two elements')
  addon ??= createRequire(import.meta.url)('gstreamer-superficial') as Addon
  try {
    return new Pipeline(new addon.Pipeline(launch))
  } catch (error) {
    throw new Fault('pipeline-refused', `GStreamer will not build this: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

export class Pipeline {
  readonly #native: Native
  readonly #children = new Map<string, Element>()
  readonly #listeners = new Set<(event: BusEvent) => void>()
  #state: 'built' | 'playing' | 'stopped' = 'built'

  constructor(native: Native) {
    this.#native = native
  }

  /** Plays. Failing shows on the bus, not here: listen first. */
  play(): void {
    if (this.#state !== 'built') throw new Bug(`a ${this.#state} pipeline cannot play; build another`)
    this.#state = 'playing'
    this.#native.pollBus((message) => this.#hear(message))
    this.#native.play()
  }

  /** Stops for good and gives its devices back; takes 5 to 75 ms. Pulls that wait are given null. Safe to call twice. */
  stop(): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#native.stop()
  }

  /** Nothing follows from any of its sources: 'eos' comes on the bus when the last has gone out. */
  finish(): void {
    if (this.#state === 'playing') this.#native.sendEOS()
  }

  /** Sets a property while it plays, in the words of gst-launch: `set('mix', 'sink_1::alpha', '0.5')`, enums and structures too. */
  set(element: string, property: string, text: string): void {
    try {
      this.#native.set(element, property, text)
    } catch (error) {
      throw new Bug(`${element}.${property}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Reads a property as text. Each read makes text out of a value: a few hundred a second are nothing, one for each packet is too much. */
  get(element: string, property: string): string {
    try {
      return this.#native.get(element, property)
    } catch (error) {
      throw new Bug(`${element}.${property}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /**
   * Every buffer that reaches our appsink goes at once into an appsrc of another pipeline: no copy, no turn of the event loop, and
   * without its times (let the appsrc stamp it anew). The two fail apart: a stopped end only drops what comes.
   */
  bridge(appsink: string, other: Pipeline, appsrc: string): void {
    try {
      this.#native.bridge(appsink, other.#native, appsrc)
    } catch (error) {
      throw new Bug(`${appsink} to ${appsrc}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** What flows through a pad just now, as gst-launch writes caps; '' when nothing does yet. */
  caps(element: string, pad: string): string {
    try {
      return this.#native.caps(element, pad)
    } catch (error) {
      throw new Bug(`${element}.${pad}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** The element of that name, looked up once. */
  child(name: string): Element {
    const known = this.#children.get(name)
    if (known) return known
    const found = this.#native.findChild(name)
    if (!found) throw new Bug(`no element ${name} in this pipeline`)
    this.#children.set(name, found)
    return found
  }

  /** Gives one buffer of an appsink, or null when it has ended. Pull again for the next; each waiting pull holds a libuv thread. */
  pull(appsink: string, onBuffer: (buffer: Buffer | null) => void): void {
    const sink = this.child(appsink) as Element & AppSink
    sink.pull(onBuffer)
  }

  /** Gives an appsrc one buffer; the bytes are copied. */
  push(appsrc: string, buffer: Uint8Array): void {
    if (!(buffer instanceof Uint8Array) || buffer.length === 0) throw new Bug('push takes bytes')
    const source = this.child(appsrc) as Element & AppSrc
    source.push(buffer)
  }

  /** Asks what is before `element` for a keyframe: name one that stands after the encoder and has a pad named sink (the payloader). */
  forceKeyUnit(element: string): void {
    this.child(element)
    this.#native.forceKeyUnit(element, 1)
  }

  onBus(listener: (event: BusEvent) => void): void {
    this.#listeners.add(listener)
  }

  #hear(message: Readonly<Record<string, unknown>>): void {
    const event = busEvent(message)
    if (!event || this.#state === 'stopped') return
    if (event.type === 'error' || event.type === 'eos') this.stop()
    for (const listener of this.#listeners) listener(event)
  }
}

/** A bus message of the addon in our words; null for those that nobody here needs. */
export function busEvent(message: Readonly<Record<string, unknown>>): BusEvent | null {
  const source = text(message._src_element_name)
  switch (message.type) {
    case 'error':
      return { type: 'error', source, message: text(message.message), debug: text(message.debug) }
    case 'warning':
      return { type: 'warning', source, message: text(message.debug) }
    case 'eos':
      return { type: 'eos' }
    case 'element': {
      const { type: _, name, _src_element_name, ...fields } = message
      return { type: 'element', source, name: text(name), fields }
    }
    default:
      return null
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
