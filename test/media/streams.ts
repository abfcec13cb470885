// streams.ts — real H.264 over RTP for tests: x264 in processes of their own, packets given to whoever asks.
import { type ChildProcess, spawn } from 'node:child_process'
import { RtpIn } from '../../src/media/port.ts'

export type Stream = { stop(): void; readonly packets: () => number }

/** @param source a GStreamer source with its caps, like `videotestsrc is-live=true pattern=red ! video/x-raw,width=640,...` */
export async function stream(source: string, onPacket: (packet: Buffer) => void, keyframeEvery = 15): Promise<Stream> {
  const port = new RtpIn(onPacket)
  const at = await port.open()
  const x264 = `x264enc tune=zerolatency speed-preset=ultrafast key-int-max=${keyframeEvery} threads=1 ! video/x-h264,profile=constrained-baseline`
  const launch = `${source} ! videoconvert ! ${x264} ! rtph264pay pt=96 mtu=1200 aggregate-mode=zero-latency config-interval=-1 ! udpsink host=127.0.0.1 port=${at} sync=false`
  const child: ChildProcess = spawn('gst-launch-1.0', ['-q', ...launch.split(/\s+/)], { stdio: ['ignore', 'ignore', 'inherit'] })
  return {
    packets: () => port.packets,
    stop: () => {
      child.kill('SIGKILL')
      port.close()
    },
  }
}

/** A field of one colour, `0xRRGGBB`. */
export const colour = (rgb: number, width = 640, height = 360, fps = 15): string =>
  `videotestsrc is-live=true pattern=solid-color foreground-color=${0xff000000 + rgb} ! video/x-raw,format=I420,width=${width},height=${height},framerate=${fps}/1`
