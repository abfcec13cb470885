// launch.ts — the coder of the program's sound, as text. Pure.
//
// `in` takes floats without times: their number is their time, so the coder has nothing to be confused by. `coded` gives ADTS packets of AAC-LC,
// 1024 samples each, in the GStreamer Data Protocol.
import { RATE } from '../frame.ts'

/**
 * Samples that voaacenc puts before the sound without saying so: what a packet sounds like was given so much earlier than its time says (measured,
 * to the sample). It is taken rather than ffmpeg's, whose library costs 40 MB, and 70 ms of a processor when it is first asked for: in the loop of
 * sound everybody would hear that.
 */
export const DELAY = 1600

export const soundCoder = (rate: number): string =>
  'appsrc name=in is-live=true format=bytes max-bytes=0' +
  ` ! rawaudioparse use-sink-caps=false format=pcm pcm-format=f32le sample-rate=${RATE} num-channels=1 ! audioconvert` +
  ` ! voaacenc name=enc bitrate=${Math.round(rate)} ! aacparse ! audio/mpeg,mpegversion=4,stream-format=adts` +
  ' ! gdppay ! appsink name=coded sync=false async=false max-buffers=400 drop=false'

/** Samples before its own time of which something may be in a packet of opusenc (at 48 kHz). */
export const LOOK_AHEAD = 312

/** The same sound as Opus for who watches by WebRTC: packets of 20 ms. Music is in it as well as voices. */
export const opusCoder = (): string =>
  'appsrc name=in is-live=true format=bytes max-bytes=0' +
  ` ! rawaudioparse use-sink-caps=false format=pcm pcm-format=f32le sample-rate=${RATE} num-channels=1 ! audioconvert` +
  ' ! opusenc audio-type=generic frame-size=20 bitrate=80000 bitrate-type=constrained-vbr inband-fec=true packet-loss-percentage=5 dtx=false' +
  ' ! gdppay ! appsink name=coded sync=false async=false max-buffers=200 drop=false'
