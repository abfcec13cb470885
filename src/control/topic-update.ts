// topic-update.ts — the row of the table of topics about updates, as Home Assistant's update entity reads it
// (https://www.home-assistant.io/integrations/update.mqtt/).
import * as z from 'zod'
import { Refusal } from '../lib/fault.ts'
import { jsonOf } from '../wire/schema.ts'
import type { Row } from './topic-row.ts'

export const UPDATE = 'update'
/** Home Assistant takes no longer summary. */
const LONGEST_SUMMARY = 255

const Update = z.strictObject({
  installed_version: z.string(),
  latest_version: z.string(),
  title: z.string(),
  release_summary: z.string(),
  in_progress: z.boolean(),
  update_percentage: z.nullable(z.int()),
})
const Install = z.enum(['install'])

export const updateRow: Row = {
  name: UPDATE,
  help: 'The software of the box, and a newer one where it is known. To install it people at the box are asked; it begins when nothing goes on',
  state: z.string().transform(jsonOf).pipe(Update),
  show: ({ update }) =>
    JSON.stringify({
      installed_version: update.installed,
      latest_version: update.latest,
      title: 'Parlor',
      release_summary: update.summary.slice(0, LONGEST_SUMMARY),
      in_progress: update.busy,
      update_percentage: update.percent,
    } satisfies z.output<typeof Update>),
  set: {
    schema: Install,
    read: (said) => {
      if (!Install.safeParse(said).success) throw new Refusal('bad-message', '"update" takes install')
      return { do: 'update' }
    },
  },
  looks: [
    {
      platform: 'update',
      name: 'Update',
      icon: 'mdi:package-up',
      more: { payload_install: 'install', device_class: 'firmware', entity_category: 'config' },
    },
  ],
}
