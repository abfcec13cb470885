// pushes.ts — the broadcast sent on to other servers too: where to, by whose wish, and how it goes with each.
//
// Nothing is sent before somebody has set an address and the call is live. Each line has a process of its own (media/push.ts). An address holds a
// stream key, so it leaves this file only for the line and for the settings on disk; everybody else is shown it without.
import type { Update } from '../broadcast/program.ts'
import type { Amiss } from '../core/amiss.ts'
import { type PushAddress, pushAddress } from '../core/push-address.ts'
import { type Text, textIn } from '../core/text/text.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import type { PushInit, PushPart, PushTrack } from '../media/push/order.ts'
import type { PushState } from '../media/push.ts'
import type { Notices } from './notices.ts'

/** One line, as it is needed here. */
export interface PushLine {
  readonly state: PushState
  open(inits: readonly PushInit[]): void
  init(init: PushInit): void
  part(part: PushPart): void
  close(): Promise<void>
  on(event: 'changed', listener: () => void): Off
}

/** As people see it. `resting`: no broadcast is on. said: why it waits; null: it does not. */
export type PushSeen = {
  readonly to: string
  readonly is: 'resting' | 'connecting' | 'sending' | 'waiting'
  readonly said: string | null
}

type Parts = {
  /** Addresses of the settings, in full. */
  readonly addresses: readonly string[]
  /** Keeps the addresses for the next start. */
  readonly keep: (addresses: readonly string[]) => Promise<void>
  readonly open: (address: PushAddress) => PushLine
  readonly notices: Pick<Notices, 'set'>
  readonly onListenerError: (error: unknown) => void
}

/** Each is one more stream on the uplink. */
export const MOST_PUSHES = 3
const TRACKS: readonly PushTrack[] = ['video', 'audio']

type One = { readonly address: PushAddress; line: PushLine | null }

export class Pushes extends Emitter<{ changed: [] }> {
  readonly #parts: Parts
  readonly #inits = new Map<PushTrack, PushInit>()
  #all: readonly One[]
  #isLive = false
  #told = '[]'
  #closing: ReadonlyArray<Promise<void>> = []

  constructor(parts: Parts) {
    super(parts.onListenerError)
    this.#parts = parts
    this.#all = parts.addresses.map((text) => ({ address: pushAddress(text), line: null }))
  }

  /** In the words of one language; left out: English. */
  list(text: Text = textIn('en')): readonly PushSeen[] {
    return this.#all.map(({ address, line }) => {
      const { is, why } = line?.state ?? { is: 'closed', why: null }
      const said = why && text.amiss['push waits']({ to: address.shown, why })
      return { to: address.shown, is: is === 'closed' ? 'resting' : is, said }
    })
  }

  /**
   * One more. If the call is live it goes there at once.
   * @throws Refusal 'bad-request' with a sentence for whoever wrote the address
   */
  async add(text: string): Promise<void> {
    const address = pushAddress(text)
    if (this.#all.some((one) => one.address.location === address.location))
      throw new Refusal('bad-request', 'The broadcast goes to this address already.')
    if (this.#all.length >= MOST_PUSHES)
      throw new Refusal('bad-request', `The broadcast goes to ${MOST_PUSHES} other servers at most. Take one away first.`)
    await this.#keep([...this.#all, { address, line: null }])
    if (this.#isLive) this.#begin()
  }

  /** @param number of the list, the first is 1 @throws Refusal 'bad-request' */
  async remove(number: number): Promise<void> {
    const one = this.#all[number - 1]
    if (!one) throw new Refusal('bad-request', 'Say which one, by its number in the list.')
    await this.#keep(this.#all.filter((each) => each !== one))
    this.#end([one])
  }

  async clear(): Promise<void> {
    const all = this.#all
    await this.#keep([])
    this.#end(all)
  }

  /**
   * These in place of those before, which are kept already. What stays goes on as it is; if the call is live, what is new begins at once.
   * @throws Refusal 'bad-request' with a sentence for whoever wrote an address
   */
  set(texts: readonly string[]): void {
    const addresses = [...new Map(texts.map(pushAddress).map((address) => [address.location, address])).values()]
    const all = addresses.map((address) => this.#all.find((one) => one.address.location === address.location) ?? { address, line: null })
    const gone = this.#all.filter((one) => !all.includes(one))
    this.#all = all
    this.#end(gone)
    if (this.#isLive) this.#begin()
  }

  /** Whether the call is broadcast now. */
  live(is: boolean): void {
    if (is === this.#isLive) return
    this.#isLive = is
    if (is) this.#begin()
    else this.#end(this.#all)
  }

  /** What the broadcast publishes, in its order. Never throws, never waits. */
  update({ entry, objects }: Update): void {
    const bytesOf = (object: unknown) => objects.find(({ promise }) => promise === object)?.bytes
    for (const { track, object } of entry.inits) {
      const [name, bytes] = [TRACKS[track], bytesOf(object)]
      if (!name || !bytes) continue
      this.#inits.set(name, { track: name, bytes })
      for (const { line } of this.#all) line?.init({ track: name, bytes })
    }
    for (const { track, segment, firstOfSegment, independent, object } of entry.parts) {
      const [name, bytes] = [TRACKS[track], bytesOf(object)]
      if (!name || !bytes) continue
      const part = { track: name, segment, isBegin: firstOfSegment && independent, bytes }
      for (const { line } of this.#all) line?.part(part)
    }
  }

  async close(): Promise<void> {
    this.live(false)
    await Promise.all(this.#closing)
  }

  async #keep(all: readonly One[]): Promise<void> {
    await this.#parts.keep(all.map(({ address }) => address.location))
    this.#all = all
    this.#tell()
  }

  #begin(): void {
    for (const one of this.#all) {
      if (one.line) continue
      const line = this.#parts.open(one.address)
      one.line = line
      line.on('changed', () => one.line === line && this.#tell())
      line.open([...this.#inits.values()])
    }
    this.#tell()
  }

  #end(which: readonly One[]): void {
    for (const one of which) {
      if (one.line) this.#closing = [...this.#closing.slice(-MOST_PUSHES), one.line.close()]
      one.line = null
    }
    this.#tell()
  }

  #tell(): void {
    const amiss = this.#all.flatMap(({ address, line }): Amiss[] => {
      const why = line?.state.why
      return why ? [{ is: 'push waits', to: address.shown, why }] : []
    })
    this.#parts.notices.set('push', amiss)
    const seen = JSON.stringify(this.list())
    if (seen === this.#told) return
    this.#told = seen
    this.emit('changed')
  }
}
