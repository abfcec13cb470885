// view-house.ts — a program with its pages and its chat on loopback, and between them and the viewers a way that does what a test wants.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import { build } from 'vite'
import { WebSocketServer } from 'ws'
import { ChatDoor } from '../../../src/broadcast/chat-door.ts'
import { Origin, type OriginAnswer, type OriginOptions } from '../../../src/broadcast/origin.ts'
import type { Update } from '../../../src/broadcast/program.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { kbps } from '../../../src/lib/unit.ts'
import { guardHeaders } from '../../../src/web/headers.ts'
import { PageFiles } from '../../../src/web/page-files.ts'
import { closeAbout } from '../../../src/wire/about.ts'
import { chatPath } from '../../../src/wire/chat.ts'
import { crockford } from '../../../src/wire/crockford.ts'
import type { Identity } from '../../../src/wire/key.ts'
import { programOf } from '../../../src/wire/manifest.ts'
import { ROOT, temporaryFolder } from './folder.ts'

/** What lies between box and viewer; gives back what arrives, or null for a cut line. */
export type Between = (path: string, answer: OriginAnswer) => OriginAnswer | null | Promise<OriginAnswer | null>

export type ViewHouse = {
  readonly url: string
  /** The same with a moderator's secret. */
  readonly moderatorUrl: string
  readonly origin: Origin
  readonly chat: ChatDoor
  /** What is said of the program. */
  readonly said: { title: string; begins: number | null }
  /** Null: an honest way. */
  between: Between | null
  take(updates: readonly Update[]): void
  close(): void
}

let built: Promise<PageFiles> | null = null
async function pages(): Promise<PageFiles> {
  const folder = temporaryFolder('pages')
  await build({ configFile: join(ROOT, 'vite.config.ts'), logLevel: 'error', build: { outDir: folder } })
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new PageFiles(
    new Map(all.map((entry) => join(entry.parentPath, entry.name)).map((path) => [relative(folder, path), readFileSync(path)])),
  )
}

export async function openViewHouse(identity: Identity, change: Partial<OriginOptions> = {}): Promise<ViewHouse> {
  built ??= pages()
  const files = await built
  const secret = new Uint8Array(16).fill(5)
  const program = programOf(identity.publicKey)
  const said: ViewHouse['said'] = { title: 'A concert in the kitchen', begins: null }
  const origin = new Origin({
    program,
    limits: { egress: kbps(100_000), seats: 100 },
    clock: systemClock,
    older: null,
    window: 60,
    entries: 3000,
    about: (seen) => closeAbout({ ...said, ...seen, at: Date.now() }, identity),
    ...change,
  })
  const chat = new ChatDoor({ identity, access: { roleOf: () => 'viewer', secrets: [secret] }, clock: systemClock, now: () => Date.now() })
  const house: { between: Between | null } = { between: null }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const isPage = path.startsWith('/w/')
    const file = await files.send(isPage ? 'w.html' : path.slice(1), String(request.headers['accept-encoding'] ?? ''))
    if (file) {
      const { port } = server.address() as AddressInfo
      const guard = isPage ? guardHeaders('watch', { name: '127.0.0.1', withPort: `127.0.0.1:${port}` }, []) : {}
      const encoding = file.encoding === 'identity' ? {} : { 'content-encoding': file.encoding }
      response.writeHead(200, { ...guard, ...encoding, 'content-type': file.type }).end(file.bytes)
      return
    }
    const ask = { path, query, address: request.socket.remoteAddress ?? '', signal: gone.signal }
    const honest = (await origin.answer(ask)) ?? { status: 404, headers: {}, body: '' }
    const answer = house.between ? await house.between(path, honest) : honest
    if (response.destroyed) return
    if (answer) response.writeHead(answer.status, answer.headers).end(answer.body)
    else response.destroy()
  }
  const server = createServer((request, response) => void serve(request, response))
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== chatPath(program)) {
      socket.destroy()
      return
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const ears = chat.open(
        { send: (frame, sent) => ws.send(frame, (error) => error ?? sent()), close: (code, sentence) => ws.close(code, sentence) },
        request.socket.remoteAddress ?? '',
      )
      ws.on('message', (data, isBinary) => ears.heard(isBinary ? new Uint8Array(data as Buffer) : String(data)))
      ws.on('close', () => ears.gone())
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/w/${program}`
  return Object.assign(house, {
    url,
    moderatorUrl: `${url}#moderator=${crockford(secret)}`,
    origin,
    chat,
    said,
    take: (updates: readonly Update[]) => {
      for (const update of updates) origin.update(update)
    },
    close: () => {
      chat.close()
      sockets.close()
      server.closeAllConnections()
      server.close()
    },
  })
}
