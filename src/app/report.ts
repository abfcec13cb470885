// report.ts — what somebody sends who asks for help: how the box is, its settings, what it found, its numbers and its last words,
// without anything that opens a door (control/bundle.ts takes that out).
import { join } from 'node:path'
import { bundleText } from '../control/bundle.ts'
import type { Config } from '../core/config.ts'
import { seconds } from '../lib/unit.ts'
import { readText } from '../system/disk.ts'
import { run } from '../system/process.ts'
import { type Finding, findingsText } from './doctor.ts'
import type { Status } from './status.ts'

/** Files whose whole content is a secret. */
const SECRETS = ['room', 'identity', 'tv-key']

type Parts = {
  readonly folder: string
  readonly config: Config
  /** Null when the box does not run. */
  readonly status: Status | null
  readonly numbers: string | null
  readonly findings: readonly Finding[]
}

/** The report as text. What the journal of systemd holds of the box comes along, where there is one. */
export async function report({ folder, config, status, numbers, findings }: Parts): Promise<string> {
  const journal = await run('journalctl', ['-u', 'parlor', '-u', 'parlor-media', '-n', '2000', '--no-pager', '-o', 'short-iso'], {
    timeLimit: seconds(10),
  })
  const kept = await Promise.all(SECRETS.map((name) => readText(join(folder, name))))
  const secrets = [
    ...kept.flatMap((text) => text?.trim() ?? []),
    config.box.room,
    config.mqtt.password,
    config.mqtt.homePassword,
    ...config.live.push,
    ...config.call.iceServers.flatMap(({ credential, secret }) => [credential ?? [], secret ?? []].flat()),
  ]
  return bundleText(
    [
      { title: 'How it is', body: status ?? 'Parlor does not run.' },
      { title: 'Doctor', body: findingsText(findings) },
      { title: 'Settings', body: config },
      { title: 'Numbers', body: numbers ?? 'none' },
      { title: 'Journal', body: journal.ok ? journal.out : 'There is no journal of systemd for it here.' },
    ],
    secrets.filter(Boolean),
  )
}
