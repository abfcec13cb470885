// docs.ts — makes docs/settings.md from the schema, docs/topics.md from the table of topics, docs/keys.md from that of keys, and docs/ports.md
// from the list of ports, with the card's firewall. With --check it only says whether they are up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keysPage } from '../src/control/key-page.ts'
import { topicsPage } from '../src/control/topic-page.ts'
import { configSchema } from '../src/core/config.ts'
import { developmentText, firewallText, portsPage } from '../src/system/firewall/rules.ts'

type Setting = {
  title?: string
  description?: string
  default?: unknown
  enum?: string[]
  type?: string
  minimum?: number
  maximum?: number
}
type Section = { title?: string; properties?: Record<string, Setting> }

const schema = JSON.parse(JSON.stringify(configSchema())) as { properties: Record<string, Section> }

const environment = (section: string, key: string) => `PARLOR_${section}__${key.replace(/[A-Z]/g, (c) => `_${c}`)}`.toUpperCase()
const limits = (s: Setting) =>
  s.enum ? s.enum.join(', ') : s.minimum !== undefined && s.maximum !== undefined ? `${s.minimum} to ${s.maximum}` : ''

const settings = `${[
  '# Settings',
  '',
  '<!-- Made by scripts/docs.ts from src/core/config.ts; do not edit. -->',
  '',
  'Parlor runs without any. To change one, write it into `parlor.toml` (where you start it) or `/etc/parlor/parlor.toml`,',
  'or set its environment variable, which wins. Lists are written as JSON there.',
  ...Object.entries(schema.properties).flatMap(([section, { title = section, properties = {} }]) => [
    '',
    `## [${section}] ${title}`,
    '',
    '| setting | default | what it does | limits | environment |',
    '|---|---|---|---|---|',
    ...Object.entries(properties).map(
      ([key, s]) =>
        `| \`${key}\` | \`${JSON.stringify(s.default)}\` | ${s.title}: ${s.description} | ${limits(s)} | \`${environment(section, key)}\` |`,
    ),
  ]),
].join('\n')}\n`

const MADE: Readonly<Record<string, string>> = {
  'docs/settings.md': settings,
  'docs/topics.md': topicsPage(),
  'docs/keys.md': keysPage(),
  'docs/ports.md': portsPage(),
  'image/files/etc/nftables.conf': firewallText(),
  'image/development/etc/nftables.d/development.nft': developmentText(),
}
for (const [name, text] of Object.entries(MADE)) {
  const page = join(import.meta.dirname, '..', name)
  if (!process.argv.includes('--check')) writeFileSync(page, text)
  else if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write(`${name} is out of date: run \`node scripts/docs.ts\`\n`)
    process.exitCode = 1
  }
}
