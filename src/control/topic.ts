// topic.ts — the one table of MQTT topics: what the box says of itself, and what may be asked of it.
//
// Routing, Home Assistant's discovery and docs/topics.md are all read from here; a new row is all that a new topic needs.
// What stands under state/ is what is, never what was asked for. Nothing here names a room: its secret has no place on a
// broker. Who may ask for what opens a camera or a microphone, topic-order.ts decides; here it is only marked.
import * as z from 'zod'
import type { PeerId } from '../core/id.ts'
import { Layout } from '../core/intent.ts'
import { type Device, rings } from '../core/plan.ts'
import { Refusal } from '../lib/fault.ts'
import { jsonOf } from '../wire/schema.ts'
import { watchAddressOf } from '../wire/watch-link.ts'
import { type Look, type Row, type Setting, setting, type Verb, type View, verb } from './topic-row.ts'
import { updateRow } from './topic-update.ts'

const OnOff = z.enum(['ON', 'OFF'])
const onOff = (is: boolean): z.output<typeof OnOff> => (is ? 'ON' : 'OFF')
const DEVICES = ['closed', 'open', 'missing'] as const satisfies readonly Device[]
const CALL = ['idle', 'ringing', 'joining', 'in call', 'leaving'] as const
const Percent = z
  .string()
  .regex(/^\d{1,3}(\.0+)?$/)
  .transform(Number)
  .pipe(z.int().min(0).max(100))

const Count = z
  .string()
  .regex(/^\d{1,6}$/)
  .transform(Number)
  .pipe(z.int().min(0))

const never = () => false

function call({ wanted, actual }: View): (typeof CALL)[number] {
  if (actual.room !== null) return wanted.room === null ? 'leaving' : 'in call'
  if (wanted.room !== null) return 'joining'
  return rings(wanted, actual) ? 'ringing' : 'idle'
}

const Person = z.strictObject({ name: z.string(), muted: z.boolean(), camera: z.boolean(), state: z.string() })
const People = z.strictObject({ count: z.int(), people: z.array(Person) })
const Pushed = z.strictObject({ to: z.string(), is: z.string(), said: z.nullable(z.string()) })
const Push = z.strictObject({ sending: z.int(), pushes: z.array(Pushed) })
const Health = z.strictObject({ ok: z.boolean(), notices: z.array(z.string()) })
/** JSON as text, checked against what it holds. */
const json = <S extends z.ZodType>(shape: S) => z.string().transform(jsonOf).pipe(shape)
const attributes = true as const
/** Not an empty text: to retain nothing is how one erases a topic. */
const NOBODY = 'nobody'

export const rows: readonly Row[] = [
  {
    name: 'call',
    help: 'Where the box is between rest and call',
    state: z.enum(CALL),
    show: call,
    looks: [{ platform: 'sensor', name: 'Call', icon: 'mdi:video', more: { device_class: 'enum', options: CALL } }],
  },
  {
    name: 'people',
    help: 'Who is in the call with us',
    state: json(People),
    show: ({ people }) =>
      JSON.stringify({
        count: people.length,
        people: people.map(({ name, muted, camera, state }) => ({ name, muted, camera, state })),
      } satisfies z.output<typeof People>),
    looks: [
      {
        platform: 'sensor',
        name: 'People in the call',
        icon: 'mdi:account-group',
        more: { value_template: '{{ value_json.count }}', state_class: 'measurement' },
        attributes,
      },
    ],
  },
  {
    name: 'muted',
    help: 'Microphone off',
    state: OnOff,
    show: ({ actual }) => onOff(actual.muted),
    set: setting(
      OnOff,
      (value) => ({ want: 'mute', muted: value === 'ON' }),
      (value) => value === 'OFF',
    ),
    looks: [{ platform: 'switch', name: 'Mute', icon: 'mdi:microphone-off' }],
  },
  {
    name: 'camera',
    help: 'The camera. ON lets people in a call see us; it opens when there is a call',
    state: z.enum(DEVICES),
    show: ({ actual }) => actual.camera,
    set: setting(
      OnOff,
      (value) => ({ want: 'camera', on: value === 'ON' }),
      (value) => value === 'ON',
    ),
    looks: [{ platform: 'switch', name: 'Camera', icon: 'mdi:camera', more: { state_on: 'open', state_off: 'closed' } }],
  },
  {
    name: 'sound',
    help: 'Microphone and loudspeaker of the call',
    state: z.enum(DEVICES),
    show: ({ actual }) => actual.sound,
    looks: [{ platform: 'sensor', name: 'Sound', icon: 'mdi:volume-source', more: { device_class: 'enum', options: DEVICES } }],
  },
  {
    name: 'volume',
    help: 'Loudness, percent',
    state: Percent,
    show: ({ actual }) => String(actual.volume),
    set: setting(Percent, (percent) => ({ want: 'volume', percent }), never),
    looks: [{ platform: 'number', name: 'Volume', icon: 'mdi:volume-high', more: { min: 0, max: 100, step: 1, unit_of_measurement: '%' } }],
  },
  {
    name: 'layout',
    help: 'How people are shown on the TV',
    state: Layout,
    show: ({ wanted }) => wanted.layout,
    set: setting(Layout, (layout) => ({ want: 'layout', layout }), never),
    looks: [{ platform: 'select', name: 'Layout', icon: 'mdi:view-grid', more: { options: Layout.options } }],
  },
  {
    name: 'tv',
    help: 'The TV set. ON: switched on, or to our picture, by us; OFF: as we found it',
    state: OnOff,
    show: ({ actual }) => onOff(actual.set === 'woken'),
    set: setting(OnOff, (value) => ({ want: 'tv', on: value === 'ON' }), never),
    looks: [{ platform: 'switch', name: 'TV', icon: 'mdi:television' }],
  },
  {
    name: 'quiet',
    help: 'Do not disturb: nobody rings, calls are noted as missed',
    state: OnOff,
    show: ({ wanted }) => onOff(wanted.quiet),
    set: setting(OnOff, (value) => ({ want: 'quiet', on: value === 'ON' }), never),
    looks: [{ platform: 'switch', name: 'Do not disturb', icon: 'mdi:bell-sleep' }],
  },
  {
    name: 'live',
    help: 'The call is broadcast to everybody with the watch link. ON in no call opens the own room first',
    state: OnOff,
    show: ({ actual }) => onOff(actual.live),
    set: setting(
      OnOff,
      (value) => ({ want: 'live', on: value === 'ON' }),
      (value) => value === 'ON',
    ),
    looks: [{ platform: 'switch', name: 'Live', icon: 'mdi:broadcast' }],
  },
  {
    name: 'private',
    help: 'Only who has the key in the watch link sees the broadcast of now, which begins anew, or the next one',
    state: OnOff,
    show: (view) => onOff(view.private),
    set: setting(
      OnOff,
      (value) => ({ want: 'private', on: value === 'ON' }),
      (value) => value === 'OFF',
    ),
    looks: [{ platform: 'switch', name: 'Private broadcast', icon: 'mdi:lock' }],
  },
  {
    name: 'watches',
    help: 'A broadcast of elsewhere is on the TV',
    state: OnOff,
    show: ({ actual }) => onOff(actual.watch !== null),
    looks: [{ platform: 'binary_sensor', name: 'Watches a broadcast', icon: 'mdi:television-play' }],
  },
  {
    name: 'watching',
    help: 'How many watch the broadcast',
    state: Count,
    show: ({ watching }) => String(watching),
    looks: [{ platform: 'sensor', name: 'Watching', icon: 'mdi:eye', more: { state_class: 'measurement' } }],
  },
  {
    name: 'push',
    help: 'Other servers that get the broadcast too, and how it goes there; addresses are without their keys',
    state: json(Push),
    show: ({ pushes }) =>
      JSON.stringify({
        sending: pushes.filter(({ is }) => is === 'sending').length,
        pushes: pushes.map(({ to, is, said }) => ({ to, is, said })),
      } satisfies z.output<typeof Push>),
    looks: [
      { platform: 'sensor', name: 'Sent on', icon: 'mdi:upload-network', more: { value_template: '{{ value_json.sending }}' }, attributes },
    ],
  },
  {
    name: 'ringing',
    help: 'Somebody rings at our door, and people are to hear it',
    state: OnOff,
    show: ({ wanted, actual }) => onOff(rings(wanted, actual)),
    looks: [{ platform: 'binary_sensor', name: 'Ringing', icon: 'mdi:phone-ring', more: { device_class: 'sound' } }],
  },
  {
    name: 'caller',
    help: 'The name of who rings, or nobody',
    state: z.string().min(1).max(255),
    show: ({ wanted, actual }) => (rings(wanted, actual) ? (actual.ringing?.name ?? NOBODY).slice(0, 255) : NOBODY),
    looks: [{ platform: 'sensor', name: 'Caller', icon: 'mdi:account-voice' }],
  },
  {
    name: 'missed',
    help: 'Calls that nobody answered, not yet looked at',
    state: Count,
    show: ({ missed }) => String(missed),
    looks: [{ platform: 'sensor', name: 'Missed calls', icon: 'mdi:phone-missed', more: { state_class: 'measurement' } }],
  },
  {
    name: 'shutter',
    help: 'The privacy switch on the box. shut: no wish of anybody opens camera or microphone',
    state: z.enum(['open', 'shut']),
    show: ({ actual }) => actual.shutter,
    looks: [
      { platform: 'sensor', name: 'Privacy switch', icon: 'mdi:shield-lock', more: { device_class: 'enum', options: ['open', 'shut'] } },
    ],
  },
  {
    name: 'health',
    help: 'Whether all is well, and what is amiss in the words of the TV',
    state: json(Health),
    show: ({ notices }) => JSON.stringify({ ok: notices.length === 0, notices: [...notices] } satisfies z.output<typeof Health>),
    looks: [
      {
        platform: 'binary_sensor',
        name: 'Problem',
        icon: 'mdi:stethoscope',
        more: { device_class: 'problem', value_template: "{{ 'OFF' if value_json.ok else 'ON' }}", entity_category: 'diagnostic' },
        attributes,
      },
    ],
  },
  updateRow,
  {
    name: 'pairing',
    help: 'Pairing of a phone was begun at the box and is open',
    state: OnOff,
    show: ({ pairing }) => onOff(pairing),
    looks: [{ platform: 'binary_sensor', name: 'Pairing', icon: 'mdi:cellphone-link', more: { entity_category: 'diagnostic' } }],
  },
]

const Phone = z.strictObject({ phone: z.boolean().default(false).describe('by sound only') })
const Ring = Phone.extend({ contact: z.string().min(1).max(60).describe('name or key of a contact') })
const Link = z.strictObject({ link: z.string().max(2048).describe('the link of a broadcast') })
const Nothing = z.strictObject({})
const button = (name: string, icon: string): Look => ({ platform: 'button', name, icon, more: { payload_press: '{}' } })

export const verbs: readonly Verb[] = [
  verb({ name: 'join', help: "Go into the box's own room", opens: true, look: button('Join', 'mdi:video-plus') }, Phone, ({ phone }) => ({
    want: 'come home',
    phone,
  })),
  verb({ name: 'answer', help: 'Let in who rings', opens: true, look: button('Answer', 'mdi:phone') }, Phone, ({ phone }) => ({
    want: 'answer',
    phone,
  })),
  verb({ name: 'ring', help: 'Call somebody of the contacts', opens: true, look: null }, Ring, ({ contact, phone }, contacts) => {
    const peer = contacts.find(contact)
    if (peer === null) throw new Refusal('bad-request', 'there is no contact of that name or key')
    return { want: 'ring', contact: peer, phone }
  }),
  verb(
    { name: 'decline', help: 'Tell who rings that we do not come', opens: false, look: button('Decline', 'mdi:phone-remove') },
    Nothing,
    () => ({ want: 'decline' }),
  ),
  verb({ name: 'watch', help: 'Show a broadcast on the TV; not in a call', opens: true, look: null }, Link, ({ link }) => ({
    want: 'watch',
    link: watchAddressOf(link),
  })),
  verb(
    { name: 'watch-off', help: 'No more broadcast on the TV', opens: false, look: button('Watch no more', 'mdi:television-off') },
    Nothing,
    () => ({ want: 'watch', link: null }),
  ),
  verb(
    {
      name: 'leave',
      help: 'Leave the call; at rest: no more broadcast on the TV',
      opens: false,
      look: button('Leave', 'mdi:phone-hangup'),
    },
    Nothing,
    () => ({
      want: 'leave',
    }),
  ),
  verb(
    {
      name: 'picture',
      help: 'Say the picture of the TV, a JPEG, once under state/picture (not retained)',
      opens: false,
      look: button('Look at the TV', 'mdi:television-shimmer'),
    },
    Nothing,
    () => 'picture',
  ),
]

/** Where the picture of the TV is said; the one state that is not a row, because it is never kept. */
export const PICTURE: Look & { readonly topic: string } = {
  topic: 'state/picture',
  platform: 'image',
  name: 'TV picture',
  icon: 'mdi:television',
  more: { content_type: 'image/jpeg' },
}

export const baseOf = (box: PeerId): string => `parlor/1/box/${box}`

export { UPDATE } from './topic-update.ts'

export type Route = { readonly to: 'set'; readonly row: Row & { readonly set: Setting } } | { readonly to: 'do'; readonly verb: Verb }

/** Who is meant by what is said under a topic of this box; null when it is nothing that one may ask. */
export function routeOf(box: PeerId, topic: string): Route | null {
  const base = `${baseOf(box)}/`
  if (!topic.startsWith(base)) return null
  const [kind, name, rest] = topic.slice(base.length).split('/')
  if (rest !== undefined) return null
  const row = kind === 'set' ? rows.find((each) => each.name === name) : undefined
  if (row?.set) return { to: 'set', row: { ...row, set: row.set } }
  const does = kind === 'do' ? verbs.find((each) => each.name === name) : undefined
  return does ? { to: 'do', verb: does } : null
}
