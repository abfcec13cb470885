// house.ts — just enough of a box to try the pages: their files, a broker behind /mqtt, /info, and a TV picture. No other part of a box.
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { build } from 'vite'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import { openBroker } from '../../../src/control/broker.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import type { Log } from '../../../src/lib/log.ts'
import { temporaryFolder } from '../../e2e/kit/folder.ts'

const KINDS: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const DOCUMENTS: Readonly<Record<string, string>> = { '/': '/index.html', '/r': '/r.html', '/tv': '/tv.html' }
/** As strict as a server may be with these pages. */
const POLICY = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none'"

const quiet: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (sentence, error) => console.error(sentence, error),
  part: () => quiet,
}

export type House = {
  readonly origin: string
  /** Every request for a document or a file, with its whole address as the server saw it. */
  readonly asked: readonly string[]
  /** Pulls the broker's plug; again to put it back. */
  setBroker(on: boolean): void
  close(): Promise<void>
}
export type Television = { readonly key: string; readonly picture: Buffer }

/** Builds the pages and serves them on a free port of this machine. */
export async function openHouse(options: { info?: unknown; tv?: Television } = {}): Promise<House> {
  const folder = temporaryFolder('pages')
  await build({ configFile: join(import.meta.dirname, '../../../vite.config.ts'), logLevel: 'error', build: { outDir: folder } })
  const broker = await openBroker({ log: quiet, clock: systemClock })
  const asked: string[] = []
  const sockets = new Set<WebSocket>()
  let brokerOn = true
  const server = createServer((request, response) => {
    const url = request.url ?? '/'
    asked.push(url)
    const path = url.split('?')[0] ?? '/'
    response.setHeader('content-security-policy', POLICY)
    if (path === '/info')
      return void response.setHeader('content-type', 'application/json').end(JSON.stringify(options.info ?? { iceServers: [] }))
    const file = join(folder, DOCUMENTS[path] ?? path)
    if (!file.startsWith(folder) || !existsSync(file)) return void response.writeHead(404).end()
    response.setHeader('content-type', KINDS[extname(file)] ?? 'application/octet-stream').end(readFileSync(file))
  })
  const upgrade = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/mqtt' && !brokerOn) return socket.destroy()
    upgrade.handleUpgrade(request, socket, head, (ws) => {
      sockets.add(ws)
      ws.on('close', () => sockets.delete(ws))
      if (request.url === '/mqtt') broker.accept(createWebSocketStream(ws))
      else if (request.url === '/tv/live' && options.tv) showTv(ws, options.tv)
      else ws.close(1008)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const ws of sockets) ws.terminate()
  }
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    asked,
    setBroker(on) {
      brokerOn = on
      if (!on) cut()
    },
    async close() {
      cut()
      server.closeAllConnections()
      server.close()
      await broker.close()
    },
  }
}

/** Sends the picture ten times a second to whoever says the key first. */
function showTv(ws: WebSocket, { key, picture }: Television): void {
  ws.once('message', (said) => {
    if (String(said) !== key) return ws.close(1008)
    const timer = setInterval(() => ws.send(picture), 100)
    ws.on('close', () => clearInterval(timer))
  })
}
