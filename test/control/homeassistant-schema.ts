// homeassistant-schema.ts — what Home Assistant documents about device discovery, as a schema that refuses all else.
//
// From https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload and the pages of the platforms
// (switch.mqtt, number.mqtt, select.mqtt, button.mqtt, binary_sensor.mqtt, sensor.mqtt, image.mqtt), and from the rules that
// homeassistant/components/mqtt/schemas.py keeps. Home Assistant itself lets unknown keys pass in silence; here they fail.
import * as z from 'zod'

const text = z.string().min(1)
const topic = text.max(65535).regex(/^[^\0+#]+$/)
const template = text.regex(/^\{\{.*\}\}$/)
const url = z.url({ protocol: /^https?$|^homeassistant$/ })
const icon = text.regex(/^[\w-]+:[\w-]+$/)

const availability = z.array(
  z.strictObject({
    topic,
    payload_available: text.optional(),
    payload_not_available: text.optional(),
    value_template: template.optional(),
  }),
)

/** What every entity may have. unique_id is required in a device payload. */
const entity = {
  unique_id: text,
  name: text,
  icon: icon.optional(),
  enabled_by_default: z.boolean().optional(),
  entity_picture: url.optional(),
  json_attributes_topic: topic.optional(),
  json_attributes_template: template.optional(),
  qos: z.int().min(0).max(2).optional(),
  encoding: z.string().optional(),
}
const setting = { entity_category: z.enum(['config', 'diagnostic']).optional() }
/** A sensor may not be of the category config. */
const seen = { entity_category: z.literal('diagnostic').optional() }
const said = { command_topic: topic, command_template: template.optional(), retain: z.boolean().optional() }
const read = { state_topic: topic.optional(), value_template: template.optional(), optimistic: z.boolean().optional() }

const Switch = z.strictObject({
  platform: z.literal('switch'),
  ...entity,
  ...setting,
  ...said,
  ...read,
  device_class: z.enum(['outlet', 'switch']).optional(),
  payload_on: text.optional(),
  payload_off: text.optional(),
  state_on: text.optional(),
  state_off: text.optional(),
})
const NumberOf = z
  .strictObject({
    platform: z.literal('number'),
    ...entity,
    ...setting,
    ...said,
    ...read,
    device_class: text.optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    step: z.number().min(0.001).optional(),
    mode: z.enum(['auto', 'box', 'slider']).optional(),
    payload_reset: text.optional(),
    unit_of_measurement: text.optional(),
  })
  .refine(({ min = 1, max = 100 }) => min < max, 'max is above min')
const Select = z.strictObject({ platform: z.literal('select'), ...entity, ...setting, ...said, ...read, options: z.array(text).min(1) })
const Button = z.strictObject({
  platform: z.literal('button'),
  ...entity,
  ...setting,
  ...said,
  device_class: z.enum(['identify', 'restart', 'update']).optional(),
  payload_press: text.optional(),
})
const BinarySensor = z.strictObject({
  platform: z.literal('binary_sensor'),
  ...entity,
  ...seen,
  state_topic: topic,
  value_template: template.optional(),
  device_class: z.enum(['connectivity', 'occupancy', 'presence', 'problem', 'running', 'safety', 'sound']).optional(),
  payload_on: text.optional(),
  payload_off: text.optional(),
  expire_after: z.int().positive().optional(),
  off_delay: z.int().positive().optional(),
  force_update: z.boolean().optional(),
})
const Sensor = z
  .strictObject({
    platform: z.literal('sensor'),
    ...entity,
    ...seen,
    state_topic: topic,
    value_template: template.optional(),
    device_class: text.optional(),
    options: z.array(text).min(1).optional(),
    state_class: z.enum(['measurement', 'total', 'total_increasing']).optional(),
    unit_of_measurement: text.optional(),
    suggested_display_precision: z.int().optional(),
    expire_after: z.int().positive().optional(),
    last_reset_value_template: template.optional(),
    force_update: z.boolean().optional(),
  })
  .refine((s) => (s.options !== undefined) === (s.device_class === 'enum'), 'options and the device class enum go together')
  .refine((s) => !s.options || (!s.state_class && !s.unit_of_measurement), 'an enum has no unit and no state class')
const Image = z
  .strictObject({
    platform: z.literal('image'),
    ...entity,
    ...setting,
    content_type: text.optional(),
    image_encoding: z.literal('b64').optional(),
    image_topic: topic.optional(),
    url_topic: topic.optional(),
    url_template: template.optional(),
  })
  .refine((i) => (i.image_topic === undefined) !== (i.url_topic === undefined), 'one of image_topic and url_topic')

/** https://www.home-assistant.io/integrations/update.mqtt/ */
const UpdateEntity = z.strictObject({
  platform: z.literal('update'),
  ...entity,
  ...setting,
  state_topic: topic.optional(),
  command_topic: topic.optional(),
  payload_install: text.optional(),
  device_class: z.enum(['firmware']).optional(),
})

const Device = z
  .strictObject({
    identifiers: z.union([text, z.array(text)]).optional(),
    connections: z.array(z.tuple([text, text])).optional(),
    name: text.optional(),
    manufacturer: text.optional(),
    model: text.optional(),
    model_id: text.optional(),
    hw_version: text.optional(),
    sw_version: text.optional(),
    serial_number: text.optional(),
    suggested_area: text.optional(),
    via_device: text.optional(),
    configuration_url: url.optional(),
  })
  .refine(({ identifiers = [], connections = [] }) => identifiers.length + connections.length > 0, 'a device has an identifier')

export const DevicePayload = z
  .strictObject({
    device: Device,
    origin: z.strictObject({ name: text, sw_version: text.optional(), support_url: url.optional() }),
    components: z.record(
      text,
      z.discriminatedUnion('platform', [Switch, NumberOf, Select, Button, BinarySensor, Sensor, Image, UpdateEntity]),
    ),
    availability: availability.optional(),
    availability_mode: z.enum(['all', 'any', 'latest']).optional(),
    availability_topic: topic.optional(),
    availability_template: template.optional(),
    payload_available: text.optional(),
    payload_not_available: text.optional(),
    state_topic: topic.optional(),
    command_topic: topic.optional(),
    qos: z.int().min(0).max(2).optional(),
    encoding: z.string().optional(),
  })
  .refine((p) => !(p.availability && p.availability_topic), 'availability and availability_topic exclude each other')

/** <prefix>/device/[<node_id>/]<object_id>/config; ids are of letters, digits, _ and -. */
export const CONFIG_TOPIC = /^[^/]+\/device\/(?:[\w-]+\/)?[\w-]+\/config$/
