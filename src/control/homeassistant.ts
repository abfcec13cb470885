// homeassistant.ts — the table of topics as Home Assistant's device discovery wants it. Pure.
//
// One retained message under <prefix>/device/<id>/config describes the box and all its entities
// (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload). Names are written out, not abbreviated, so that
// whoever looks at their broker can read it. Every entity becomes unavailable with the box.
import type { PeerId } from '../core/id.ts'
import { baseOf, PICTURE, rows, UPDATE, verbs } from './topic.ts'
import type { Policy } from './topic-order.ts'
import type { Look, Verb } from './topic-row.ts'

export type About = {
  /** As people named the box. */
  readonly name: string
  readonly version: string
  /** Where the box is opened in a browser: http or https. Null: nowhere. */
  readonly url: string | null
}

type Values = Record<string, string | number | boolean | readonly string[]>
export type Discovery = {
  readonly device: Values
  readonly origin: Values
  readonly availability: readonly Values[]
  readonly components: Readonly<Record<string, Values>>
}

export const discoveryTopic = (prefix: string, box: PeerId): string => `${prefix}/device/parlor_${box}/config`

/** The message of one box. What its settings refuse in any case gets no button. */
export function discovery(box: PeerId, { name, version, url }: About, policy: Policy): Discovery {
  const base = baseOf(box)
  const components: Record<string, Values> = {}
  const add = (id: string, look: Look, topics: Values) => {
    const { platform, name, icon, more, attributes } = look
    const unique_id = `parlor_${box}_${id}`
    const seen = attributes && { json_attributes_topic: `${base}/state/${id}` }
    components[id] = { platform, unique_id, name, icon, ...topics, ...seen, ...more }
  }
  for (const row of rows) {
    const state = { state_topic: `${base}/state/${row.name}` }
    // What everybody but a paired phone is refused in any case is only shown.
    const asks = row.set && (row.name !== UPDATE || policy.plainJoin)
    for (const look of row.looks) add(row.name, look, asks ? { ...state, command_topic: `${base}/set/${row.name}` } : state)
  }
  for (const verb of verbs) if (verb.look && isOpen(verb, policy)) add(verb.name, verb.look, { command_topic: `${base}/do/${verb.name}` })
  if (policy.picture) add('tv_picture', PICTURE, { image_topic: `${base}/${PICTURE.topic}` })
  return {
    device: {
      identifiers: [`parlor_${box}`],
      name,
      manufacturer: 'Parlor',
      model: 'Living-room box',
      sw_version: version,
      ...(url !== null && { configuration_url: url }),
    },
    origin: { name: 'parlor', sw_version: version },
    availability: [{ topic: `${base}/availability`, payload_available: 'online', payload_not_available: 'offline' }],
    components,
  }
}

/** Whether a button may do something at all: what nobody without a signature may ask for would only be refused. */
const isOpen = ({ name, opens }: Verb, { plainJoin, picture }: Policy): boolean => (name === 'picture' ? picture : plainJoin || !opens)
