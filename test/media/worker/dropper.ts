// dropper.ts — a child that makes pipelines as a seat has them and drops them, as often as it is told; then it lets the collector run.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openPipeline } from '../../../src/media/gst.ts'
import { seat } from '../../../src/media/screen/launch.ts'
import { Stage } from '../../../src/media/screen/stage.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))
const stage = new Stage(5)
stage.pipeline.play()

process.on('message', async (times: number) => {
  for (let i = 0; i < times; i++) {
    const pipeline = openPipeline(seat(1))
    pipeline.onBus(() => {})
    pipeline.bridge('out', stage.pipeline, 'in2')
    pipeline.play()
    pipeline.get('net', 'port')
    pipeline.child('jitter')
    await sleep(10)
    pipeline.stop()
  }
  // A bus poll ends within 100 ms of stop(); only then is its pipeline free.
  for (let i = 0; i < 4; i++) {
    await sleep(150)
    collect()
  }
  process.send?.('dropped')
})
process.send?.('ready')
