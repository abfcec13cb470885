// call.ts — commands of a call: going in and out, who is let in, microphone, camera, loudspeaker, layout.
import { type Command, isOn } from './command.ts'

export const join: Command = {
  names: ['join'],
  help: [['parlor join [LINK]', 'goes into its own room, or into the room of a link']],
  async run({ words: [link], phone, ask, say }) {
    await ask('join', { phone, ...(link !== undefined && { link }) })
    say('Going in.', { ok: true })
  },
}

export const answer: Command = {
  names: ['answer', 'decline'],
  help: [['parlor answer | decline', 'lets in who rings, or tells them that nobody comes']],
  async run({ name, ask, say }) {
    await ask(name)
    say(name === 'answer' ? 'They are let in.' : 'They are told that nobody comes.', { ok: true })
  },
}

export const call: Command = {
  names: ['call'],
  help: [['parlor call WHO', "rings at a contact's; --phone: by sound only, also with join"]],
  async run({ words, phone, ask, say }) {
    await ask('call', { who: words.join(' '), phone })
    say('Calling.', { ok: true })
  },
}

export const leave: Command = {
  names: ['leave'],
  help: [['parlor leave', 'ends the call; camera and microphone close']],
  async run({ ask, say }) {
    await ask('leave')
    say('The call is over; camera and microphone are closed.', { ok: true })
  },
}

export const mute: Command = {
  names: ['mute', 'unmute'],
  help: [['parlor mute | unmute', 'the microphone']],
  async run({ name, ask, say }) {
    await ask(name)
    say(name === 'mute' ? 'The microphone is muted.' : 'The microphone is open again.', { ok: true })
  },
}

export const camera: Command = {
  names: ['camera'],
  help: [['parlor camera on | off', 'the camera']],
  async run(cli) {
    await cli.ask('camera', { on: isOn(cli) })
    cli.say(`The camera is ${cli.words[0]}.`, { ok: true })
  },
}

export const volume: Command = {
  names: ['volume'],
  help: [['parlor volume PERCENT', 'the loudspeaker']],
  async run({ words: [percent], ask, say }) {
    await ask('volume', { percent: Number(percent) })
    say(`The volume is ${percent} %.`, { ok: true })
  },
}

export const layout: Command = {
  names: ['layout'],
  help: [['parlor layout auto | grid | speaker']],
  async run({ words: [wanted], ask, say }) {
    await ask('layout', { layout: wanted })
    say(`The layout is ${wanted}.`, { ok: true })
  },
}
