// house.ts — just enough of a box to try the pages: the built files behind the box's web server, its broker, and a TV picture.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Duplex } from 'node:stream'
import { build } from 'vite'
import { openBroker } from '../../../src/control/broker.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { PageFiles } from '../../../src/web/page-files.ts'
import { placeOf } from '../../../src/web/place.ts'
import { openServer } from '../../../src/web/server.ts'
import { ROOT, temporaryFolder } from '../../e2e/kit/folder.ts'
import { errorsOnly } from '../../fake/quiet.ts'

export type House = {
  readonly origin: string
  /** Everything that pages have said to the broker, as bytes. */
  readonly heard: readonly Buffer[]
  /** Pulls the broker's plug, or puts it back. */
  setBroker(on: boolean): void
  close(): Promise<void>
}

/** Builds the pages and serves them on a free port of this machine. `link` is told to pages on this machine; `picture` is on the TV. */
export async function openHouse({ link = null, picture = null }: { link?: string | null; picture?: Buffer | null } = {}): Promise<House> {
  const folder = temporaryFolder('pages')
  await build({ configFile: join(ROOT, 'vite.config.ts'), logLevel: 'error', build: { outDir: folder } })
  const broker = await openBroker({ log: errorsOnly, clock: systemClock })
  const heard: Buffer[] = []
  const streams = new Set<Duplex>()
  let brokerOn = true
  const server = await openServer({
    log: errorsOnly,
    clock: systemClock,
    listen: '127.0.0.1',
    httpPort: 0,
    https: null,
    place: () => placeOf('box', [], []),
    files: new PageFiles(filesIn(folder)),
    look: { jpeg: () => Promise.reject(new Error('no still picture here')), watch: (on) => show(picture, on) },
    tvKey: '',
    info: () => ({ iceServers: [], link, room: null }),
    authority: () => null,
    illness: () => null,
    elsewhere: [],
    mqtt(stream) {
      if (!brokerOn) return void stream.destroy()
      streams.add(stream)
      stream.on('close', () => streams.delete(stream))
      stream.on('data', (bytes: Buffer) => void heard.push(bytes))
      broker.accept(stream)
    },
  })
  return {
    origin: `http://localhost:${server.httpPort}`,
    heard,
    setBroker(on) {
      brokerOn = on
      if (!on) for (const stream of streams) stream.destroy()
    },
    async close() {
      await server.close()
      await broker.close()
    },
  }
}

function filesIn(folder: string): Map<string, Uint8Array> {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(all.map((entry) => join(entry.parentPath, entry.name)).map((path) => [relative(folder, path), readFileSync(path)]))
}

/** Ten pictures a second. */
function show(picture: Buffer | null, on: (jpeg: Uint8Array) => void): () => void {
  if (!picture) return () => {}
  const timer = setInterval(() => on(picture), 100)
  return () => clearInterval(timer)
}
