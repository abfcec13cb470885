// topic-page.ts — docs/topics.md, made from the table of topics. Pure; scripts/docs.ts writes it.
import { PICTURE, rows, verbs } from './topic.ts'
import { LONGEST_ORDER } from './topic-order.ts'
import { valuesOf } from './topic-words.ts'

const code = (text: string) => `\`${text}\``

/** The page, as Markdown. */
export const topicsPage = (): string =>
  `${[
    '# MQTT topics',
    '',
    '<!-- Made by scripts/docs.ts from src/control/topic.ts; do not edit. -->',
    '',
    'The box says how it is, and hears what it is asked, under `parlor/1/box/<box>/`, where `<box>` is its id. It does so on its own',
    'broker (user `home`, with `mqtt.password`) and on the broker of the home (`mqtt.home`), at the same time. Home Assistant finds all of',
    'it by itself, under `homeassistant/device/parlor_<box>/config`.',
    '',
    '## What it says',
    '',
    'All of this is retained, is what *is* (not what was asked for), and is said again at every connection and whenever Home Assistant',
    'says `online` under `homeassistant/status`.',
    '',
    '| topic | what | values |',
    '|---|---|---|',
    `| ${code('availability')} | Whether the box is there; the broker says \`offline\` when it falls silent | online or offline |`,
    ...rows.map((row) => `| ${code(`state/${row.name}`)} | ${row.help} | ${valuesOf(row.state)} |`),
    '',
    `Under ${code(PICTURE.topic)} the picture of the TV comes as JPEG when it was asked for; it is not retained.`,
    '',
    '## What may be set',
    '',
    '| topic | values | needs a signature |',
    '|---|---|---|',
    ...rows.flatMap(({ name, set }) => (set ? [`| ${code(`set/${name}`)} | ${valuesOf(set.schema)} | ${signatureOf(set.read)} |`] : [])),
    '',
    '## What may be ordered',
    '',
    'The payload is JSON, or empty. Besides what the verb takes it may hold `id` (comes back in the answer), `replyTo` (a topic',
    '`parlor/1/box/<box>/reply/<name>` for the answer `{"id", "ok", "error": {"code", "sentence"}}`), `ttl` (seconds for which the order is',
    'worth anything, 1 to 120, else 30) and `at` (when it was given, in milliseconds since 1970: later than `ttl` after that it is refused).',
    '',
    '| topic | what | takes | needs a signature |',
    '|---|---|---|---|',
    ...verbs.map(
      (verb) =>
        `| ${code(`do/${verb.name}`)} | ${verb.help} | ${code(valuesOf(verb.args))} | ${verb.opens ? 'yes' : pictured(verb.name)} |`,
    ),
    '',
    '## Signatures',
    '',
    'What opens a camera or a microphone needs the signature of a phone that was paired at the box:',
    '`{"signed": "<what would be said without>", "key", "counter", "nonce", "signature"}`, binary values in lower-case hex. The phone signs',
    '(Ed25519) these lines, joined with a line feed: `parlor/1/order`, the topic, the counter, the nonce, what is signed. The counter rises',
    'with every order of a key; the nonce has 16 bytes.',
    '',
    'Without a signature such an order is refused. With the setting `mqtt.plainJoin` it rings on the TV instead, and somebody there says yes.',
    'While the privacy switch is shut nothing opens, whoever asks.',
    '',
    '## Bounds',
    '',
    `An order holds ${LONGEST_ORDER} bytes at most, and ten a second are heard. An order that a broker had kept (retained) is not done.`,
  ].join('\n')}\n`

const pictured = (verb: string) => (verb === 'picture' ? 'yes, or the setting `mqtt.picture`' : 'no')

/** Which values of a row need a signature. */
function signatureOf(read: (text: string) => unknown): string {
  const opening = ['ON', 'OFF'].filter((text) => {
    try {
      const want = read(text)
      return typeof want === 'object' && want !== null && 'opens' in want && want.opens === true
    } catch {
      return false
    }
  })
  return opening.length > 0 ? `for ${opening.join(' and ')}` : 'no'
}
