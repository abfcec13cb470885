// people.ts — commands about whom the box knows: contacts, rooms kept by name, phones that are remotes, calls at the door.
import { Refusal } from '../../lib/fault.ts'
import type { Ended } from '../../wire/contact.ts'
import { terminalQr } from '../welcome.ts'
import type { Command } from './command.ts'

export const contacts: Command = {
  names: ['contacts'],
  help: [
    ['parlor contacts', 'who this box knows, and its own card'],
    ['parlor contacts there', 'whose box is there'],
    [
      'parlor contacts add CARD | remove WHO | trust WHO | distrust WHO',
      'trust: when they ring, the box answers by itself after ten seconds',
    ],
  ],
  async run({ words: [what, ...words], ask, say }) {
    const who = words.join(' ')
    switch (what) {
      case undefined: {
        const said = (await ask('contacts')) as { card: string; contacts: Array<{ name: string; peer: string; answers: boolean }> }
        const lines = said.contacts.map(({ name, peer, answers }) => `${name}${answers ? ' (answered by itself)' : ''}  ${peer}`)
        return say([...lines, `The card of this box: ${said.card}`].join('\n'), said)
      }
      case 'there': {
        const { contacts: all } = (await ask('who is there')) as { contacts: Array<{ name: string; there: boolean | null }> }
        const lines = all.map(({ name, there }) => `${name}  ${there === null ? 'not known' : there ? 'there' : 'away'}`)
        return say(lines.join('\n') || 'There are no contacts.', all)
      }
      case 'add':
        await ask('add contact', { card: who })
        return say('Added.', { ok: true })
      case 'remove':
        await ask('remove contact', { who })
        return say('Removed.', { ok: true })
      case 'trust':
      case 'distrust':
        await ask('answer contact', { who, on: what === 'trust' })
        return say(
          what === 'trust'
            ? `When ${who} rings, the box answers by itself after ten seconds; any key stops it.`
            : `${who} has to be let in.`,
          { ok: true },
        )
      default:
        throw new Refusal('bad-request', 'say `parlor contacts`, or with there, add, remove, trust or distrust')
    }
  },
}

export const rooms: Command = {
  names: ['rooms'],
  help: [['parlor rooms', 'the rooms that the box keeps by name, for the menu on the TV'], ['parlor rooms add NAME LINK | remove NAME']],
  async run({ words: [what, ...words], ask, say }) {
    switch (what) {
      case undefined: {
        const { rooms: all } = (await ask('rooms')) as { rooms: Array<{ name: string; at: string | null }> }
        return say(all.map(({ name, at }) => (at ? `${name}  at ${at}` : name)).join('\n') || 'No room is kept.', all)
      }
      case 'add': {
        const [name, link] = [words.slice(0, -1).join(' '), words.at(-1)]
        if (name === '' || link === undefined) throw new Refusal('bad-request', 'say `parlor rooms add NAME LINK`')
        await ask('add room', { name, link })
        return say(`${name} is kept; it is in the menu of the TV.`, { ok: true })
      }
      case 'remove':
        await ask('remove room', { name: words.join(' ') })
        return say('Removed.', { ok: true })
      default:
        throw new Refusal('bad-request', 'say `parlor rooms`, or with add or remove')
    }
  },
}

export const pair: Command = {
  names: ['pair'],
  help: [
    ['parlor pair', 'makes a phone a remote: a QR code, or six digits'],
    ['parlor pair yes | no', 'the phone shows the same words as the TV, or not'],
  ],
  async run({ words: [answer], ask, say }) {
    if (answer === 'yes' || answer === 'no') {
      await ask('pair answer', { yes: answer === 'yes' })
      return say(answer === 'yes' ? 'The phone is paired.' : 'The phone is turned away.', { ok: true })
    }
    const pairing = (await ask('pair')) as { link: string; code: string | null; where: string }
    const typed = pairing.code ? `\nOr open ${pairing.where} there and type ${pairing.code}.` : ''
    return say(
      `${terminalQr(pairing.link)}\nScan this with the phone that is to be a remote, within two minutes. It is no link for guests.${typed}`,
      pairing,
    )
  },
}

export const phones: Command = {
  names: ['phones'],
  help: [['parlor phones [remove WHO]', 'the phones that are remotes']],
  async run({ words: [what, ...who], ask, say }) {
    if (what === 'remove') {
      await ask('remove phone', { who: who.join(' ') })
      return say('It is no remote any more.', { ok: true })
    }
    const { phones: all } = (await ask('phones')) as { phones: Array<{ name: string; key: string }> }
    return say(all.map(({ name, key }) => `${name}  ${key}`).join('\n') || 'No phone is paired.', all)
  },
}

export const calls: Command = {
  names: ['calls'],
  help: [['parlor calls', 'what became of calls at the door']],
  async run({ ask, say }) {
    const { calls: all } = (await ask('calls')) as { calls: Ended[] }
    const lines = all.map(({ at, what, name }) => `${new Date(at).toLocaleString()}  ${what}: ${name}`)
    say(lines.join('\n') || 'Nobody has called.', all)
  },
}
