// watch.ts — the command of a broadcast of elsewhere on this TV: show it, stand still, go back, live again, no more of it.
import { Refusal } from '../../lib/fault.ts'
import type { Command } from './command.ts'

const MOVES: Readonly<Record<string, { readonly order: string; readonly more?: Record<string, unknown>; readonly said: string }>> = {
  off: { order: 'watch no more', said: 'The TV shows no broadcast any more.' },
  pause: { order: 'pause', more: { on: true }, said: 'It stands still.' },
  on: { order: 'pause', more: { on: false }, said: 'It goes on.' },
  back: { order: 'watch back', said: 'Half a minute back.' },
  live: { order: 'watch live', said: 'Back to live.' },
}

export const watch: Command = {
  names: ['watch'],
  help: [
    ['parlor watch LINK | off', 'shows a broadcast on this TV, or no more of it; a call interrupts it'],
    ['parlor watch pause | on | back | live', 'stands still, goes on, half a minute back, live again'],
  ],
  async run({ words: [word], ask, say }) {
    if (word === undefined) throw new Refusal('bad-request', 'say `parlor watch LINK`, with the link of a broadcast, or `parlor watch off`')
    const move = MOVES[word]
    await (move ? ask(move.order, move.more) : ask('watch', { link: word }))
    say(move?.said ?? 'The TV shows the broadcast.', { ok: true })
  },
}
