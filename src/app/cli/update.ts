// update.ts — the command of updates: how one stands, look for one, install one, a file, go back.

import { resolve } from 'node:path'
import { textIn } from '../../core/text/text.ts'
import { type UpdateSeen, updateSentence } from '../../core/update.ts'
import type { Command } from './command.ts'

const ORDERS: Readonly<Record<string, string>> = {
  '--check': 'check',
  '--undo': 'undo',
  now: 'now',
  tonight: 'tonight',
  later: 'later',
  seen: 'seen',
}

export const update: Command = {
  names: ['update'],
  help: [
    ['parlor update', 'how updates stand'],
    ['parlor update --check | now | tonight | later', 'looks for one; installs it as soon as nothing goes on, by night, or not yet'],
    ['parlor update FILE | URL', 'installs a bundle of this machine (.raucb), or the newest of a signed list'],
    ['parlor update --undo', 'back to the version before this one'],
  ],
  async run({ words: [what], ask, say }) {
    const order = what === undefined ? null : ORDERS[what]
    const answer =
      what === undefined
        ? ask('update')
        : order
          ? ask('update order', { order })
          : ask('update from', { what: /^https?:/.test(what) ? what : resolve(what) })
    const { update: seen } = (await answer) as { update: UpdateSeen }
    const text = textIn('en')
    const notes = seen.is === 'offered' && seen.notes?.en ? [`\n${seen.notes.en}`] : []
    say([updateSentence(seen, text), ...notes].join('\n'), seen)
  },
}
