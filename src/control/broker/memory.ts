// memory.ts — what the broker asks of a store, for clean sessions: retained messages and wills, no queue for anybody who is away.
import { Readable } from 'node:stream'
import type { Tally } from '../../lib/tally.ts'
import type { Kept, Retained } from '../retained.ts'

type Named = { readonly id: string }

export function memory(retained: Retained, odd: Tally) {
  const wills = new Map<string, unknown>()
  const none = () => Promise.reject(new Error('no such packet'))
  return {
    async setup() {},
    async storeRetained(packet: { topic: string; payload: Buffer; qos: number }) {
      if (!retained.keep(packet.topic, packet.payload, packet.qos === 0 ? 0 : 1)) odd.add('a full room')
    },
    createRetainedStreamCombi: (filters: readonly string[]) =>
      Readable.from(filters.flatMap((each) => retained.matching(each).map(asPacket))),
    async subscriptionsByClient() {
      return []
    },
    async subscriptionsByTopic() {
      return []
    },
    async cleanSubscriptions() {},
    async addSubscriptions() {},
    async removeSubscriptions() {},
    async outgoingEnqueueCombi() {},
    outgoingUpdate: none,
    async outgoingClearMessageId() {},
    outgoingStream: () => Readable.from([]),
    incomingGetPacket: none,
    incomingStorePacket: none,
    incomingDelPacket: none,
    async putWill(client: Named, will: unknown) {
      wills.set(client.id, will)
    },
    async delWill(client: Named) {
      wills.delete(client.id)
    },
    streamWill: () => Readable.from([]),
  }
}

const asPacket = (kept: Kept) => ({ cmd: 'publish', ...kept, retain: true })
