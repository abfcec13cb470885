// machine-de.ts — switching the box off and erasing it, in German.
import type { machine as en } from './machine-en.ts'

export const machine: typeof en = {
  title: 'Ausschalten, löschen',
  off: 'Ausschalten',
  reboot: 'Neu starten',
  erase: 'Alles löschen',
  eraseWhat:
    'Raum, Kontakte, gekoppelte Telefone, Einstellungen, WLAN und Aufzeichnungen sind dann für immer weg. Das Gerät beginnt wie am ersten Tag.',
  keep: 'Alles behalten',
  further: 'Weiter',
  really: 'Wirklich alles löschen?',
  reallyWhat: 'Niemand kann es zurückholen, wer es auch sei.',
  now: 'Jetzt alles löschen',
  holding: (seconds) => `Alles wird gelöscht, wenn Sie noch ${seconds} s halten. Loslassen bricht ab.`,
  letGo: 'Jetzt loslassen, dann wird alles gelöscht. Weiter halten bricht ab.',
  going: {
    reset: 'Alles wird gelöscht. Das Gerät beginnt wie am ersten Tag.',
    reboot: 'Das Gerät startet neu.',
    off: 'Das Gerät schaltet sich aus. Zum Einschalten den Stecker ziehen und wieder einstecken.',
  },
  failed: (why) => `Das ging nicht: ${why}`,
}
