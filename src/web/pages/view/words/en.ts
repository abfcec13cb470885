// en.ts — what stands on the viewer's page, in English; and the table that every language fills.
import type { ChatRefusal } from '../../../../wire/chat.ts'

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

export const en = {
  locale: 'en-GB',
  title: 'Watch',
  untitled: 'Live from a living room',

  // Cards.
  looking: 'The picture is coming …',
  soon: 'It has not begun yet',
  soonHow: 'Leave this page open: it begins by itself.',
  beginsAt: (when: string) => `It begins ${when}.`,
  anyMoment: 'It begins any moment now.',
  ended: 'The program has ended',
  endedHow: 'Thank you for watching. When there is something new here, it begins by itself.',
  fromStart: 'Watch from the beginning',
  full: 'No seat is free just now',
  fullHow: 'As many are watching as this box can serve. A seat is looked for every few seconds; leave the page open.',
  away: 'The line is lost',
  awayHow: 'The box does not answer. It is tried again and again, and goes on by itself.',
  unplayable: 'This browser cannot play it',
  unplayableHow: 'It plays no H.264. Another browser on this device may.',
  locked: {
    'no key': {
      title: 'This broadcast is private',
      how: 'Only who has its whole link can watch. What stands behind the # is missing here: ask for the link again, and open all of it.',
    },
    'another key': {
      title: 'This link is for another broadcast',
      how: 'Each private broadcast has a link of its own. Ask for the one of today.',
    },
    'this browser': {
      title: 'This browser cannot open private broadcasts',
      how: 'It plays only what everybody may see. Open the same link in another browser.',
    },
  },
  nowhere: 'This link leads nowhere',
  nowhereHow: 'The address of a program is /w/ and 26 letters and digits. Ask for the link again.',
  touch: 'Watch',

  // What is refused.
  refused: 'Something on the way changes what the box sends. What was changed is not shown.',
  refusedHow: 'Only what this program’s box has signed is played here, so the picture may have gaps.',
  unchecked: 'This browser lets nobody check what it plays: the signatures of this program are not verified here.',
  private: 'Private: only who has this whole link can watch and chat.',
  checked: 'Every part is checked: signed by the box of this link.',

  // Keys.
  play: 'Play',
  pause: 'Pause',
  back: 'Ten seconds back',
  on: 'Ten seconds on',
  live: 'Live',
  goLive: 'Go to live',
  isLive: (seconds: string) => `Live, ${seconds} seconds behind`,
  behindLive: (time: string) => `${time} behind live`,
  timeline: 'Where in the program',
  mute: 'Mute',
  unmute: 'Turn the sound on',
  soundOff: 'Sound is off',
  volume: 'Volume',
  captions: 'Captions',
  quality: 'Quality',
  auto: 'Automatic',
  autoHow: 'As good as the line carries',
  pip: 'Picture in picture',
  full_: 'Full screen',
  controls: 'Player',
  close: 'Close',
  keys: 'Keys: space plays and pauses, arrows go back and on, L goes live, M mutes, F fills the screen, C shows captions, T opens the chat.',
  viewers: (n: number) => count(n, 'viewer', 'viewers'),

  // Chat.
  chat: 'Chat',
  showChat: 'Show the chat',
  hideChat: 'Hide the chat',
  noMessages: 'Nobody has said anything yet.',
  chatAway: 'The chat is not there just now; it comes back by itself.',
  chatConnecting: 'The chat is coming …',
  yourName: 'Your name',
  yourNameHint: 'The others see it beside what you say.',
  rename: (name: string) => `You are ${name}. Change the name`,
  message: 'Say something',
  send: 'Send',
  newer: 'Newest',
  owner: 'Host',
  moderator: 'Moderator',
  you: 'You',
  remove: 'Delete',
  removeOf: (name: string) => `Delete what ${name} said`,
  mutePerson: 'Mute 10 min',
  muteOf: (name: string) => `Mute ${name} for ten minutes and take back what they said`,
  slow: 'Slow mode',
  slowOff: 'Off',
  slowEvery: (seconds: number) => (seconds < 60 ? `${seconds} s` : `${seconds / 60} min`),
  slowOn: (seconds: number) =>
    `Slow mode: one message every ${seconds < 60 ? `${seconds} seconds` : count(seconds / 60, 'minute', 'minutes')}.`,
  youModerate: 'You moderate this chat.',
  notSaid: 'That cannot be sent: at most 300 letters, in one line.',
  refusal: {
    'too fast': 'That was quick. Wait a moment.',
    'slow mode': 'Slow mode is on. Wait a little.',
    muted: 'A moderator has muted you for a while.',
    'not yours': 'Only moderators may do that.',
    'said before': 'You have just said that.',
    'nothing there': 'That is not there any more.',
  } satisfies Record<ChatRefusal, string>,
  wait: (seconds: number) => (seconds < 90 ? `(${count(seconds, 'second', 'seconds')})` : `(${Math.ceil(seconds / 60)} minutes)`),
}

export type Words = typeof en
