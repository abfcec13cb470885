// machine.ts — commands about the whole machine: started anew, switched off, erased. They ask the steward, not the daemon: a box whose daemon
// does not start is just one that somebody wants to erase.
import { Fault, Refusal } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import { run } from '../../system/process.ts'
import { groundHere, isCard } from '../../system/reset/here.ts'
import { setMark } from '../../system/reset/mark.ts'
import { STEWARD_SOCKET, stewardAt } from '../../system/steward/client.ts'
import { readSettings } from '../settings.ts'
import type { Command } from './command.ts'

const PATIENCE_MS = 30_000
const WORD = 'everything'

const WARNING = `This erases ${WORD} that people brought to this box: its room, contacts, paired phones, settings, recordings, and on a card the Wi-Fi.
Nobody can bring it back. To do it: parlor reset ${WORD}`

const ask = (order: 'reset' | 'reboot' | 'off') => stewardAt(STEWARD_SOCKET).ask(`system.${order}`, {}, AbortSignal.timeout(PATIENCE_MS))

export const reset: Command = {
  names: ['reset'],
  help: [[`parlor reset ${WORD}`, 'erases all that people brought to this box']],
  async run({ words: [word], say }) {
    if (word !== WORD) throw new Refusal('not-allowed', WARNING)
    if (isCard()) {
      await ask('reset')
      say('The box starts anew, and is then as on its first day.', { ok: true })
      return
    }
    await resetInstalled()
    say('All that people brought to Parlor on this machine is erased. It has begun anew, with another room.', { ok: true })
  },
}

export const reboot: Command = {
  names: ['reboot', 'off'],
  help: [['parlor reboot | off', 'the whole machine']],
  async run({ name, say }) {
    await ask(name === 'off' ? 'off' : 'reboot')
    say(name === 'off' ? 'The box switches itself off.' : 'The box starts anew.', { ok: true })
  },
}

/** On a machine of somebody's: the same work without a restart, and finished by the next start should the power go. */
async function resetInstalled(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Refusal('not-allowed', 'only root may erase the box')
  // Settings that are damaged name no folder; what else is there goes all the same.
  const recordings = await readSettings().then(
    ({ live }) => live.folder,
    () => '',
  )
  await systemctl('stop', 'parlor.service', 'parlor-media.service')
  await setMark(groundHere()(recordings).mark, recordings)
  await systemctl('start', 'parlor-reset.service')
  await systemctl('start', 'parlor.service')
}

async function systemctl(...words: readonly string[]): Promise<void> {
  const { ok, err } = await run('systemctl', words, { timeLimit: seconds(120) })
  if (!ok) throw new Fault('system-refused', `systemctl ${words.join(' ')}: ${err.trim().slice(0, 300)}`)
}
