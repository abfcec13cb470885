// en.ts — what stands on the TV, in English. The shape of this table is the shape of every other language's.
import type { AmissTable, CallAmiss, DeviceEnd, LineEnd, PushWhy } from '../amiss.ts'
import { machine } from './machine-en.ts'
import { setupEn } from './setup/en.ts'
import { update } from './update-en.ts'

const SPELT = ['no', 'one', 'two', 'three', 'four', 'five', 'six']

/** What can be amiss in a call: pages say it too, and need no more of this file. */
export const callAmiss: AmissTable<CallAmiss> = {
  'broker-away': () => 'The way by which people find each other is down. Who is here stays; nobody new can come until it is back.',
  'not-confirmed': ({ name }) => `We could not confirm that ${name} is who they say; no picture or sound was exchanged.`,
  'no-way': ({ name }) => `${name} is here, but no connection to them comes about. One of the two networks may block calls.`,
  'room-full': ({ limit }) =>
    `There are already ${SPELT[limit] ?? limit} people in this room. Ask one of them to leave, or open another room.`,
  stranger: () => 'Somebody with the link of this room pretends to be another person. It had no effect; think of a new room.',
  'other-version': () => 'Somebody in this room has a newer Parlor than this one, and the two do not understand each other. Please update.',
}

/** How a line of the board failed, as part of a sentence. */
export function lineEnd(end: LineEnd): string {
  if (typeof end === 'object') {
    if ('noChip' in end) return `there is no chip of lines called ${end.noChip}`
    if ('chip' in end) return `${end.chip} has only ${end.lines} lines; there is no line ${end.line}`
    if ('noLight' in end) return `there is no light called ${end.noLight} here`
    return 'darkLight' in end ? `the light ${end.darkLight} cannot be switched` : `the line cannot be opened: ${end.said}`
  }
  return LINE_ENDS[end]
}
const LINE_ENDS: Readonly<Record<LineEnd & string, string>> = {
  'not looked for': 'it was not looked for yet',
  'no header': 'this board has no header with GPIO pins',
  taken: 'another driver or program has this line',
  'not allowed': 'we may not use GPIO lines; add the user to the group gpio',
  'no kernel part': 'this kernel offers no /sys/class/gpio',
  'not built': 'the part that reads GPIO lines is not built; run scripts/setup',
  gone: 'the line went away',
}

const DEVICE_ENDS: Readonly<Record<DeviceEnd & string, string>> = {
  ended: 'it has ended',
  'gave nothing': 'it gives no sound',
  'fell silent': 'it fell silent',
  'takes nothing': 'it takes no sound',
}
const PUSH_WHY: Readonly<Record<PushWhy, string>> = {
  'no such server': 'no server of that name is found',
  'nobody there': 'nobody answers at that port',
  'no answer': 'it does not answer',
  'key refused': 'it does not take this address or its key',
  'not certified': 'its certificate is not valid',
  'broke off': 'the connection broke off',
}
const deviceEnd = (end: DeviceEnd): string => (typeof end === 'object' ? end.said : DEVICE_ENDS[end])
const quoted = (name: string | null): string => (name === null ? '' : ` "${name}"`)
const AGAIN = 'The picture is at /tv'
const MUTE = 'the others cannot hear this room'
const DEAF = 'nothing can be heard here'
const FORGETS = 'what changes now is forgotten at the next start.'

const amiss: AmissTable = {
  ...callAmiss,
  'camera unwanted': () => 'No camera is wanted',
  'no camera': () => 'No camera is plugged in',
  'no camera there': ({ path }) => `There is no camera at ${path}`,
  'no encoder': () => 'The camera cannot be used: no H.264 encoder of this machine works',
  'camera fails': ({ name, said }) => `The camera (${name}) does not work: ${said}`,
  'camera ended': ({ name }) => `The camera (${name}) has ended`,
  'camera silent': ({ name }) => `The camera (${name}) gives no picture`,
  'camera closed': ({ name }) => `The camera (${name}) was closed`,
  'no room to encode': ({ name }) => `The camera (${name}) does not work: the encoder has no room for another picture`,
  'camera fell': ({ said }) => `The camera stopped and is being started again (${said})`,

  'sound fell': ({ said }) => `The sound stopped and is being started again (${said}).`,
  'no microphone': () => `No microphone was found; ${MUTE}.`,
  'no loudspeaker': () => `No loudspeaker was found; ${DEAF}.`,
  'microphone fails': ({ name, end }) => `The microphone${quoted(name)} does not work (${deviceEnd(end)}); ${MUTE}.`,
  'loudspeaker fails': ({ name, end }) => `The loudspeaker${quoted(name)} does not work (${deviceEnd(end)}); ${DEAF}.`,
  'echo distorted': () =>
    'The microphone hears the loudspeaker so distorted that the others hear themselves. Turn the volume down or move the two apart.',
  'echo heard': () => 'The others may hear themselves: the loudspeaker is too loud or distorted.',

  'nothing on HDMI': () =>
    `No TV is connected by HDMI, or another program holds the screen (nothing is plugged in). ${AGAIN}, and HDMI is tried again.`,
  'HDMI fails': ({ said }) =>
    `No TV is connected by HDMI, or another program holds the screen (${said}). ${AGAIN}, and HDMI is tried again.`,
  'window fails': ({ said }) => `No window can be opened here (${said}). ${AGAIN}, and it is tried again.`,
  'sink fails': ({ said }) => `The sink of the setting tv.output does not work (${said}). ${AGAIN}, and it is tried again.`,

  'live fails': ({ said }) => `This call cannot be broadcast: ${said}.`,
  'recording stopped': ({ said }) => `The broadcast is not recorded any more: ${said}.`,
  'update went back': ({ version, why }) => update.wentBack(version, update.why(why)),
  'push waits': ({ to, why }) => `The broadcast does not reach ${to}: ${PUSH_WHY[why]}. It is tried again.`,

  'button unreadable': ({ end }) => `The button cannot be read: ${lineEnd(end)}.`,
  'light dark': ({ end }) => `The light cannot be switched: ${lineEnd(end)}.`,
  'switch unreadable': ({ end }) => `The privacy switch cannot be read, so camera and microphone stay off: ${lineEnd(end)}.`,

  'held up': ({ seconds }) => `The box was held up for ${seconds.toFixed(1)} s.`,
  'no sign of life': ({ seconds }) => `Camera, sound and TV have shown no sign of life for ${seconds} s.`,
  'disk full': () => `The disk is full: ${FORGETS}`,
  'disk broken': () => `The disk cannot be written to: ${FORGETS}`,
  'disk silent': () => 'The disk does not answer.',

  refused: ({ said }) => said,

  'at our door': ({ name }) => `${name} is at the door of this box.`,
  'rings there': ({ name }) => `It rings at ${name}'s.`,
  'will not come': ({ name }) => `${name} cannot come to the door now.`,
  'is busy': ({ name }) => `${name} is in another call.`,
  'wants quiet': ({ name }) => `${name} does not want to be disturbed now.`,
}

export const en = {
  /** What is amiss, a sentence each. */
  amiss,
  /** For dates and times. */
  locale: 'en-GB',
  somebody: 'Somebody',
  you: 'You',
  youAreMuted: 'You are muted',
  muted: 'Muted',
  sharesScreen: (name: string) => `${name} shares a screen`,

  scanToCall: 'Scan to call this room',
  missed: (names: string) => `Missed: ${names}`,

  isCalling: (room: string) => (room ? `is calling ${room}` : 'is calling you'),
  okAnswers: 'OK answers  ·  BACK declines',
  answersIn: (seconds: number) => `Answers by itself in ${seconds}`,
  anyKeyStops: 'Press any key to stop this',

  aloneTitle: 'Nobody else is here yet',
  aloneScan: ['Scan the code with a phone, or open the link', 'in a browser, and you see each other here.'],
  aloneElsewhere: 'As soon as somebody comes, you see each other here.',

  reconnecting: 'Reconnecting …',
  connecting: 'Connecting …',
  shareComes: 'The shared screen is coming …',
  yourCameraOff: 'Your camera is off',
  cameraOff: 'Camera is off',
  pictureComes: 'The picture is coming …',

  /** What the stand-in for the camera says, to everybody in the call. */
  testPicture: 'Test picture',
  standIn: 'No camera',
  shutterShut: 'The privacy switch is shut: camera and microphone are off.',

  watch: {
    comes: 'The broadcast is coming …',
    lost: 'The broadcast is not reached',
    tried: 'It is tried again and again, and goes on here by itself.',
    ended: 'The broadcast has ended',
    none: 'There is no broadcast yet',
    waits: 'It begins here by itself.',
    begins: (when: string) => `It begins at ${when}, here by itself.`,
    full: 'As many are watching as there is room for',
    locked: 'This broadcast is private',
    wholeLink: 'It needs the whole link, with what stands behind its #.',
    odd: 'This broadcast cannot be shown here',
    backStops: 'BACK: no more of this',
    paused: 'Paused',
    behind: (minutes: number) => (minutes < 1 ? 'Half a minute ago' : `${minutes} minute${minutes === 1 ? '' : 's'} ago`),
    pausedKeys: '▶ goes on  ·  right: live  ·  BACK ends',
    behindKeys: 'right: live  ·  left: 30 seconds back  ·  BACK ends',
    title: 'Watch',
    stop: 'Watch no more',
    pause: 'Pause',
    goOn: 'Go on',
    live: 'Back to live',
    again: '30 seconds back',
    nothing: 'Nothing is watched in this house now. Paste a link of a broadcast into the remote on a phone.',
    readAt: (where: string) => `from ${where}`,
  },

  live: (watching: number, isPrivate = false) =>
    ['LIVE', ...(isPrivate ? ['private'] : []), ...(watching === 0 ? [] : [`${watching} watching`])].join(' · '),
  announced: (when: string, title: string) => (title ? `Live at ${when}: ${title}` : `Live at ${when}`),
  liveBy: (name: string) => `LIVE by ${name}`,
  asks: {
    join: 'Home automation wants to open this room with its camera.',
    ring: 'Home automation wants to call somebody from here.',
    listen: 'Home automation wants to open the microphone.',
    look: 'Home automation wants to open the camera.',
    live: 'Home automation wants to broadcast this room.',
    private: 'Home automation wants to open the broadcast to everybody with the watch link.',
    watch: 'Home automation wants to show a broadcast on this TV.',
    tracks: 'This call is broadcast by somebody in it. Keep our own picture and sound on this box, for a better film of it?',
  },
  /** @param when a date */
  giveTracks: (who: string, when: string) =>
    `${who} would like your own picture and sound of the call of ${when}, for a better film. Give it?`,
  askKeys: (sentence: string) => `${sentence}  OK: yes  ·  BACK: no`,
  leaveAsk: 'Leave the call?  BACK: yes  ·  an arrow: stay',

  setup: setupEn,
  menu: 'Menu',
  menuHint: '▲ ▼ choose  ·  OK  ·  BACK closes',
  pageHint: '▲ ▼ choose  ·  OK  ·  BACK goes back',
  comeIn: 'Open this room',
  hangUp: 'Hang up',
  goLive: 'Go live',
  goLivePrivately: 'Go live, privately',
  endLive: 'End the broadcast',
  endTracks: 'Keep our picture and sound no longer',
  again: 'Again, 30 seconds',
  againOnlyLive: 'What was said can be shown again only while the call is live and recorded: otherwise nothing is kept.',
  backToNow: 'Back to now',
  past: 'As it was  ·  BACK: now',
  microphone: 'Microphone',
  camera: 'Camera',
  volume: 'Volume',
  doNotDisturb: 'Do not disturb',
  on: 'on',
  off: 'off',
  contacts: 'Call somebody',
  noContacts: 'Nobody yet. Add contacts with a phone.',
  there: 'there',
  away: 'away',
  rooms: 'Rooms',
  ownRoom: 'this box',
  quiet: 'Quiet',
  nowQuiet: 'quiet hours',
  quietHours: 'Quiet hours',
  none: 'none',
  nightNow: (to: string) => `These are quiet hours: nobody rings before ${to}.`,
  nightLater: (from: string) => `From ${from} on nobody rings. Hours are set with a phone, in the settings.`,
  noNight: 'Hours in which nobody rings are set with a phone, in the settings.',
  layout: 'Picture',
  layouts: { auto: 'By itself', grid: 'All alike', speaker: 'Who speaks is large' },
  calls: 'Calls',
  noCalls: 'Nobody has called.',
  ended: { missed: 'missed', declined: 'declined', answered: 'answered', 'answered by itself': 'answered by itself' },
  pair: 'Pair a phone',
  phones: 'Paired phones',
  noPhones: 'No phone is paired.',
  removePhone: (name: string) => `Remove ${name}?`,
  remove: 'Remove',
  keep: 'Keep',
  health: 'How is this box?',
  looking: 'Just a moment.',
  check: {
    loudspeaker: 'Loudspeaker',
    tv: 'TV',
    network: 'Network',
    roomsBroker: 'Broker of the rooms',
    homeBroker: 'Broker of the home',
    heat: 'Processor',
    power: 'Power supply',
    inUse: 'in use',
    atRest: 'closed',
    missing: 'missing',
    shut: 'switched off',
    unwanted: 'not wanted',
    nobody: 'not found',
    connected: 'connected',
    inBrowser: 'in a browser',
    noNetwork: 'no address',
    reached: 'reached',
    unreached: 'not reached',
    enough: 'enough',
    tooLittle: 'too little',
  },
  doctor: {
    oldNode: (version: string) => `Node ${version} is too old; run scripts/setup`,
    noAddon: 'The GStreamer binding is not built; run scripts/setup',
    noPages: 'The pages are not built; run scripts/setup',
    lacking: (element: string, from: string) => `GStreamer has no ${element}; install ${from}`,
    noEncoder: 'There is no H.264 encoder; install gstreamer1.0-plugins-ugly',
    hot: (degrees: number) => `The processor has ${degrees} °C and slows down; give it air or a heat sink`,
    starved: 'The power supply gives too little voltage; use the one made for this board',
  },
  about: 'About this box',
  name: 'Name',
  version: 'Version',
  address: 'Address',
  allWell: 'All is well.',

  machine,
  update,

  pairTitle: 'Pair a phone',
  pairScan: 'Scan this with the phone that is to be a remote,',
  pairType: (where: string) => `or open ${where} and type`,
  pairOnly: 'This is no link for guests: who scans it may use camera and microphone.',
  pairCompare: (phone: string) => `${phone} wants to be a remote. Does it show these words?`,
  pairKeys: 'OK: yes, the same words  ·  BACK: no',
  pairLeft: (seconds: number) => `${seconds} s left`,
  pairDone: (phone: string) => `${phone} is paired.`,
  pairLocked: 'Too many wrong codes. Only the QR code is taken for a while.',
}
export type Text = typeof en
