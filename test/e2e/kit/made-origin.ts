// made-origin.ts — an origin as a process of its own, for tests: a program of made-up pictures at a steady rate, on plain HTTP.
//
//   made-origin.ts PORT KBPS        says its watch link, then counts the bytes of objects that it made, a line a second
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Origin } from '../../../src/broadcast/origin.ts'
import { Program } from '../../../src/broadcast/program.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { kbps } from '../../../src/lib/unit.ts'
import { newIdentity } from '../../../src/room/identity.ts'
import { closeAbout } from '../../../src/wire/about.ts'
import { adts, unit } from '../../broadcast/kit/coded.ts'
import { quietLog } from '../../fake/quiet.ts'

const [port = 0, rate = 2500] = process.argv.slice(2).map(Number)
const FPS = 30
const FRAME = (1024 / 48_000) * 1e9

const identity = newIdentity()
const program = new Program({
  identity,
  rate: [FPS, 1],
  tracks: [
    { kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: rate * 1500 },
    { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 2, sampleRate: 48_000, delay: 0, bandwidth: 192_000 },
  ],
  before: null,
  now: () => Date.now(),
  wantKeyframe: () => {},
  log: quietLog().log,
})
const origin = new Origin({
  program: program.id,
  limits: { egress: kbps(500_000), seats: 100 },
  clock: systemClock,
  older: null,
  about: (seen) => closeAbout({ title: 'made', begins: null, ...seen, at: Date.now() }, identity),
})

/** A picture of as many bytes as the rate has for it. */
function picture(index: number): Uint8Array {
  const head = unit(index, index % 60 === 0)
  const bytes = new Uint8Array(Math.max(head.length, Math.round((rate * 1000) / 8 / FPS))).fill(0x55)
  bytes.set(head)
  return bytes
}

let [frame, sound, made] = [0, 0, 0]
const begun = performance.now()
setInterval(() => {
  for (const due = ((performance.now() - begun) * FPS) / 1000; frame < due; frame++) {
    const pts = Math.round((frame * 1e9) / FPS)
    const updates = []
    for (; sound * FRAME < pts; sound++) updates.push(...program.take(1, { pts: sound * FRAME, bytes: adts(sound) }))
    updates.push(...program.take(0, { pts, bytes: picture(frame) }))
    for (const update of updates) {
      origin.update(update)
      made += update.objects.reduce((sum, { bytes }) => sum + bytes.length, 0)
    }
  }
}, 10)

const server = createServer(async (request, response) => {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const answer = await origin.answer({ path, query, address: request.socket.remoteAddress ?? '', signal: gone.signal })
  if (response.destroyed) return
  response.writeHead(answer?.status ?? 404, { ...answer?.headers, ...(answer && { 'content-length': Buffer.byteLength(answer.body) }) })
  response.end(answer?.body)
})
server.listen(port, () => {
  process.stdout.write(`link http://HOST:${(server.address() as AddressInfo).port}/w/${program.id}\n`)
  setInterval(() => process.stdout.write(`made ${made} viewers ${origin.viewers}\n`), 1000)
})
