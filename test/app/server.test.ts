// server.test.ts — what is written for those who run a server is true: each example of settings is one that the program takes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ordersOf } from '../../src/control/onward.ts'
import { readConfig } from '../../src/core/config.ts'
import { readToml } from '../../src/core/toml.ts'
import { serversFor } from '../../src/rendezvous/credentials.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

describe('the page about the rendezvous', () => {
  const page = read('docs/rendezvous.md')
  const examples = [...page.matchAll(/```toml\n([\s\S]*?)```/g)].map(([, text = '']) => text)

  test('has settings that are taken', () => {
    const taken = examples.map((text) => readConfig(readToml(text, 'docs/rendezvous.md'), {}))
    expect(taken.map(({ call }) => call.rendezvous)).toContain('https://meet.example')
    const cluster = taken.map(({ mqtt }) => mqtt.server).find((server) => server !== '') ?? ''
    expect(ordersOf(cluster)).toHaveLength(2)
  })

  test('gives coturn the secret that the rendezvous has', () => {
    const [, secret] = /static-auth-secret=(.*)/.exec(page) ?? []
    const servers = examples.flatMap((text) => readConfig(readToml(text, 'docs/rendezvous.md'), {}).call.iceServers)
    expect(new Set(servers.flatMap((server) => server.secret ?? []))).toEqual(new Set([secret]))
  })
})

test('the rendezvous in a container gets settings that it takes, and the ports that stand open', () => {
  const text = read('server/compose.yaml')
  const filled = text.replace(/\$\{(HOST|SECRET)\}/g, (_, name) => (name === 'HOST' ? 'meet.example' : '0123'))
  const env = Object.fromEntries(
    [...filled.matchAll(/^ {6}(PARLOR_\w+): (?:>-\n((?: {8}.*\n)+)|'?(.*?)'?\n)/gm)].map(([, name = '', folded, plain]) => [
      name,
      folded?.replace(/\n {8}/g, ' ').trim() ?? plain,
    ]),
  )
  const { web, call } = readConfig({}, env)
  expect(web).toMatchObject({ names: ['meet.example'], http: 8080, https: 8443, certificate: '/certificates/fullchain.pem' })
  expect(text).toContain(`ports: ['443:${web.https}']`)
  expect(read('server/Dockerfile')).toContain(`127.0.0.1:${web.http}/healthz`)
  expect(serversFor(call.iceServers, 'room', 0).map(({ urls }) => urls)).toEqual([
    'stun:meet.example:3478',
    'turn:meet.example:3478',
    'turn:meet.example:3478?transport=tcp',
    'turns:meet.example:5349?transport=tcp',
  ])
  for (const port of [3478, 5349]) expect(text).toContain(`listening-port=${port}`)
})
