// update-en.ts — what the TV, phones and the command line say of updates, in English.
import type { BackWhy, UpdateOrder, UpdateWhy } from '../update.ts'

const UPDATE_WHY: Readonly<Record<UpdateWhy | BackWhy, string>> = {
  away: 'It could not be fetched; it is tried again.',
  full: 'There is not enough space for it on the card.',
  unsigned: 'It is not signed by who may update this box.',
  damaged: 'What came was damaged.',
  format: 'It is in a format that this box does not take.',
  board: 'It is for another kind of box.',
  older: 'It is older than what runs.',
  unreadable: 'What came is no update.',
  failed: 'It could not be installed.',
  'no start': 'It did not start.',
  'not ready': 'Parlor did not come up in it.',
  'no picture': 'There was no picture on the TV.',
  'no network': 'There was no network.',
  'cut off': 'It was cut off again and again.',
  lost: 'It was not known any more what was tried.',
  asked: 'Somebody wanted it so.',
}

/** What one may say to an update; the page on the phone has the same words. */
export const updateOrders: Readonly<Record<UpdateOrder, string>> = {
  check: 'Look for updates',
  now: 'Install now',
  tonight: 'Install tonight',
  later: 'Not now',
  seen: 'All right',
  undo: 'Back to the version before',
}

export const update = {
  title: 'Update',
  noCard: 'This box does not run from a card of ours, so it is not updated from here: who set it up does that.',
  none: (runs: string) => `Version ${runs} runs. No newer one is known.`,
  unasked: (runs: string) => `Version ${runs} runs. Nobody is asked for newer ones: no address is set.`,
  offered: (version: string) => `Version ${version} is there.`,
  waitsNow: 'It is installed as soon as nothing else goes on.',
  waitsNight: 'It is installed tonight.',
  downloading: (version: string, percent: number) => `Version ${version} is being fetched: ${percent} %.`,
  installing: (version: string, percent: number) =>
    `Version ${version} is being installed: ${percent} %. Should the power go now, the box starts as it is.`,
  installed: (version: string) => `Version ${version} is installed. The box starts anew with it as soon as nothing else goes on.`,
  trying: (version: string) => `Version ${version} runs on trial for five minutes. Is something amiss, the box goes back by itself.`,
  done: (version: string) => `The box was updated to version ${version}.`,
  wentBack: (version: string, why: string) => `The box has gone back from version ${version}. ${why}`,
  why: (why: UpdateWhy | BackWhy) => UPDATE_WHY[why],
  /** On the TV of a box at rest. */
  ask: (version: string) => `Home automation wants to install the update to version ${version}.`,
  percent: (version: string, percent: number) => `${version}  ·  ${percent} %`,
  line: (version: string) => `Update ${version}: see the menu`,
  short: {
    installing: (version: string) => `Update ${version} is being installed`,
    installed: (version: string) => `Update ${version} starts in a moment`,
    trying: (version: string) => `Version ${version} runs on trial`,
    done: (version: string) => `Updated to ${version}`,
    'went back': (version: string) => `Back from version ${version}: see the menu`,
  },
  orders: updateOrders,
}
