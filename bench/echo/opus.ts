// opus.ts — waves to real Opus RTP and back, by GStreamer's own tools: what the far end would send, and what it would hear.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const gst = (words: string): Promise<unknown> => run('gst-launch-1.0', ['-q', ...words.split(' ').filter((w) => w !== '')])
const PCM = 'rawaudioparse use-sink-caps=false format=pcm pcm-format=f32le sample-rate=48000 num-channels=1'

/** RTP packets (payload type 111) of 20 ms, as a browser sends them. @param base where files may be written, without ending */
export async function encode(wave: Float32Array, base: string): Promise<Buffer[]> {
  await writeFile(`${base}.f32`, bytesOf(wave))
  await gst(
    `filesrc location=${base}.f32 ! ${PCM} ! audioconvert ! opusenc bitrate=32000 audio-type=voice frame-size=20 inband-fec=true
     ! rtpopuspay pt=111 ! rtpstreampay ! filesink buffer-mode=unbuffered location=${base}.rtp`.replace(/\s+/g, ' '),
  )
  const stream = await readFile(`${base}.rtp`)
  const packets: Buffer[] = []
  for (let at = 0; at + 2 <= stream.length; ) {
    const length = stream.readUInt16BE(at)
    packets.push(stream.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return packets
}

/** What a receiver hears: one packet after the other, 48 kHz mono. */
export async function decode(packets: readonly Buffer[], base: string): Promise<Float32Array> {
  const framed = packets.flatMap((packet) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(packet.length)
    return [length, packet]
  })
  await writeFile(`${base}.rtp`, Buffer.concat(framed))
  await gst(
    `filesrc location=${base}.rtp ! application/x-rtp-stream,media=audio,clock-rate=48000,encoding-name=OPUS,payload=111 ! rtpstreamdepay
     ! rtpopusdepay ! opusdec plc=false ! audioconvert ! audio/x-raw,format=F32LE,rate=48000,channels=1 ! filesink buffer-mode=unbuffered location=${base}.f32`.replace(
      /\s+/g,
      ' ',
    ),
  )
  return floatsOf(await readFile(`${base}.f32`))
}

/** GStreamer's own canceller on the same two files, in real time, with its probe where the loudspeaker was; without level control, which would only count against it. */
export async function webrtcdsp(played: Float32Array, heard: Float32Array, base: string): Promise<Float32Array> {
  await writeFile(`${base}-far.f32`, bytesOf(played))
  await writeFile(`${base}-mic.f32`, bytesOf(heard))
  const words = 'audioconvert ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! audiobuffersplit output-buffer-duration=1/100'
  await gst(
    `filesrc location=${base}-far.f32 ! ${PCM} ! ${words} ! webrtcechoprobe name=probe ! fakesink sync=true async=false
     filesrc location=${base}-mic.f32 ! ${PCM} ! ${words} ! identity sync=true
     ! webrtcdsp probe=probe echo-cancel=true delay-agnostic=true echo-suppression-level=high noise-suppression=true gain-control=false
     ! audioconvert ! audio/x-raw,format=F32LE ! filesink buffer-mode=unbuffered location=${base}-dsp.f32 sync=false async=false`.replace(
      /\s+/g,
      ' ',
    ),
  )
  return floatsOf(await readFile(`${base}-dsp.f32`))
}

export const bytesOf = (wave: Float32Array): Buffer => Buffer.from(wave.buffer, wave.byteOffset, wave.byteLength)
export const floatsOf = (bytes: Buffer): Float32Array =>
  new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)))
