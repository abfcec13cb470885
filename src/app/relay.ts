// relay.ts — `parlor relay LINK`: on any Linux machine at home, a broadcast comes in once and is watched from here by any number of screens.
//
// A program of its own, beside a box or without one: it has no identity and keeps nothing. What it serves is the watch page and the program.
import { join } from 'node:path'
import { systemClock as clock } from '../lib/clock.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import { Scope } from '../lib/scope.ts'
import { readTree } from '../system/disk.ts'
import { openJournal } from '../system/journal.ts'
import { MulticastDns } from '../system/mdns.ts'
import { PageFiles } from '../web/page-files.ts'
import { here } from '../web/place.ts'
import { openServer, type ServerOptions } from '../web/server.ts'
import { parseWatchLink } from '../wire/watch-link.ts'
import { HouseRelays } from './house.ts'
import { homeAddresses } from './links.ts'

/** Where it is found, when nothing else has that port. */
const PORT = 8090

/**
 * Runs until the person ends it.
 * @param port null: 8090, or any free one
 * @throws Refusal 'bad-link', 'port-taken', 'bad-config'
 */
export async function relayHere(text: string, port: number | null, say: (text: string, value: unknown) => void): Promise<void> {
  const link = parseWatchLink(text)
  const log = await openJournal({ level: 'info', format: process.stderr.isTTY ? 'pretty' : 'json' })
  const scope = new Scope((error) => log.error('something did not close well', error))
  const stopped = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop())
  })
  try {
    const files = new PageFiles(await readTree(join(import.meta.dirname, '../../dist/pages')))
    if (!files.has('w.html')) throw new Refusal('bad-config', 'the pages are not built; run scripts/setup')
    const multicast = new MulticastDns(clock, log.part('neighbours'))
    scope.defer(() => multicast.close())
    const relays = new HouseRelays({ multicast, port: () => server.httpPort, rests: false, clock, log: log.part('relay') })
    scope.defer(() => relays.close())
    const options: Omit<ServerOptions, 'httpPort'> = {
      place: () => here([]),
      files,
      pages: [],
      watch: (ask) => relays.answer(ask),
      carried: (path) => relays.carried(path),
      look: { jpeg: () => Promise.reject(new Fault('screen-lost', 'there is no TV here')), watch: () => () => {} },
      tvKey: crypto.randomUUID(),
      info: () => ({ iceServers: [], link: null, room: 'any' }),
      authority: () => null,
      illness: () => null,
      elsewhere: [],
      mqtt: (stream) => stream.destroy(),
      clock,
      log: log.part('web'),
      listen: '::',
      https: null,
    }
    const server = await openServer({ ...options, httpPort: port ?? PORT }).catch((error: unknown) => {
      if (port !== null || !(error instanceof Refusal)) throw error
      return openServer({ ...options, httpPort: 0 })
    })
    scope.defer(() => server.close())
    relays.bring(link)
    const hosts = homeAddresses({ listen: '::', names: [] })
    // What opens a private program is passed on from the one screen to the others; the relay itself has no use for it.
    const behind = `/w/${link.program}${link.secret === null ? '' : `#${link.secret}`}`
    const addresses = (hosts.length > 0 ? hosts : ['localhost']).map((host) => `http://${host}:${server.httpPort}${behind}`)
    say(`On any screen at home, open\n${addresses.map((address) => `  ${address}`).join('\n')}\nCtrl-C ends it.`, { addresses })
    await stopped
  } finally {
    await scope.close()
  }
}
