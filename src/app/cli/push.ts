// push.ts — the command for where else a broadcast goes.
import type { PushSeen } from '../pushes.ts'
import type { Command } from './command.ts'

export const push: Command = {
  names: ['push'],
  help: [
    ['parlor push', 'where else the broadcast goes while the call is live, and how it goes there'],
    [
      'parlor push ADDRESS | remove N | off',
      'rtmp://SERVER/APP/KEY, rtmps://... or srt://SERVER:PORT; -: the address is read from standard input',
    ],
  ],
  async run({ words: [what, which], ask, say }) {
    const address = what === '-' ? await typed() : what
    const order =
      what === undefined
        ? ask('push')
        : what === 'off'
          ? ask('push no more')
          : what === 'remove'
            ? ask('push no more', { number: Number(which) })
            : ask('push to', { address })
    const { pushes } = (await order) as { pushes: PushSeen[] }
    const lines = pushes.map(({ to, is, said }, i) => `${i + 1}  ${to}  ${said ?? (is === 'resting' ? 'when the call is live' : is)}`)
    say(lines.join('\n') || 'The broadcast goes to no other server.', pushes)
  },
}

/** The first line of what stands or comes in: so a key is in no list of commands. */
async function typed(): Promise<string> {
  let text = ''
  for await (const piece of process.stdin) {
    text += String(piece)
    if (text.includes('\n')) break
  }
  return text.split('\n')[0] ?? ''
}
