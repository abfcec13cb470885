// main.ts — parlord: one box, from its settings to its end.
//
//   main.ts [--join]     --join: the person who starts it asks it into its own room at once
import { systemClock as clock } from '../lib/clock.ts'
import { collect, collectAll } from '../lib/collect.ts'
import { seconds } from '../lib/unit.ts'
import { build } from './build.ts'
import { exitWith, type Ground, onGround } from './start.ts'
import { welcomeText } from './welcome.ts'

const startedAt = performance.now()

async function main(ground: Ground, stopped: Promise<string>): Promise<void> {
  const { config, log, scope } = ground
  const { box, links, ports, rest } = await build(ground)
  const joined = process.argv.includes('--join')
  if (joined) box.ask({ want: 'come home' })
  const running = box.run(scope.signal)
  log.info('ready', { httpPort: ports.http, httpsPort: ports.https, tookMs: Math.round(performance.now() - startedAt) })
  // For who started it by hand. In a journal, where it stays and others read it, a link would be a key under the mat.
  if (!process.env.NOTIFY_SOCKET) process.stdout.write(welcomeText(config.box.name, links, joined))

  // Starting leaves some 12 MB behind that a box at rest would carry for hours, half of them code. In a call the short way must do.
  const settled = () => (box.actual.room === null && box.wanted.room === null ? collectAll() : collect())
  clock.sleep('until the start is over', seconds(5), scope.signal).then(settled, () => {})
  log.info('stopping', { why: await stopped })
  await scope.close()
  await running
  await rest()
}

if (import.meta.main) {
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`parlor: a bug of ours: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(70)
  })
  exitWith(onGround(main))
}
