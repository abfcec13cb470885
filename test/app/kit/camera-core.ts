// camera-core.ts — as much of a daemon as holds a camera: opens the test picture through the media service, and says four times a
// second which process holds it and how many packets have come.
//
// PARLOR_MEDIA_SOCKET=... node camera-core.ts
import { forkFor } from '../../../src/app/workers.ts'
import { systemClock as clock } from '../../../src/lib/clock.ts'
import { Camera } from '../../../src/media/capture.ts'
import { quietLog } from '../../fake/quiet.ts'

const { log } = quietLog()
let packets = 0
const camera = new Camera({
  settings: { source: 'test', standIn: true, width: 320, height: 180, fps: 15, kbps: 300 },
  onRtp: () => packets++,
  fork: forkFor(process.env, log),
  clock,
  log,
})
setInterval(() => process.stdout.write(`${JSON.stringify({ worker: camera.pid ?? null, packets, fact: camera.fact.camera })}\n`), 250)
await camera.open(new AbortController().signal).catch(() => {})
