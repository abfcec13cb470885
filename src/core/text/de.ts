// de.ts — what stands on the TV, in German.
import type { AmissTable, DeviceEnd, LineEnd, PushWhy } from '../amiss.ts'
import type { Text } from './en.ts'
import { machine } from './machine-de.ts'
import { setupDe } from './setup/de.ts'
import { update } from './update-de.ts'

const SPELT = ['keine', 'eine', 'zwei', 'drei', 'vier', 'fünf', 'sechs']

function lineEnd(end: LineEnd): string {
  if (typeof end === 'object') {
    if ('noChip' in end) return `es gibt hier keinen Chip mit Leitungen namens ${end.noChip}`
    if ('chip' in end) return `${end.chip} hat nur ${end.lines} Leitungen, eine Leitung ${end.line} gibt es nicht`
    if ('noLight' in end) return `es gibt hier kein Licht namens ${end.noLight}`
    return 'darkLight' in end ? `das Licht ${end.darkLight} lässt sich nicht schalten` : `die Leitung lässt sich nicht öffnen: ${end.said}`
  }
  return LINE_ENDS[end]
}
const LINE_ENDS: Readonly<Record<LineEnd & string, string>> = {
  'not looked for': 'danach wurde noch nicht gesucht',
  'no header': 'dieses Gerät hat keine Stiftleiste mit GPIO-Leitungen',
  taken: 'ein anderer Treiber oder ein anderes Programm hat diese Leitung',
  'not allowed': 'wir dürfen GPIO-Leitungen nicht benutzen; der Benutzer muss in die Gruppe gpio',
  'no kernel part': 'dieser Kernel bietet kein /sys/class/gpio an',
  'not built': 'der Teil, der GPIO-Leitungen liest, ist nicht gebaut; scripts/setup ausführen',
  gone: 'die Leitung ist verschwunden',
}

const DEVICE_ENDS: Readonly<Record<DeviceEnd & string, string>> = {
  ended: 'es ist zu Ende',
  'gave nothing': 'es kommt kein Ton',
  'fell silent': 'es kommt kein Ton mehr',
  'takes nothing': 'es nimmt keinen Ton an',
}
const PUSH_WHY: Readonly<Record<PushWhy, string>> = {
  'no such server': 'ein Server dieses Namens ist nicht zu finden',
  'nobody there': 'unter diesem Port antwortet niemand',
  'no answer': 'er antwortet nicht',
  'key refused': 'er nimmt diese Adresse oder ihren Schlüssel nicht an',
  'not certified': 'sein Zertifikat gilt nicht',
  'broke off': 'die Verbindung ist abgebrochen',
}
const deviceEnd = (end: DeviceEnd): string => (typeof end === 'object' ? end.said : DEVICE_ENDS[end])
const quoted = (name: string | null): string => (name === null ? '' : ` „${name}“`)
const MUTE = 'die anderen hören diesen Raum nicht'
const DEAF = 'hier ist nichts zu hören'
const FORGETS = 'Was sich jetzt ändert, ist beim nächsten Start vergessen.'

const amiss: AmissTable = {
  'broker-away': () => 'Der Weg, auf dem man sich findet, ist weg. Wer da ist, bleibt; neue Gäste kommen erst wieder, wenn er da ist.',
  'not-confirmed': ({ name }) => `Ob ${name} wirklich ${name} ist, ließ sich nicht bestätigen; weder Bild noch Ton wurde ausgetauscht.`,
  'no-way': ({ name }) => `${name} ist da, aber keine Verbindung kommt zustande. Eines der beiden Netze lässt wohl keine Anrufe durch.`,
  'room-full': ({ limit }) =>
    `In diesem Raum sind schon ${SPELT[limit] ?? limit} Leute. Bitten Sie jemanden zu gehen, oder öffnen Sie einen anderen Raum.`,
  stranger: () => 'Jemand mit dem Link dieses Raums gibt sich für einen anderen aus. Das blieb ohne Wirkung; ein neuer Raum wäre gut.',
  'other-version': () =>
    'Jemand in diesem Raum hat ein neueres Parlor als dieses, und die beiden verstehen sich nicht. Bitte aktualisieren.',

  'camera unwanted': () => 'Eine Kamera ist nicht gewünscht',
  'no camera': () => 'Keine Kamera ist angeschlossen',
  'no camera there': ({ path }) => `Unter ${path} ist keine Kamera`,
  'no encoder': () => 'Die Kamera ist nicht zu gebrauchen: Kein H.264-Kodierer dieses Geräts funktioniert',
  'camera fails': ({ name, said }) => `Die Kamera (${name}) funktioniert nicht: ${said}`,
  'camera ended': ({ name }) => `Die Kamera (${name}) ist zu Ende`,
  'camera silent': ({ name }) => `Die Kamera (${name}) gibt kein Bild`,
  'camera closed': ({ name }) => `Die Kamera (${name}) wurde geschlossen`,
  'no room to encode': ({ name }) => `Die Kamera (${name}) funktioniert nicht: Der Kodierer hat keinen Platz für ein weiteres Bild`,
  'camera fell': ({ said }) => `Die Kamera ist ausgefallen und wird neu gestartet (${said})`,

  'sound fell': ({ said }) => `Der Ton ist ausgefallen und wird neu gestartet (${said}).`,
  'no microphone': () => `Kein Mikrofon gefunden; ${MUTE}.`,
  'no loudspeaker': () => `Kein Lautsprecher gefunden; ${DEAF}.`,
  'microphone fails': ({ name, end }) => `Das Mikrofon${quoted(name)} funktioniert nicht (${deviceEnd(end)}); ${MUTE}.`,
  'loudspeaker fails': ({ name, end }) => `Der Lautsprecher${quoted(name)} funktioniert nicht (${deviceEnd(end)}); ${DEAF}.`,
  'echo distorted': () =>
    'Das Mikrofon hört den Lautsprecher so verzerrt, dass die anderen sich selbst hören. Leiser stellen, oder beide weiter auseinander.',
  'echo heard': () => 'Die anderen hören sich vielleicht selbst: Der Lautsprecher ist zu laut oder verzerrt.',

  'nothing on HDMI': () =>
    'Kein Fernseher ist an HDMI, oder ein anderes Programm hat den Bildschirm. Das Bild ist unter /tv, und HDMI wird wieder versucht.',
  'HDMI fails': ({ said }) =>
    `Kein Fernseher ist an HDMI, oder ein anderes Programm hat den Bildschirm (${said}). Das Bild ist unter /tv, und HDMI wird wieder versucht.`,
  'window fails': ({ said }) => `Hier lässt sich kein Fenster öffnen (${said}). Das Bild ist unter /tv, und es wird wieder versucht.`,
  'sink fails': ({ said }) =>
    `Die Einstellung tv.output führt zu keinem Bild (${said}). Das Bild ist unter /tv, und es wird wieder versucht.`,

  'live fails': ({ said }) => `Dieses Gespräch kann nicht übertragen werden: ${said}.`,
  'recording stopped': ({ said }) => `Die Übertragung wird nicht mehr aufgezeichnet: ${said}.`,
  'update went back': ({ version, why }) => update.wentBack(version, update.why(why)),
  'push waits': ({ to, why }) => `Die Übertragung erreicht ${to} nicht: ${PUSH_WHY[why]}. Es wird wieder versucht.`,

  'button unreadable': ({ end }) => `Der Knopf lässt sich nicht lesen: ${lineEnd(end)}.`,
  'light dark': ({ end }) => `Das Licht lässt sich nicht schalten: ${lineEnd(end)}.`,
  'switch unreadable': ({ end }) => `Der Schalter am Gerät lässt sich nicht lesen, also bleiben Kamera und Mikrofon aus: ${lineEnd(end)}.`,

  'held up': ({ seconds }) => `Das Gerät war ${seconds.toFixed(1).replace('.', ',')} s lang aufgehalten.`,
  'no sign of life': ({ seconds }) => `Kamera, Ton und Fernsehbild geben seit ${seconds} s kein Lebenszeichen.`,
  'disk full': () => `Der Speicher ist voll. ${FORGETS}`,
  'disk broken': () => `Auf den Speicher lässt sich nicht schreiben. ${FORGETS}`,
  'disk silent': () => 'Der Speicher antwortet nicht.',

  refused: ({ said }) => `Das ging nicht: ${said}`,

  'at our door': ({ name }) => `${name} steht hier vor der Tür.`,
  'rings there': ({ name }) => `Es klingelt bei ${name}.`,
  'will not come': ({ name }) => `${name} kann gerade nicht an die Tür kommen.`,
  'is busy': ({ name }) => `${name} ist in einem anderen Gespräch.`,
  'wants quiet': ({ name }) => `${name} möchte jetzt nicht gestört werden.`,
}

export const de: Text = {
  amiss,
  locale: 'de-DE',
  somebody: 'Jemand',
  you: 'Sie',
  youAreMuted: 'Ton aus',
  muted: 'Ton aus',
  sharesScreen: (name) => `${name} zeigt einen Bildschirm`,

  scanToCall: 'Scannen, um hier anzurufen',
  missed: (names) => `Verpasst: ${names}`,

  isCalling: (room) => (room ? `ruft ${room} an` : 'ruft an'),
  okAnswers: 'OK nimmt an  ·  ZURÜCK lehnt ab',
  answersIn: (seconds) => `Nimmt von selbst an in ${seconds}`,
  anyKeyStops: 'Jede Taste hält das auf',

  aloneTitle: 'Noch ist niemand da',
  aloneScan: ['Den Code mit einem Telefon scannen oder den', 'Link im Browser öffnen: Dann sehen Sie sich hier.'],
  aloneElsewhere: 'Sobald jemand kommt, sehen Sie sich hier.',

  reconnecting: 'Verbindung wird erneuert …',
  connecting: 'Verbindung wird aufgebaut …',
  shareComes: 'Der geteilte Bildschirm kommt …',
  yourCameraOff: 'Ihre Kamera ist aus',
  cameraOff: 'Kamera ist aus',
  pictureComes: 'Das Bild kommt …',

  testPicture: 'Testbild',
  standIn: 'Keine Kamera',
  shutterShut: 'Der Schalter am Gerät ist zu: Kamera und Mikrofon sind aus.',

  watch: {
    comes: 'Die Übertragung kommt …',
    lost: 'Die Übertragung ist nicht erreichbar',
    tried: 'Es wird immer wieder versucht und geht hier von selbst weiter.',
    ended: 'Die Übertragung ist zu Ende',
    none: 'Noch wird nichts übertragen',
    waits: 'Hier beginnt es von selbst.',
    begins: (when) => `Beginn um ${when}, hier von selbst.`,
    full: 'Es sehen schon so viele zu, wie Platz haben',
    locked: 'Diese Übertragung ist privat',
    wholeLink: 'Dafür muss der Link ganz sein, mit dem Teil hinter dem #.',
    odd: 'Diese Übertragung lässt sich hier nicht zeigen',
    backStops: 'ZURÜCK: nicht mehr zusehen',
    paused: 'Angehalten',
    behind: (minutes) => (minutes < 1 ? 'Vor einer halben Minute' : minutes === 1 ? 'Vor einer Minute' : `Vor ${minutes} Minuten`),
    pausedKeys: '▶ weiter  ·  rechts: live  ·  ZURÜCK beendet',
    behindKeys: 'rechts: live  ·  links: 30 Sekunden zurück  ·  ZURÜCK beendet',
    title: 'Zusehen',
    stop: 'Nicht mehr zusehen',
    pause: 'Anhalten',
    goOn: 'Weiter',
    live: 'Zurück zu live',
    again: '30 Sekunden zurück',
    nothing: 'Hier im Haus sieht gerade niemand zu. Den Link einer Übertragung fügt man am Telefon in die Fernbedienung ein.',
    readAt: (where) => `von ${where}`,
  },

  live: (watching, isPrivate = false) =>
    ['LIVE', ...(isPrivate ? ['privat'] : []), ...(watching === 0 ? [] : [`${watching} sehen zu`])].join(' · '),
  announced: (when, title) => (title ? `Live um ${when}: ${title}` : `Live um ${when}`),
  liveBy: (name) => `LIVE durch ${name}`,
  asks: {
    join: 'Die Haussteuerung will diesen Raum mit Kamera öffnen.',
    ring: 'Die Haussteuerung will von hier jemanden anrufen.',
    listen: 'Die Haussteuerung will das Mikrofon öffnen.',
    look: 'Die Haussteuerung will die Kamera öffnen.',
    live: 'Die Haussteuerung will diesen Raum öffentlich übertragen.',
    private: 'Die Haussteuerung will die Sendung für alle öffnen, die den Link haben.',
    watch: 'Die Haussteuerung will auf diesem Fernseher eine Übertragung zeigen.',
    tracks: 'Jemand überträgt diesen Anruf. Unser eigenes Bild und unseren Ton hier behalten, für einen besseren Film davon?',
  },
  giveTracks: (who, when) => `${who} möchte euer eigenes Bild und euren Ton des Anrufs vom ${when}, für einen besseren Film. Hergeben?`,
  askKeys: (sentence) => `${sentence}  OK: ja  ·  ZURÜCK: nein`,
  leaveAsk: 'Auflegen?  ZURÜCK: ja  ·  Pfeil: bleiben',

  setup: setupDe,
  menu: 'Menü',
  menuHint: '▲ ▼ wählen  ·  OK  ·  ZURÜCK schließt',
  pageHint: '▲ ▼ wählen  ·  OK  ·  ZURÜCK',
  comeIn: 'Diesen Raum öffnen',
  hangUp: 'Auflegen',
  goLive: 'Live übertragen',
  goLivePrivately: 'Live übertragen, privat',
  endLive: 'Übertragung beenden',
  endTracks: 'Unser Bild und unseren Ton nicht mehr behalten',
  again: 'Noch einmal, 30 Sekunden',
  againOnlyLive:
    'Was gesagt wurde, lässt sich nur noch einmal zeigen, solange live übertragen und aufgezeichnet wird: Sonst wird nichts behalten.',
  backToNow: 'Zurück zu jetzt',
  past: 'Vorhin  ·  ZURÜCK: jetzt',
  microphone: 'Mikrofon',
  camera: 'Kamera',
  volume: 'Lautstärke',
  doNotDisturb: 'Nicht stören',
  on: 'an',
  off: 'aus',
  contacts: 'Jemanden anrufen',
  noContacts: 'Noch niemand. Kontakte fügt man mit einem Telefon hinzu.',
  there: 'da',
  away: 'nicht da',
  rooms: 'Räume',
  ownRoom: 'dieses Gerät',
  quiet: 'Ruhe',
  nowQuiet: 'Ruhezeit',
  quietHours: 'Ruhezeit',
  none: 'keine',
  nightNow: (to) => `Jetzt ist Ruhezeit: Vor ${to} Uhr klingelt niemand.`,
  nightLater: (from) => `Ab ${from} Uhr klingelt niemand. Die Zeiten stellt man mit einem Telefon ein, in den Einstellungen.`,
  noNight: 'Zeiten, in denen niemand klingelt, stellt man mit einem Telefon ein, in den Einstellungen.',
  layout: 'Bild',
  layouts: { auto: 'Von selbst', grid: 'Alle gleich groß', speaker: 'Wer spricht, ist groß' },
  calls: 'Anrufe',
  noCalls: 'Niemand hat angerufen.',
  ended: { missed: 'verpasst', declined: 'abgelehnt', answered: 'angenommen', 'answered by itself': 'von selbst angenommen' },
  pair: 'Telefon koppeln',
  phones: 'Gekoppelte Telefone',
  noPhones: 'Kein Telefon ist gekoppelt.',
  removePhone: (name) => `${name} entfernen?`,
  remove: 'Entfernen',
  keep: 'Behalten',
  health: 'Wie geht es dem Gerät?',
  looking: 'Einen Augenblick.',
  check: {
    loudspeaker: 'Lautsprecher',
    tv: 'Fernseher',
    network: 'Netz',
    roomsBroker: 'Broker der Räume',
    homeBroker: 'Broker des Hauses',
    heat: 'Prozessor',
    power: 'Netzteil',
    inUse: 'in Betrieb',
    atRest: 'geschlossen',
    missing: 'fehlt',
    shut: 'abgeschaltet',
    unwanted: 'nicht gewünscht',
    nobody: 'nicht gefunden',
    connected: 'angeschlossen',
    inBrowser: 'im Browser',
    noNetwork: 'keine Adresse',
    reached: 'erreicht',
    unreached: 'nicht erreicht',
    enough: 'genug',
    tooLittle: 'zu schwach',
  },
  doctor: {
    oldNode: (version) => `Node ${version} ist zu alt; scripts/setup ausführen`,
    noAddon: 'Die Anbindung an GStreamer ist nicht gebaut; scripts/setup ausführen',
    noPages: 'Die Seiten sind nicht gebaut; scripts/setup ausführen',
    lacking: (element, from) => `In GStreamer fehlt ${element}; ${from} installieren`,
    noEncoder: 'Ein H.264-Kodierer fehlt; gstreamer1.0-plugins-ugly installieren',
    hot: (degrees) => `Der Prozessor hat ${degrees} °C und wird langsamer; er braucht Luft oder einen Kühlkörper`,
    starved: 'Das Netzteil gibt zu wenig Spannung; bitte das für dieses Gerät gemachte nehmen',
  },
  about: 'Über dieses Gerät',
  name: 'Name',
  version: 'Version',
  address: 'Adresse',
  allWell: 'Alles in Ordnung.',

  machine,
  update,

  pairTitle: 'Telefon koppeln',
  pairScan: 'Mit dem Telefon scannen, das Fernbedienung werden soll,',
  pairType: (where) => `oder ${where} öffnen und tippen`,
  pairOnly: 'Kein Link für Gäste: Wer ihn scannt, darf Kamera und Mikrofon benutzen.',
  pairCompare: (phone) => `${phone} möchte Fernbedienung werden. Stehen dort diese Wörter?`,
  pairKeys: 'OK: ja, dieselben Wörter  ·  ZURÜCK: nein',
  pairLeft: (seconds) => `noch ${seconds} s`,
  pairDone: (phone) => `${phone} ist gekoppelt.`,
  pairLocked: 'Zu viele falsche Codes. Eine Weile gilt nur der QR-Code.',
}
