// words.ts — what the page of the set-up says, in English and in German.

export const en = {
  title: 'Set up this box',
  choose: 'Which Wi-Fi shall the box join?',
  none: 'The box has found no Wi-Fi. Type its name.',
  other: 'Another network',
  name: 'Name of the Wi-Fi',
  hidden: 'It hides its name',
  password: 'Password of the Wi-Fi',
  show: 'Show the password',
  open: 'open to everybody',
  company: 'wants a name and a password for each person: the box cannot join it',
  old: 'too old to be safe: the box does not join it',
  strength: ['weak', 'fair', 'good'],
  before: (own: string) =>
    `The box has one radio: while it tries, its own Wi-Fi (${own}) goes away, and this page stands still. If it works, your phone goes back to its own network: look at the TV then. If it does not, the box's Wi-Fi comes back, and the TV and this page say why.`,
  join: 'Join',
  badName: 'Type the name of the Wi-Fi.',
  badPassword: 'A Wi-Fi password has at least 8 letters, figures or signs.',
  trying: (ssid: string) => `The box tries to join ${ssid} …`,
  tryingHint: (own: string) =>
    `Look at the TV. If it says that it worked, you are done here: scan what it shows next. If not, join ${own} once more; this page goes on by itself.`,
  alone: 'Go on without a network',
  aloneHint: 'The box keeps its own Wi-Fi. Calls then work only with phones on it.',
  isAlone: 'The box stays by itself. Scan what the TV shows to pair this phone.',
  failed: {
    password: (ssid: string) => `${ssid}: the password was not right. Capital letters count.`,
    absent: (ssid: string) => `${ssid} was not to be found. Is it switched on, and near enough?`,
    'no address': (ssid: string) => `${ssid} gave the box no address. Restart the router, or try again.`,
    lock: (ssid: string) => `${ssid} is not a network with one password for all, so the box cannot join it.`,
    radio: () => 'The Wi-Fi of the box cannot be used.',
    late: (ssid: string) => `${ssid} took too long. Try again, or put the box nearer to the router.`,
    other: (ssid: string) => `${ssid} could not be joined. Mostly the password is wrong.`,
  },
}
export type Words = typeof en

export const de: Words = {
  title: 'Dieses Gerät einrichten',
  choose: 'In welches WLAN soll das Gerät?',
  none: 'Das Gerät hat kein WLAN gefunden. Bitte den Namen eingeben.',
  other: 'Ein anderes WLAN',
  name: 'Name des WLANs',
  hidden: 'Es zeigt seinen Namen nicht',
  password: 'Passwort des WLANs',
  show: 'Passwort zeigen',
  open: 'offen für alle',
  company: 'will für jeden einen Namen und ein Passwort: das Gerät kann dort nicht hinein',
  old: 'zu alt, um sicher zu sein: das Gerät geht dort nicht hinein',
  strength: ['schwach', 'mittel', 'gut'],
  before: (own) =>
    `Das Gerät hat nur eine Antenne: Während es versucht, hineinzukommen, ist sein eigenes WLAN (${own}) weg, und diese Seite steht still. Klappt es, geht das Telefon in sein eigenes Netz zurück: dann auf den Fernseher schauen. Klappt es nicht, kommt das WLAN des Geräts wieder, und der Fernseher und diese Seite sagen, warum.`,
  join: 'Beitreten',
  badName: 'Bitte den Namen des WLANs eingeben.',
  badPassword: 'Ein WLAN-Passwort hat mindestens 8 Buchstaben, Ziffern oder Zeichen.',
  trying: (ssid) => `Das Gerät versucht, ${ssid} beizutreten …`,
  tryingHint: (own) =>
    `Bitte auf den Fernseher schauen. Sagt er, dass es geklappt hat, ist hier alles getan: scannen, was er dann zeigt. Wenn nicht, noch einmal ${own} beitreten; diese Seite geht von selbst weiter.`,
  alone: 'Ohne Netz weiter',
  aloneHint: 'Das Gerät behält sein eigenes WLAN. Anrufe gehen dann nur mit Telefonen darin.',
  isAlone: 'Das Gerät bleibt für sich. Zum Koppeln dieses Telefons scannen, was der Fernseher zeigt.',
  failed: {
    password: (ssid) => `${ssid}: Das Passwort war nicht richtig. Groß und klein zählt.`,
    absent: (ssid) => `${ssid} war nicht zu finden. Ist es an und nah genug?`,
    'no address': (ssid) => `${ssid} hat dem Gerät keine Adresse gegeben. Den Router neu starten oder noch einmal versuchen.`,
    lock: (ssid) => `${ssid} hat nicht ein Passwort für alle; das Gerät kann dort nicht hinein.`,
    radio: () => 'Das WLAN des Geräts ist nicht zu gebrauchen.',
    late: (ssid) => `${ssid} hat zu lange gebraucht. Noch einmal versuchen oder das Gerät näher an den Router stellen.`,
    other: (ssid) => `${ssid}: Der Beitritt hat nicht geklappt. Meist ist das Passwort falsch.`,
  },
}

/** The first of a person's languages that we speak. */
export const wordsFor = (languages: readonly string[]): { readonly language: 'en' | 'de'; readonly words: Words } => {
  const language =
    languages.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each === 'de' || each === 'en') === 'de' ? 'de' : 'en'
  return { language, words: { en, de }[language] }
}

/** Where a phone was made for, as far as its languages say: the radio's rules of that country are taken. */
export const countryOf = (languages: readonly string[]): string | null =>
  languages.map((each) => /^[a-z]{2,3}-(?:[A-Z][a-z]{3}-)?([A-Z]{2})$/.exec(each)?.[1]).find((each) => each !== undefined) ?? null
