// child.ts — the worker of a replay: parts of a program in, and out what a person in the call would send: H.264 and Opus as RTP, in time.
//
// The picture is not encoded again. The sound is, for mixers here take Opus; that is 2 % of a core.
import { Bug, unreachable } from '../../lib/fault.ts'
import { runChild } from '../child.ts'
import { openPipeline, type Pipeline } from '../gst.ts'
import type { ReplayNews, ReplayOrder } from './order.ts'

const SOURCE = 'format=bytes caps=video/quicktime max-bytes=0'
const SINK = 'host=127.0.0.1 sync=true enable-last-sample=false'
const LAUNCH =
  `appsrc name=video ${SOURCE} ! qtdemux ! h264parse config-interval=-1 ! rtph264pay pt=96 mtu=1200 config-interval=-1 aggregate-mode=zero-latency ! udpsink name=pictures ${SINK}` +
  ` appsrc name=audio ${SOURCE} ! qtdemux ! aacparse ! avdec_aac ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=1` +
  ` ! opusenc frame-size=10 bitrate=64000 ! rtpopuspay pt=111 ! udpsink name=sounds ${SINK}`

let pipeline: Pipeline | null = null

function begin({ video, audio, zero, ports }: Extract<ReplayOrder, { do: 'begin' }>, say: (news: ReplayNews) => void): Pipeline {
  const made = openPipeline(LAUNCH)
  made.set('pictures', 'port', String(ports.video))
  made.set('sounds', 'port', String(ports.audio))
  // Times in the parts count from the beginning of the broadcast.
  shift(made, zero)
  made.onBus((event) => {
    if (event.type === 'eos' || event.type === 'error') say({ is: 'ended' })
  })
  made.play()
  made.push('video', video)
  made.push('audio', audio)
  return made
}

const shift = (of: Pipeline, zero: number): void => {
  for (const sink of ['pictures', 'sounds']) of.set(sink, 'ts-offset', String(-Math.round(zero)))
}

runChild<ReplayOrder, ReplayNews>({
  onOrder: (order, say) => {
    if (order.do === 'begin') {
      pipeline ??= begin(order, say)
      return
    }
    if (!pipeline) throw new Bug(`'${order.do}' before 'begin'`)
    switch (order.do) {
      case 'part':
        return pipeline.push(order.track, order.bytes)
      case 'shift':
        return shift(pipeline, order.zero)
      case 'end':
        return pipeline.finish()
      default:
        return unreachable(order)
    }
  },
  // It waits most of the time: only whether it lives is watched.
  evidence: () => ({ in: 0, out: 0 }),
  onStop: () => pipeline?.stop(),
})
