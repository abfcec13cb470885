// config.ts — every setting of the box: its type, default, help and limits, in one place.
//
// It comes from parlor.toml (or /etc/parlor/parlor.toml), and single settings from the environment: PARLOR_WEB__HTTP=80
// is `http` in the section [web]. docs/settings.md is made from this schema.
import * as z from 'zod'
import { Refusal } from '../lib/fault.ts'
import { isPushAddress } from './push-address.ts'
import { LANGUAGES } from './text/text.ts'

const port = z.int().min(0).max(65535)
const help = (title: string, description: string) => ({ title, description })

const Box = z.strictObject({
  name: z.string().trim().min(1).max(40).default('Living room').meta(help('Name', 'What people in a call see under your picture.')),
  room: z
    .string()
    .default('')
    .meta(help('Room', "The link of the box's own room. Empty: the box makes one at its first start and keeps it.")),
  presence: z
    .boolean()
    .default(true)
    .meta(help('Presence', 'Whether those in your contacts may see that this box is there. Nobody else can.')),
  language: z.enum(LANGUAGES).default('en').meta(help('Language', 'What is written on the TV: en (English) or de (German).')),
})

const time = z.string().regex(/^$|^([01]\d|2[0-3]):[0-5]\d$/, 'a time like 22:30, or empty')
const Quiet = z.strictObject({
  from: time.default('').meta(help('Begin', 'From this time on nobody may ring, like 22:30. Empty: always allowed.')),
  to: time.default('').meta(help('End', 'Until this time, like 07:00.')),
})

const line = z.string().regex(/^$|^GPIO\d{1,2}$|^[\w.@+-]{1,31}:\d{1,4}$/, 'GPIO17, or a chip and a line like pinctrl-rp1:17, or empty')
const Hardware = z.strictObject({
  remotes: z.boolean().default(true).meta(help('Remotes', 'Whether keys of remotes and buttons that Linux knows are obeyed.')),
  cec: z.boolean().default(true).meta(help('CEC', 'Whether the TV is switched on, to us, and back over HDMI.')),
  button: line.default('').meta(help('Button', 'A button to ground on this line, where no overlay makes it a key. Empty: none.')),
  led: z.string().default('').meta(help('Light', 'A line like GPIO27, or one of /sys/class/leds like ACT. Empty: none.')),
  shutter: line
    .default('')
    .meta(help('Privacy switch', 'A switch that closes to ground for "open". While it is not closed, camera and microphone are off.')),
})

const Camera = z.strictObject({
  source: z
    .string()
    .min(1)
    .default('auto')
    .meta(
      help('Camera', 'auto, none, test (a test picture), a device like /dev/video0, libcamera, file:PATH, or launch:GSTREAMER SOURCE.'),
    ),
  standIn: z.boolean().default(true).meta(help('Stand-in', 'Send the test picture while the camera is missing.')),
  width: z.int().min(160).max(1920).multipleOf(2).default(1280).meta(help('Width', 'Pixels.')),
  height: z.int().min(90).max(1080).multipleOf(2).default(720).meta(help('Height', 'Pixels.')),
  fps: z.int().min(5).max(60).default(30).meta(help('Frame rate', 'Frames a second.')),
  kbps: z.int().min(100).max(10_000).default(1500).meta(help('Bit rate', 'Kilobits a second, for each person in the call.')),
})

const Sound = z.strictObject({
  microphone: z
    .string()
    .min(1)
    .default('auto')
    .meta(help('Microphone', 'auto, none, test (a quiet tone), an ALSA device like hw:1, or launch:GSTREAMER SOURCE.')),
  speaker: z.string().min(1).default('auto').meta(help('Loudspeaker', 'auto, none, an ALSA device like hw:0, or launch:GSTREAMER SINK.')),
})

const Tv = z.strictObject({
  output: z
    .string()
    .min(1)
    .default('auto')
    .meta(help('TV', 'auto, hdmi, window, none (look at it in a browser, at /tv), or launch:GSTREAMER SINK.')),
  fps: z
    .int()
    .min(0)
    .max(60)
    .default(0)
    .meta(help('Pictures a second', 'In a call. Fewer are less work for a small board. 0: 30 on a Pi, 60 elsewhere.')),
})

const Live = z.strictObject({
  keep: z
    .number()
    .min(0)
    .max(100_000)
    .default(8)
    .meta(help('Space for recordings', 'Gigabytes. When they are used up, the oldest is let go. 0: nothing is kept.')),
  own: z
    .number()
    .min(0)
    .max(100_000)
    .default(4)
    .meta(
      help(
        'Space for own tracks',
        'Gigabytes. While a broadcast is recorded, the box also keeps its own camera and microphone as they were before the network, for `parlor remix`. 0: it does not.',
      ),
    ),
  give: z
    .enum(['ask', 'call', 'nobody'])
    .default('ask')
    .meta(
      help(
        'Giving own tracks',
        'Whether the boxes that were in a call may fetch what this box kept of its own camera and microphone there. ask: the TV asks each time. call: they may. nobody: nobody.',
      ),
    ),
  folder: z
    .string()
    .default('')
    .meta(help('Folder for recordings', 'Where they are kept, on a disk with space. Empty: in the data folder of the box.')),
  kbps: z.int().min(200).max(20_000).default(2500).meta(help('Bit rate', 'Kilobits a second of the broadcast picture.')),
  upload: z
    .number()
    .min(0.5)
    .max(10_000)
    .default(50)
    .meta(help('Upload for viewers', 'Megabits a second that all viewers together may take from this box.')),
  viewers: z.int().min(1).max(10_000).default(200).meta(help('Viewers', 'How many may watch from this box at once.')),
  private: z
    .boolean()
    .default(false)
    .meta(
      help(
        'Private broadcasts',
        'Whether a broadcast is sealed unless somebody asks otherwise: then only browsers with its whole link, which ends with a key, can watch, and each broadcast has another link.',
      ),
    ),
  push: z
    .array(z.string().refine(isPushAddress, 'like rtmp://SERVER/live/KEY, rtmps://SERVER/live/KEY or srt://SERVER:9000'))
    .max(3)
    .default([])
    .meta(
      help(
        'Send on to',
        'Other servers that get the broadcast too while the call is live, three at most: rtmp://SERVER/APP/KEY, rtmps://… or srt://SERVER:PORT?streamid=… Empty: none.',
      ),
    ),
})

const Web = z.strictObject({
  http: port.default(8080).meta(help('HTTP port', 'Where the pages are served on this machine. 0: any free port.')),
  https: port.default(8443).meta(help('HTTPS port', 'Where phones and laptops at home join, with camera. 0: any free port.')),
  listen: z.string().min(1).default('::').meta(help('Listen on', 'Address to listen on. 127.0.0.1 keeps the pages to this machine.')),
  names: z.array(z.string().min(1)).default([]).meta(help('Names', 'Further host names under which people reach this box.')),
  certificate: z
    .string()
    .default('')
    .meta(help('Certificate', 'For scripts/rendezvous: a PEM file with a certificate for its name. Empty: one of its own making.')),
  key: z.string().default('').meta(help('Key', 'For scripts/rendezvous: the PEM file with the key of that certificate.')),
})

const BROKER = z.url({ protocol: /^(mqtts?|wss?)$/ })
const Mqtt = z.strictObject({
  server: z
    .string()
    .refine((text) => text === '' || text.split(' ').every((url) => BROKER.safeParse(url).success), 'like mqtt://10.0.0.2, or empty')
    .default('')
    .meta(
      help(
        'Broker',
        'An MQTT 3.1.1 broker, like mqtt://10.0.0.2 or mqtts://user:password@host; of a cluster all nodes, with blanks between. Empty: the one inside the box.',
      ),
    ),
  home: z
    .union([z.literal(''), z.url({ protocol: /^(mqtts?|wss?)$/ })])
    .default('')
    .meta(help('Broker of the home', "Where the box shows itself and is asked, like Home Assistant's mqtts://10.0.0.2. Empty: none.")),
  homeUser: z
    .string()
    .max(200)
    .default('')
    .meta(help('User there', 'The name for the broker of the home. Empty: none, or the one in its URL.')),
  homePassword: z.string().max(200).default('').meta(help('Password there', 'The password for the broker of the home.')),
  homeCa: z
    .string()
    .default('')
    .meta(help('Certificate there', 'A PEM file with the authority of the broker of the home. Empty: those that the system believes.')),
  port: port
    .default(0)
    .meta(
      help(
        'Port',
        "Where programs at home reach the box's own broker by plain MQTT, usually 1883. 0: nowhere (but by WebSocket at /mqtt).",
      ),
    ),
  password: z
    .union([z.literal(''), z.string().min(12).max(200)])
    .default('')
    .meta(
      help(
        'Password here',
        "With the user `home` it opens the box's own broker for home automation, 12 characters at least. Empty: nobody.",
      ),
    ),
  discovery: z
    .string()
    .regex(/^[\w-]*$/, 'letters, digits, - and _')
    .default('homeassistant')
    .meta(help('Discovery', 'The prefix under which Home Assistant is told of the box. Empty: it is not told.')),
  plainJoin: z
    .boolean()
    .default(false)
    .meta(
      help(
        'Joining by automation',
        'Whether home automation may ask to join, answer or unmute. It rings on the TV, and somebody there says yes.',
      ),
    ),
  picture: z.boolean().default(false).meta(help('TV picture', "Whether home automation may have the TV's picture, with the people on it.")),
})

const IceServer = z.strictObject({
  urls: z.string().regex(/^(stun|turns?):/, 'starts with stun:, turn: or turns:'),
  username: z.string().optional(),
  credential: z.string().optional(),
  secret: z.string().optional(),
})
const Call = z.strictObject({
  ports: z
    .string()
    .regex(/^$|^\d{4,5}-\d{4,5}$/, 'like 30000-30999, or empty')
    .default('')
    .meta(
      help(
        'Ports of calls',
        'The UDP ports that calls use on this machine, like 30000-30999: for a firewall that has to let them in. Empty: any that are free.',
      ),
    ),
  rendezvous: z
    .string()
    .regex(/^$|^https:\/\/[\w.:[\]-]+$|^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?$/, 'like https://meet.example, or empty')
    .default('')
    .meta(
      help(
        'Rendezvous',
        'The server by which this box is called from anywhere, like https://meet.example. It has the broker, the help through firewalls and the address in the links, where nothing else is set for them. Empty: none.',
      ),
    ),
  iceServers: z
    .array(IceServer)
    .default([])
    .meta(
      help(
        'STUN and TURN',
        'Servers that help calls through firewalls: urls (stun:HOST, turn:HOST, turn:HOST?transport=tcp, turns:HOST:443), and for TURN a username and a credential, or the secret of its REST credentials. All ways are tried. Empty: none is asked.',
      ),
    ),
})

const Update = z.strictObject({
  from: z
    .string()
    .max(500)
    .regex(/^$|^https?:\/\/[^\s@]+$|^\/\S+$/, 'like https://updates.example/parlor/updates.json, or a file, or empty')
    .default('')
    .meta(
      help('Source of updates', 'Where the signed list of updates is. Empty: nobody is asked; `parlor update FILE` works all the same.'),
    ),
  night: z
    .boolean()
    .default(false)
    .meta(help('Updates by night', 'Whether an update is installed by night without a word: in the quiet hours, else from 2 to 5.')),
})

const LogTo = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info').meta(help('How much', 'The least important lines that are written.')),
  format: z.enum(['pretty', 'json']).default('pretty').meta(help('Format', 'pretty for people, json for machines.')),
})

export const Config = z.strictObject({
  box: Box.prefault({}).meta(help('The box', '')),
  camera: Camera.prefault({}).meta(help('Camera', '')),
  sound: Sound.prefault({}).meta(help('Sound', '')),
  tv: Tv.prefault({}).meta(help('TV', '')),
  live: Live.prefault({}).meta(help('Broadcast', '')),
  quiet: Quiet.prefault({}).meta(help('Quiet hours', '')),
  hardware: Hardware.prefault({}).meta(help('Buttons, lights, TV', '')),
  web: Web.prefault({}).meta(help('Pages', '')),
  mqtt: Mqtt.prefault({}).meta(help('MQTT', '')),
  call: Call.prefault({}).meta(help('Calls', '')),
  update: Update.prefault({}).meta(help('Updates', '')),
  log: LogTo.prefault({}).meta(help('Log', '')),
})
export type Config = z.output<typeof Config>

/** The schema as JSON Schema: docs and forms are made from it. */
export const configSchema = () => z.toJSONSchema(Config, { io: 'input' })

/**
 * Joins the settings of a file with those of the environment, and checks them.
 * @param file the parsed TOML  @param env PARLOR_SECTION__KEY=value; numbers, true, false and JSON lists are read as such
 * @throws Refusal 'bad-config': one sentence a setting, naming it as the person wrote it
 */
export function readConfig(file: unknown, env: Readonly<Record<string, string | undefined>>): Config {
  const merged: Record<string, unknown> = isRecord(file) ? structuredClone(file) : {}
  for (const [name, text] of Object.entries(env)) {
    const [, section, key] = /^PARLOR_([A-Z]+)__([A-Z_]+)$/.exec(name) ?? []
    if (text === undefined || !section || !key) continue
    const inside = merged[section.toLowerCase()]
    const into: Record<string, unknown> = isRecord(inside) ? inside : {}
    into[camel(key)] = asWritten(text, section.toLowerCase(), camel(key))
    merged[section.toLowerCase()] = into
  }
  const read = Config.safeParse(merged)
  if (read.success) return read.data
  const sentences = read.error.issues.flatMap((issue) => sentencesOf(issue))
  throw new Refusal('bad-config', sentences.join('\n'))
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x)
const camel = (key: string) => key.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A text from the environment as the schema wants it: a number where a number stands, a list where a list stands, else as it is. */
function asWritten(text: string, section: string, key: string): unknown {
  const known: Record<string, { shape?: Record<string, z.ZodType> }> = {
    box: Box,
    camera: Camera,
    sound: Sound,
    tv: Tv,
    live: Live,
    quiet: Quiet,
    hardware: Hardware,
    web: Web,
    mqtt: Mqtt,
    call: Call,
    update: Update,
    log: LogTo,
  }
  const type = known[section]?.shape?.[key]
  if (!type || type.safeParse(text).success) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function sentencesOf(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `there is no setting "${[...issue.path, key].join('.')}"`)
  return [`the setting "${where}" is wrong: ${issue.message}`]
}
