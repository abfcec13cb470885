// launch.ts — settings to GStreamer words: where sound comes from and goes to, and how voices are coded.
import { SEATS } from '../scene.ts'
import { FRAME, RATE } from './frame.ts'

/** How a device is named in the settings. */
export type Device =
  | { readonly is: 'none' }
  | { readonly is: 'test' }
  /** The machine's default ALSA device. */
  | { readonly is: 'auto' }
  | { readonly is: 'alsa'; readonly name: string }
  /** Any GStreamer source or sink, as gst-launch reads it. */
  | { readonly is: 'launch'; readonly text: string }

/** Reads a setting: auto, none, test, launch:TEXT, or the name of an ALSA device. */
export function parseDevice(setting: string): Device {
  const text = setting.trim()
  if (text === 'auto' || text === '') return { is: 'auto' }
  if (text === 'none') return { is: 'none' }
  if (text === 'test') return { is: 'test' }
  if (text.startsWith('launch:')) return { is: 'launch', text: text.slice('launch:'.length) }
  return { is: 'alsa', name: text }
}

const FLOATS = `audio/x-raw,format=F32LE,layout=interleaved,rate=${RATE},channels=1`
const WORDS = `audio/x-raw,format=S16LE,layout=interleaved,rate=${RATE},channels=1`

/** Text in quotes, so that a device's name cannot become part of the pipeline. */
const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** Silence at the system clock's pace: it turns the loop when there is no microphone. */
const SILENT = `audiotestsrc is-live=true wave=silence samplesperbuffer=${FRAME}`

function source(device: Device): string {
  switch (device.is) {
    case 'none':
      return SILENT
    case 'test':
      return `audiotestsrc is-live=true wave=sine freq=440 volume=0.05 samplesperbuffer=${FRAME}`
    case 'auto':
      return 'alsasrc buffer-time=60000 latency-time=10000'
    case 'alsa':
      return `alsasrc device=${quoted(device.name)} buffer-time=60000 latency-time=10000`
    case 'launch':
      return device.text
  }
}

/** The microphone: frames for `appsink mic`. What we do not fetch in 200 ms is lost, oldest first. */
export const microphone = (device: Device): string =>
  `${source(device)} ! audioconvert ! audioresample ! ${FLOATS} ! appsink name=mic sync=false async=false max-buffers=20 drop=true`

/** What an ALSA loudspeaker is asked to hold, ms: the first does for a machine that wakes in time, the next for one that does not. */
export const BUFFERS: readonly number[] = [12, 24, 48]

function sink(device: Device, buffer: number): string {
  const times = `buffer-time=${buffer * 1000} latency-time=${Math.round((buffer * 1000) / 3)}`
  switch (device.is) {
    case 'none':
    case 'test':
      return 'fakesink sync=false async=false'
    case 'auto':
      return `alsasink sync=false async=false ${times}`
    case 'alsa':
      return `alsasink device=${quoted(device.name)} sync=false async=false ${times}`
    case 'launch':
      return device.text
  }
}

/** The loudspeaker: 16-bit samples from `appsrc play`; 200 ms wait there at most, then the oldest are lost. @param buffer ms, for ALSA */
export function loudspeaker(device: Device, buffer: number): string {
  const convert = device.is === 'launch' ? '' : '! audioconvert ! audioresample '
  return `appsrc name=play is-live=true format=time caps="${WORDS}" max-bytes=${FRAME * 2 * 20} leaky-type=downstream ${convert}! ${sink(device, buffer)}`
}

/**
 * Everybody's voice: a port each, for seats 1 and up; decoded to `appsink s1` and so on.
 *
 * rtpjitterbuffer passes what is in order at once (nothing here is in step with a clock) and holds back at most 40 ms
 * for a packet that is missing; then opusdec makes it up. It could take the copy in the packet after it (in-band FEC), but
 * for that it holds every packet until the next has come: 20 ms, always. How long a voice is held against jitter is
 * decided in seat.ts.
 */
export function ears(): string {
  const caps = 'application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=111'
  return voices()
    .map(
      (seat) =>
        `udpsrc name=u${seat} address=127.0.0.1 port=0 caps="${caps}"
         ! rtpjitterbuffer latency=40 do-lost=true drop-on-latency=true faststart-min-packets=1 ! rtpopusdepay
         ! opusdec plc=true use-inband-fec=false max-errors=-1 ! audioconvert ! ${FLOATS}
         ! appsink name=s${seat} sync=false async=false max-buffers=20 drop=true`,
    )
    .join('\n')
}

/** The seats that can speak: all but our own. */
export const voices = (): number[] => Array.from({ length: SEATS - 1 }, (_, i) => i + 1)

/**
 * Our voice to RTP on a loopback port: `appsrc voice` takes 16-bit frames.
 *
 * webrtcdsp after the canceller takes steady noise away and brings the voice to one level; it is told to leave echo
 * alone. Opus: 10 ms frames (20 ms would cost 10 ms of delay and save 20 kb/s), in-band FEC for a loss of 10 %, no
 * DTX: a stream that never pauses is cheap at these rates, and shows that we are still there.
 */
export function voice(port: number, cleaning: boolean): string {
  const clean = cleaning
    ? '! webrtcdsp echo-cancel=false high-pass-filter=true noise-suppression=true noise-suppression-level=moderate gain-control=true gain-control-mode=adaptive-digital target-level-dbfs=6 compression-gain-db=6 limiter=true'
    : ''
  return `appsrc name=voice is-live=true format=time caps="${WORDS}" max-bytes=${FRAME * 2 * 10} leaky-type=downstream ${clean}
    ! opusenc name=enc audio-type=voice frame-size=10 bitrate=40000 bitrate-type=constrained-vbr inband-fec=true packet-loss-percentage=10 dtx=false
    ! rtpopuspay pt=111 mtu=1200 ! udpsink name=net host=127.0.0.1 port=${port} sync=false async=false`
}
