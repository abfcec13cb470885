// update-de.ts — what the TV, phones and the command line say of updates, in German.
import type { BackWhy, UpdateOrder, UpdateWhy } from '../update.ts'
import type { Text } from './en.ts'

const UPDATE_WHY: Readonly<Record<UpdateWhy | BackWhy, string>> = {
  away: 'Sie ließ sich nicht holen; es wird wieder versucht.',
  full: 'Auf der Karte ist nicht genug Platz dafür.',
  unsigned: 'Sie ist nicht von jemandem unterschrieben, der diese Box erneuern darf.',
  damaged: 'Was kam, war beschädigt.',
  format: 'Ihr Format nimmt diese Box nicht.',
  board: 'Sie ist für eine andere Art von Box.',
  older: 'Sie ist älter als das, was läuft.',
  unreadable: 'Was kam, ist kein Update.',
  failed: 'Sie ließ sich nicht einspielen.',
  'no start': 'Sie ist nicht gestartet.',
  'not ready': 'Parlor kam darin nicht hoch.',
  'no picture': 'Es gab kein Bild auf dem Fernseher.',
  'no network': 'Es gab kein Netz.',
  'cut off': 'Sie wurde immer wieder unterbrochen.',
  lost: 'Es war nicht mehr bekannt, was erprobt wurde.',
  asked: 'Jemand wollte es so.',
}

/** What one may say to an update; the page on the phone has the same words. */
export const updateOrders: Readonly<Record<UpdateOrder, string>> = {
  check: 'Nach Updates sehen',
  now: 'Jetzt einspielen',
  tonight: 'Heute Nacht einspielen',
  later: 'Jetzt nicht',
  seen: 'In Ordnung',
  undo: 'Zurück zur Version davor',
}

export const update: Text['update'] = {
  title: 'Neue Version',
  noCard:
    'Diese Box läuft nicht von einer unserer Karten und wird deshalb nicht von hier aus erneuert: Das macht, wer sie eingerichtet hat.',
  none: (runs) => `Version ${runs} läuft. Eine neuere ist nicht bekannt.`,
  unasked: (runs) => `Version ${runs} läuft. Nach neueren wird niemand gefragt: Es ist keine Adresse eingestellt.`,
  offered: (version) => `Version ${version} ist da.`,
  waitsNow: 'Sie wird eingespielt, sobald sonst nichts läuft.',
  waitsNight: 'Sie wird heute Nacht eingespielt.',
  downloading: (version, percent) => `Version ${version} wird geholt: ${percent} %.`,
  installing: (version, percent) =>
    `Version ${version} wird eingespielt: ${percent} %. Fällt jetzt der Strom aus, startet die Box, wie sie ist.`,
  installed: (version) => `Version ${version} ist eingespielt. Die Box startet mit ihr neu, sobald sonst nichts läuft.`,
  trying: (version) => `Version ${version} läuft fünf Minuten auf Probe. Stimmt etwas nicht, geht die Box von selbst zurück.`,
  done: (version) => `Die Box hat jetzt Version ${version}.`,
  wentBack: (version, why) => `Die Box ist von Version ${version} zurückgegangen. ${why}`,
  why: (why) => UPDATE_WHY[why],
  ask: (version) => `Die Haussteuerung möchte das Update auf Version ${version} einspielen.`,
  percent: (version, percent) => `${version}: ${percent} %`,
  line: (version) => `Update ${version}: siehe Menü`,
  short: {
    installing: (version) => `Update ${version} wird eingespielt`,
    installed: (version) => `Update ${version} startet gleich`,
    trying: (version) => `Version ${version} läuft auf Probe`,
    done: (version) => `Jetzt mit Version ${version}`,
    'went back': (version) => `Zurück von Version ${version}: siehe Menü`,
  },
  orders: updateOrders,
}
