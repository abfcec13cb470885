// peering.ts — a connection of WebRTC played by a test, and whoever asks a door.

import type { DoorAsk } from '../../../src/broadcast/whip/door.ts'
import { Emitter } from '../../../src/lib/emitter.ts'
import { Refusal } from '../../../src/lib/fault.ts'

type Events = { ended: [sentence: string]; connected: []; keyframeAsked: [] }

/** Takes any offer but `bad` and `no codec`; a fragment `restart` restarts, `rubbish` is refused. */
export class PlayedPeering extends Emitter<Events> {
  isConnected = false
  isClosed = false
  hears = true
  dropped = 0
  readonly sent: Array<{ readonly line: string; readonly packet: Buffer; readonly age: number }> = []

  constructor() {
    super((error) => {
      throw error
    })
  }

  async answer(offer: string): Promise<string> {
    if (offer === 'bad') throw new Refusal('bad-message', 'this is no session description')
    if (offer === 'no codec') throw new Refusal('bad-request', 'nothing in this offer can be served')
    return `answer to ${offer}`
  }

  restarts(fragment: string): boolean {
    if (fragment === 'rubbish') throw new Refusal('bad-message', 'there is nothing about ICE in this fragment')
    return fragment === 'restart'
  }

  async trickle(fragment: string): Promise<string | null> {
    return fragment === 'restart' ? 'restarted' : null
  }

  heard(): boolean {
    return this.hears
  }

  sendRtp(line: string, packet: Buffer, age: number): void {
    this.sent.push({ line, packet, age })
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  connect(): void {
    this.isConnected = true
    this.emit('connected')
  }
}

export type Asked = { readonly address?: string; readonly body?: string | null; readonly headers?: Readonly<Record<string, string>> }
const { signal } = new AbortController()

export const asking = (method: string, path: string, { address = '10.0.0.1', body = '', headers = {} }: Asked = {}): DoorAsk => ({
  ...{ method, path, query: '', address, signal },
  header: (name) => headers[name] ?? null,
  body: async (most) => (body !== null && body.length <= most ? body : null),
})
