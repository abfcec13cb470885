import { describe, expect, it } from 'vitest'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { type Card, cardOf, parseCard } from '../../src/room/contact.ts'
import { parseLink } from '../../src/room/link.ts'

const card: Card = {
  peer: 'a0000000000000000000000000' as PeerId,
  name: 'Grandma & Ömer ~ #1',
  room: 'K7QF0000000000000000000AAC' as RoomSecret,
  at: 'https://box',
}

describe('a contact card', () => {
  it('comes back from its link, whatever is in the name', () => {
    expect(parseCard(cardOf('https://box', card))).toEqual(card)
  })
  it('opens a call in a browser like any link of a room', () => {
    expect(parseLink(cardOf('https://box/', card))).toBe(card.room)
  })
  it.each([
    ['the link of a room', 'https://box/r#K7QF-0000-0000-0000-0000-0000-AC'],
    ['another key', cardOf('https://box', { ...card, peer: 'nobody' as PeerId })],
    ['no name', cardOf('https://box', { ...card, name: '' })],
    ['a name that turns text around', cardOf('https://box', { ...card, name: 'Ann\u202e' })],
    ['a broken escape', `${cardOf('https://box', { ...card, name: '' })}%E0%A4%A`],
    ['nothing', ''],
  ])('is refused with %s', (_, text) => {
    expect(() => parseCard(text)).toThrow(Refusal)
  })
})
