// sheets.tsx — what may lie over a call: an invitation, the choice of devices, and what the four pictures are for.
import type { VNode } from 'preact'
import { unreachable } from '../../../lib/fault.ts'
import { Dialog } from '../kit/dialog.tsx'
import { Trouble } from '../kit/trouble.tsx'
import { Invite } from './invite.tsx'
import { Meter } from './meter.tsx'
import type { Own } from './own.ts'
import { Choose } from './picker.tsx'
import type { Store } from './store.ts'
import { troubleSentence } from './words.ts'

export function Sheets({ store }: { store: Store }): VNode | null {
  const sheet = store.sheet.value
  const close = (): void => {
    store.sheet.value = null
  }
  if (sheet === null) return null
  if (sheet === 'invite')
    return (
      <Dialog title="Invite somebody" onClose={close}>
        <Invite link={store.link.value} />
      </Dialog>
    )
  if (sheet === 'devices')
    return (
      <Dialog title="Your devices" onClose={close}>
        <Devices own={store.own} />
      </Dialog>
    )
  if (typeof sheet === 'object') {
    const person = store.people.value.find((p) => p.peer === sheet.compare)
    if (!person?.emoji) return null
    return (
      <Dialog title={`Is this really ${person.name}?`} onClose={close}>
        <Compare name={person.name} emoji={person.emoji} tv={person.kind === 'box'} />
      </Dialog>
    )
  }
  return unreachable(sheet)
}

function Compare({ name, emoji, tv }: { name: string; emoji: readonly string[]; tv: boolean }): VNode {
  return (
    <div class="stack compare">
      <p class="emoji-large" aria-label={`The four pictures: ${emoji.join(' ')}`} role="img">
        {emoji.map((one) => (
          <span key={one}>{one}</span>
        ))}
      </p>
      <p>
        {tv ? `On the TV the same four pictures stand by your name.` : `${name} sees the same four pictures by your name.`} Read them to
        each other.
      </p>
      <p class="soft">
        The same four in the same order: nobody stands between you. Different ones: somebody may be listening, so leave and make a new room.
      </p>
    </div>
  )
}

function Devices({ own }: { own: Own }): VNode {
  const { camera, microphone, speaker } = own.choices.value
  return (
    <div class="stack">
      {own.troubles.value.map((t) => (
        <Trouble key={t.device}>{troubleSentence(t)}</Trouble>
      ))}
      <div>
        <p class="field">Camera</p>
        {camera.length > 0 ? <Choose own={own} kind="camera" /> : <p class="soft">None to choose from yet. Turn your camera on first.</p>}
      </div>
      <div>
        <p class="field">Microphone</p>
        {microphone.length > 0 ? <Choose own={own} kind="microphone" /> : <p class="soft">None to choose from yet. Unmute first.</p>}
      </div>
      {own.microphone.value && <Meter own={own} />}
      {speaker.length > 0 && 'setSinkId' in HTMLMediaElement.prototype && (
        <div>
          <p class="field">Loudspeaker</p>
          <select
            aria-label="Which loudspeaker"
            value={own.chosen.speaker.value}
            onChange={(event) => {
              own.chosen.speaker.value = event.currentTarget.value
            }}
          >
            {speaker.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </div>
      )}
    </div>
  )
}
