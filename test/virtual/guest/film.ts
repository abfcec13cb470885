// film.ts — runs inside the virtual Pi: Parlor's own camera with GStreamer, as the daemon uses it. Reads orders, a line each:
//
//   open     close     rate <bit/s>     key     count
//
// and says a line for every fact and fault, and for `count` the packets, bytes and worker's pid so far. What it filmed is kept as an H.264
// byte stream.    film.ts <source> <width> <height> <file>
import { createWriteStream } from 'node:fs'
import { systemClock } from '../../../src/lib/clock.ts'
import type { Log } from '../../../src/lib/log.ts'
import type { Bps } from '../../../src/lib/unit.ts'
import { Camera } from '../../../src/media/capture.ts'
import { fork } from '../../../src/system/process.ts'

const [source = 'auto', width = '640', height = '360', file = '/dev/null'] = process.argv.slice(2)
const say = (words: string): void => void process.stdout.write(`${words}\n`)
const tell = (words: string, facts?: unknown): void => say(`log ${words} ${JSON.stringify(facts ?? {})}`)
const log: Log = { debug: () => {}, info: tell, warn: tell, error: (words, error) => tell(words, String(error)), part: () => log }
const film = createWriteStream(file)
let packets = 0
let bytes = 0

const camera = new Camera({
  settings: { source, standIn: false, width: Number(width), height: Number(height), fps: 30, kbps: 1000 },
  onRtp: (packet) => {
    packets++
    bytes += packet.length
    film.write(nalUnits(packet.subarray(12)))
  },
  fork,
  clock: systemClock,
  log,
})
camera.on('fact', (fact) => say(`fact ${fact.camera}${fact.why ? `: ${fact.why}` : ''}`))
camera.on('fault', (fault) => say(`fault ${fault.code}`))

/** RFC 6184: whole NAL units, several in one (24), or a part of one (28), with start codes before each. */
function nalUnits(payload: Buffer): Buffer {
  const start = Buffer.from([0, 0, 0, 1])
  const head = payload[0] ?? 0
  switch (head & 31) {
    case 24: {
      const found: Buffer[] = []
      for (let at = 1; at + 2 < payload.length; at += 2 + payload.readUInt16BE(at))
        found.push(start, payload.subarray(at + 2, at + 2 + payload.readUInt16BE(at)))
      return Buffer.concat(found)
    }
    case 28: {
      const part = payload[1] ?? 0
      const rest = payload.subarray(2)
      return part & 0x80 ? Buffer.concat([start, Buffer.from([(head & 0xe0) | (part & 31)]), rest]) : rest
    }
    default:
      return Buffer.concat([start, payload])
  }
}

async function obey(order: string): Promise<void> {
  const [verb, number] = order.split(' ')
  switch (verb) {
    case 'open':
      await camera.open(AbortSignal.timeout(60_000)).then(
        () => say('opened'),
        (error: unknown) => say(`not opened: ${error}`),
      )
      return
    case 'close':
      await camera.close()
      return say('closed')
    case 'rate':
      return camera.setRate(Number(number) as Bps)
    case 'key':
      return camera.askKeyframe()
    case 'count':
      return say(JSON.stringify({ packets, bytes, pid: camera.pid ?? null }))
    default:
      throw new Error(`no such order: ${order}`)
  }
}

let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text: string) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) void obey(line)
})
process.once('SIGTERM', async () => {
  await camera.close()
  film.end(() => process.exit(0))
})
say('ready')
