// broadcast.ts — commands of a broadcast: going live, announcing it, own tracks beside it, marks in it, and relaying somebody's into the house.
import { Refusal } from '../../lib/fault.ts'
import { timeMeant } from '../announcement.ts'
import { type Command, isOn } from './command.ts'

export const live: Command = {
  names: ['live'],
  help: [
    ['parlor live on | off', 'sends the call out to everybody with the watch link, or ends that'],
    ['parlor live on --private | --open', 'sealed, for browsers that have its whole link alone; or for any player'],
  ],
  async run(cli) {
    const on = isOn(cli)
    const how = cli.words[1]
    if (how !== undefined && !(on && ['--private', '--open'].includes(how)))
      throw new Refusal('bad-request', 'say `parlor live on`, `parlor live on --private` or `parlor live on --open`')
    const asked = { on, ...(how !== undefined && { private: how === '--private' }) }
    const { link, token } = (await cli.ask('live', asked)) as { link: string; token: string | null }
    const open = `Going live. Who has this link may watch:\n${link}`
    const sealed = `Going live, privately. Who has this whole link may watch, in a browser; without what stands behind the # nobody sees anything:\n${link}\nPlayers that speak WHEP show this token: ${token}`
    cli.say(on ? (token === null ? open : sealed) : 'The broadcast ends.', { ok: true, link, token })
  },
}

export const announce: Command = {
  names: ['announce'],
  help: [['parlor announce TIME [TITLE] | off', 'says on the TV and on the watch page when the next broadcast begins, like 20:15']],
  async run({ words: [time, ...title], ask, say }) {
    if (time === undefined) throw new Refusal('bad-request', 'say `parlor announce TIME TITLE`, or `parlor announce off`')
    const off = time === 'off'
    const begins = off ? 0 : timeMeant(time, new Date())
    const { link } = (await ask('announce', off ? { off } : { begins, title: title.join(' ') })) as { link: string }
    say(off ? 'Nothing is announced any more.' : `Announced for ${new Date(begins).toLocaleString()} at\n${link}`, { ok: true, link })
  },
}

export const relay: Command = {
  names: ['relay'],
  help: [['parlor relay LINK [PORT]', 'brings a broadcast into the house: it comes in once, and any number of screens watch it here']],
  async run({ words: [link, word], say }) {
    const port = word === undefined ? null : Number(word)
    if (link === undefined || (port !== null && !(Number.isInteger(port) && port >= 0 && port < 65_536)))
      throw new Refusal('bad-request', 'say `parlor relay LINK`, with the link of a broadcast')
    const { relayHere } = await import('../relay.ts')
    await relayHere(link, port, say)
  },
}

export const tracks: Command = {
  names: ['tracks'],
  help: [
    ['parlor tracks on | off', 'while somebody else broadcasts this call: keeps our own camera and microphone on this box, or no longer'],
  ],
  async run(cli) {
    const on = isOn(cli)
    await cli.ask('tracks', { on })
    cli.say(on ? 'They are kept while the call is broadcast.' : 'They are kept no longer.', { ok: true })
  },
}

export const cut: Command = {
  names: ['cut'],
  help: [['parlor cut begin | end', 'marks what is recorded now: from here, to here']],
  async run({ words: [is], ask, say }) {
    if (is !== 'begin' && is !== 'end') throw new Refusal('bad-request', 'say `parlor cut begin` or `parlor cut end`')
    await ask('mark recording', { is })
    say(is === 'begin' ? 'A piece begins here.' : 'The piece ends here.', { ok: true })
  },
}
