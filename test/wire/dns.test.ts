import { describe, expect, it } from 'vitest'
import { messageOf, offersIn, question } from '../../src/broadcast/relay/offer.ts'
import { type DnsMessage, decodeDns, encodeDns } from '../../src/wire/dns.ts'
import type { ProgramId } from '../../src/wire/manifest.ts'

const OFFER = { id: '00112233aabbccdd', program: '0123456789abcdefghjkmnpqrs' as ProgramId, port: 8090 }
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

describe('messages of multicast DNS', () => {
  it('come back as they were written', () => {
    for (const message of [
      question,
      messageOf(OFFER, '192.168.1.4'),
      messageOf(OFFER, '10.0.0.1', true),
      messageOf(OFFER, 'fe80::fc:ff:fe00:1'),
      messageOf(OFFER, '::1'),
    ] satisfies DnsMessage[])
      expect(decodeDns(encodeDns(message))).toEqual(message)
  })

  it('are read with compressed names, as avahi writes them', () => {
    // PTR _parlor-relay._tcp.local -> <id>.(pointer to byte 12)
    const head = '000084000000000100000000'
    const name = '0d5f7061726c6f722d72656c6179045f746370056c6f63616c00'
    const to = `10${Buffer.from(OFFER.id).toString('hex')}c00c`
    const message = decodeDns(bytes(`${head}${name}000c00010000000c0013${to}`))
    expect(message?.records).toEqual([
      { name: '_parlor-relay._tcp.local', ttl: 12, data: { is: 'ptr', to: `${OFFER.id}._parlor-relay._tcp.local` } },
    ])
  })

  it('say IPv6 in sixteen bytes, whole', () => {
    const six = messageOf(OFFER, 'fe80::fc:ff:fe00:1')
    expect(Buffer.from(encodeDns(six)).toString('hex')).toMatch(/001c80010000000c0010fe8000000000000000fc00fffe000001$/)
    const cut = encodeDns(six).slice(0, -1)
    expect(decodeDns(cut)).toBeNull()
  })
  it('lead nobody in circles', () => {
    const head = '000084000000000100000000'
    for (const name of ['c00c', 'c00e', '0161c00c', 'c0ff', 'ffff'])
      expect(decodeDns(bytes(`${head}${name}000c00010000000c0002c00c`))).toBeNull()
  })

  it('are read from whatever comes without an exception', () => {
    let seed = 42
    const dice = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const good = encodeDns(messageOf(OFFER, '192.168.1.4'))
    let read = 0
    for (let i = 0; i < 20_000; i++) {
      const whole = i % 3 === 0 ? Uint8Array.from({ length: dice(120) }, () => dice(256)) : good.slice()
      const odd = i % 3 === 1 ? whole.slice(0, 12 + dice(good.length - 11)) : whole
      for (let j = dice(4); j > 0; j--) odd[dice(odd.length || 1)] = dice(256)
      const message = decodeDns(odd)
      if (!message) continue
      read++
      for (const { id, program, port, ttl } of offersIn(message, '192.168.1.9')) {
        expect(id).toMatch(/^[0-9a-f]{16}$/)
        expect(program).toMatch(/^[0-9a-z]{26}$/)
        expect(port).toBeGreaterThan(0)
        expect(ttl).toBeLessThanOrEqual(60)
      }
    }
    expect(read).toBeGreaterThan(1000)
  })
})

describe('an offer', () => {
  it('is read from its message, for the machine that it came from', () => {
    expect(offersIn(messageOf(OFFER, '192.168.1.4'), '192.168.1.9')).toEqual([{ ...OFFER, address: '192.168.1.9', ttl: 12 }])
  })
  it('is none when it is of another version, or names no program', () => {
    const message = messageOf(OFFER, '192.168.1.4')
    const withTexts = (texts: string[]): DnsMessage => ({
      ...message,
      records: message.records.map((record) => (record.data.is === 'txt' ? { ...record, data: { is: 'txt', texts } } : record)),
    })
    expect(offersIn(withTexts(['v=1', 'program=x']), '1.2.3.4')).toEqual([])
    expect(offersIn(withTexts(['v=2', `program=${OFFER.program}`]), '1.2.3.4')).toEqual([])
  })
})
