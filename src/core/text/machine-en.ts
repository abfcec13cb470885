// machine-en.ts — switching the box off and erasing it, in English.
export const machine = {
  title: 'Switch off, erase',
  off: 'Switch off',
  reboot: 'Start anew',
  erase: 'Erase everything',
  eraseWhat: 'Room, contacts, paired phones, settings, Wi-Fi and recordings are gone for good. The box then starts as on its first day.',
  keep: 'Keep everything',
  further: 'Go on',
  really: 'Really erase everything?',
  reallyWhat: 'Nobody can bring it back, whoever they are.',
  now: 'Erase everything now',
  holding: (seconds: number) => `Everything is erased if you hold on for ${seconds} s. Let go to stop.`,
  letGo: 'Let go now, and everything is erased. Hold on to stop.',
  going: {
    reset: 'Everything is being erased. The box starts anew, as on its first day.',
    reboot: 'The box starts anew.',
    off: 'The box switches itself off. To switch it on again, pull its plug and put it back.',
  },
  failed: (why: string) => `That did not work: ${why}`,
}
