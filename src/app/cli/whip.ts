// whip.ts — the command for programs that publish into the room: where, and who may.
import { Refusal } from '../../lib/fault.ts'
import type { Command } from './command.ts'

export const whip: Command = {
  names: ['whip'],
  help: [
    ['parlor whip', 'other programs (OBS, GStreamer) as one more person in the room: where they publish, and who may'],
    ['parlor whip add NAME | remove NAME', 'a token for one of them, shown this once'],
  ],
  async run({ words: [what, ...words], ask, say }) {
    const name = words.join(' ')
    switch (what) {
      case undefined: {
        const said = (await ask('whip')) as { addresses: string[]; publishers: Array<{ name: string; publishing: boolean }> }
        const who = said.publishers.map((each) => `${each.name}${each.publishing ? '  publishes now' : ''}`).join('\n')
        return say(
          `${who || 'Nobody may publish here; `parlor whip add NAME` makes a token.'}\n\nAddress: ${said.addresses.join('\n     or: ')}`,
          said,
        )
      }
      case 'add': {
        const { token, addresses } = (await ask('whip add', { name })) as { token: string; addresses: string[] }
        return say(`Address: ${addresses.join('\n     or: ')}\nBearer token, shown this once: ${token}`, { token, addresses })
      }
      case 'remove':
        await ask('whip remove', { name })
        return say('Removed. Its token counts no more.', { ok: true })
      default:
        throw new Refusal('bad-request', 'say `parlor whip`, or with add NAME or remove NAME')
    }
  },
}
