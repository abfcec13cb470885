// offer.ts — how a relay says in the house that it has a program, and how such a word is read. Pure; the bytes are those of wire/dns.ts.
//
//   _parlor-relay._tcp.local   PTR  <id>._parlor-relay._tcp.local
//   <id>._parlor-relay…        SRV  <port> parlor-<id>.local          TXT  v=1, program=<id of the program>
//   parlor-<id>.local          A or AAAA    the address of the machine on that network
//
// A word on the network is anybody's. It speaks only for the machine that it came from, so that nobody can send the house to somebody else; and
// what is fetched there is checked like everything.
import type { DnsMessage, DnsRecord } from '../../wire/dns.ts'
import type { ProgramId } from '../../wire/manifest.ts'

export type Offer = {
  /** 16 hex digits, drawn anew by every relay. The lowest leads. */
  readonly id: string
  readonly program: ProgramId
  readonly port: number
}
/** An offer that was heard. */
export type Heard = Offer & {
  readonly address: string
  /** Seconds that it holds; 0: it is taken back. */
  readonly ttl: number
}

export const SERVICE = '_parlor-relay._tcp.local'
const VERSION = 'v=1'
/** Seconds. */
const TTL = { own: 12, most: 60 }

/** Who in the house has a program? */
export const question: DnsMessage = { isAnswer: false, questions: [SERVICE], records: [] }
export const isQuestion = ({ isAnswer, questions }: DnsMessage): boolean => !isAnswer && questions.includes(SERVICE)

/** @param address of this machine on the network where it is said @param isOver it is taken back */
export function messageOf({ id, program, port }: Offer, address: string, isOver = false): DnsMessage {
  const ttl = isOver ? 0 : TTL.own
  const [name, target] = [`${id}.${SERVICE}`, `parlor-${id}.local`]
  return {
    isAnswer: true,
    questions: [],
    records: [
      { name: SERVICE, ttl, data: { is: 'ptr', to: name } },
      { name, ttl, data: { is: 'srv', port, target } },
      { name, ttl, data: { is: 'txt', texts: [VERSION, `program=${program}`] } },
      { name: target, ttl, data: { is: address.includes(':') ? 'aaaa' : 'a', address } },
    ],
  }
}

/** The offers of a message. @param from the address that it came from */
export function offersIn({ isAnswer, records }: DnsMessage, from: string): Heard[] {
  if (!isAnswer) return []
  return records.flatMap((record) => {
    const id = /^([0-9a-f]{16})\._parlor-relay\._tcp\.local$/.exec(record.name)?.[1]
    if (!id || record.data.is !== 'txt' || !record.data.texts.includes(VERSION)) return []
    const program = record.data.texts.map((text) => /^program=([0-9a-hjkmnp-tv-z]{26})$/.exec(text)?.[1]).find(Boolean)
    const port = portIn(records, record.name)
    if (!program || port === null) return []
    return [{ id, program: program as ProgramId, port, address: from, ttl: Math.min(record.ttl, TTL.most) }]
  })
}

function portIn(records: readonly DnsRecord[], name: string): number | null {
  for (const record of records) if (record.name === name && record.data.is === 'srv') return record.data.port > 0 ? record.data.port : null
  return null
}
