// dns.ts — messages of DNS, as far as multicast DNS (RFC 6762) and its services (RFC 6763) need them: PTR, SRV, TXT, A and AAAA. Bytes in, values out.
//
// What comes is from anybody on the network: it is read within bounds, pointers lead backwards only, and what is of another kind is passed over.
import { bytesOf, concat } from './crypto.ts'

export type DnsData =
  | { readonly is: 'ptr'; readonly to: string }
  | { readonly is: 'srv'; readonly port: number; readonly target: string }
  | { readonly is: 'txt'; readonly texts: readonly string[] }
  /** Dotted IPv4. */
  | { readonly is: 'a'; readonly address: string }
  /** IPv6 as RFC 5952 writes it, without a zone. */
  | { readonly is: 'aaaa'; readonly address: string }
export type DnsRecord = {
  /** Labels with dots between, in lower case, without the last dot. */
  readonly name: string
  /** Seconds; 0: it is no longer so. */
  readonly ttl: number
  readonly data: DnsData
}
export type DnsMessage = {
  readonly isAnswer: boolean
  /** Names that are asked for by PTR, or by any kind. */
  readonly questions: readonly string[]
  readonly records: readonly DnsRecord[]
}

const TYPE = { a: 1, ptr: 12, txt: 16, aaaa: 28, srv: 33, any: 255 } as const
const [IN, CLASS, FLUSH] = [1, 0x7fff, 0x8000]
/** Bytes of a message, as RFC 6762 (17) has it; records in one; letters of a name. */
const [MESSAGE, RECORDS, NAME] = [9000, 64, 255]

/** A message without compression. */
export function encodeDns({ isAnswer, questions, records }: DnsMessage): Uint8Array {
  return concat(
    concat(u16(0), u16(isAnswer ? 0x8400 : 0), u16(questions.length), u16(records.length), u16(0), u16(0)),
    ...questions.map((name) => concat(nameBytes(name), u16(TYPE.ptr), u16(IN))),
    ...records.map(({ name, ttl, data }) => {
      const body = dataBytes(data)
      // Many share a PTR; the others are ours alone, and what was known before is to be forgotten (10.2).
      const kind = data.is === 'ptr' ? IN : IN | FLUSH
      return concat(nameBytes(name), u16(TYPE[data.is]), u16(kind), u16(ttl >> 16), u16(ttl & 0xffff), u16(body.length), body)
    }),
  )
}

/** Null for what is no message. Never throws. */
export function decodeDns(bytes: Uint8Array): DnsMessage | null {
  if (bytes.length < 12 || bytes.length > MESSAGE) return null
  const from = new Reader(bytes)
  from.u16()
  const flags = from.u16()
  const [asked, ...counts] = [from.u16(), from.u16(), from.u16(), from.u16()]
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (asked > RECORDS || all > RECORDS || (flags & 0x7800) !== 0) return null
  const questions: string[] = []
  for (let i = 0; i < asked; i++) {
    const name = from.name()
    const type = from.u16()
    if ((from.u16() & CLASS) === IN && (type === TYPE.ptr || type === TYPE.any)) questions.push(name)
  }
  const records: DnsRecord[] = []
  for (let i = 0; i < all; i++) {
    const [name, type, kind] = [from.name(), from.u16(), from.u16()]
    const ttl = from.u16() * 65_536 + from.u16()
    const data = from.data(type, from.u16())
    if (data && (kind & CLASS) === IN) records.push({ name, ttl, data })
  }
  return from.isWell ? { isAnswer: (flags & 0x8000) !== 0, questions, records } : null
}

const u16 = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 0xff, value & 0xff)

function nameBytes(name: string): Uint8Array {
  const labels = name.split('.').map(bytesOf)
  return concat(...labels.map((label) => concat(Uint8Array.of(label.length), label)), Uint8Array.of(0))
}

function dataBytes(data: DnsData): Uint8Array {
  switch (data.is) {
    case 'ptr':
      return nameBytes(data.to)
    case 'srv':
      return concat(u16(0), u16(0), u16(data.port), nameBytes(data.target))
    case 'txt':
      return concat(...data.texts.map(bytesOf).map((text) => concat(Uint8Array.of(text.length), text)))
    case 'a':
      return Uint8Array.from(data.address.split('.').map(Number))
    case 'aaaa':
      return sixteen(data.address)
  }
}

/** The bytes of an IPv6 address. */
function sixteen(address: string): Uint8Array {
  const [head = '', tail] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const all = tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
  return concat(...all.map((group) => u16(Number.parseInt(group, 16))))
}

/** The text of sixteen bytes: URLs write it as RFC 5952 does. */
function textOf(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** Reads on; past the end come zeros, and it is not well any more. */
class Reader {
  isWell = true
  readonly #all: Uint8Array
  #at = 0

  constructor(all: Uint8Array) {
    this.#all = all
  }

  u16(): number {
    return this.#u8() * 256 + this.#u8()
  }

  name(): string {
    const { name, next } = this.#nameAt(this.#at)
    this.#at = next
    return name
  }

  /** Null for kinds that mean nothing here. */
  data(type: number, length: number): DnsData | null {
    const end = this.#at + length
    if (end > this.#all.length) this.isWell = false
    if (!this.isWell) return null
    const read = this.#dataOf(type, length, end)
    this.#at = end
    return read
  }

  #dataOf(type: number, length: number, end: number): DnsData | null {
    switch (type) {
      case TYPE.ptr:
        return { is: 'ptr', to: this.name() }
      case TYPE.srv: {
        this.#at += 4
        return { is: 'srv', port: this.u16(), target: this.name() }
      }
      case TYPE.txt: {
        const texts: string[] = []
        while (this.#at < end) {
          const size = this.#u8()
          texts.push(letters(this.#all.subarray(this.#at, Math.min(end, this.#at + size))))
          this.#at += size
        }
        return { is: 'txt', texts }
      }
      case TYPE.a:
        return length === 4 ? { is: 'a', address: this.#all.subarray(this.#at, end).join('.') } : null
      case TYPE.aaaa:
        return length === 16 ? { is: 'aaaa', address: textOf(this.#all.subarray(this.#at, end)) } : null
      default:
        return null
    }
  }

  /** A name, and where reading goes on behind it. */
  #nameAt(start: number): { readonly name: string; readonly next: number } {
    const labels: string[] = []
    let [at, lowest, next, size] = [start, start, -1, 0]
    for (;;) {
      const length = this.#all[at] ?? -1
      if (length === 0) break
      if (length >= 0xc0) {
        const to = (length & 0x3f) * 256 + (this.#all[at + 1] ?? 0)
        if (next < 0) next = at + 2
        // Only backwards, and further back each time: there are no rounds.
        if (to >= lowest) return this.#odd(next)
        at = to
        lowest = to
        continue
      }
      size += length + 1
      if (length < 0 || length > 63 || size > NAME || at + 1 + length > this.#all.length) return this.#odd(next)
      labels.push(letters(this.#all.subarray(at + 1, at + 1 + length)).toLowerCase())
      at += length + 1
    }
    return { name: labels.join('.'), next: next < 0 ? at + 1 : next }
  }

  #odd(next: number): { readonly name: string; readonly next: number } {
    this.isWell = false
    return { name: '', next: Math.max(next, 0) }
  }

  #u8(): number {
    const value = this.#all[this.#at++]
    if (value === undefined) this.isWell = false
    return value ?? 0
  }
}

/** Bytes that are no letter of ASCII, and dots inside a label, become a sign that is in no name of ours. */
const letters = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte < 0x20 || byte > 0x7e ? '?' : String.fromCharCode(byte))).join('')
