// contact.ts — somebody whom this box can call: a card that stands in a link or a QR code.
//
// A card is the link of the contact's own room with the contact's peer id and name behind it, so a browser that opens it is in a
// call with them like with any room link, and a box that reads it knows by which key to recognize them. Pure.
import { Refusal } from '../lib/fault.ts'
import { Contact } from '../wire/contact.ts'
import { linkOf, originOf, parseLink } from './link.ts'

export type Card = Omit<Contact, 'answers'>

const BETWEEN = '~'

/** @param origin `https://HOST` where the contact's room can be joined by a browser */
export const cardOf = (origin: string, { room, peer, name }: Omit<Card, 'at'>): string =>
  [linkOf(origin, room), peer, encodeURIComponent(name)].join(BETWEEN)

/**
 * The card in a link.
 * @throws Refusal 'bad-link' with a sentence for the person
 */
export function parseCard(text: string): Card {
  const [link = '', peer, ...name] = text.trim().split(BETWEEN)
  if (peer === undefined)
    throw new Refusal('bad-link', 'This link has no name in it. Ask for the contact card of the box, not for the link of its room.')
  const read = Contact.safeParse({ peer, name: decoded(name.join(BETWEEN)), room: parseLink(link), at: originOf(link) })
  if (!read.success) throw new Refusal('bad-link', 'This contact card is damaged; please copy it again.')
  const { answers: _, ...card } = read.data
  return card
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return ''
  }
}
