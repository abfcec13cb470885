// redundant.ts — while much sound is lost: each packet of ours carries the one before it (RFC 2198), and theirs is waited for, because what
// was lost comes with a later one. When, is decided as in the box: call/adapt/redundancy.ts.
//
// A browser that cannot change the codec in a call (RTCRtpEncodingParameters.codec) goes on as it is.
import { Redundancy } from '../../../call/adapt/redundancy.ts'
import type { Clock } from '../../../lib/clock.ts'
import { seconds } from '../../../lib/unit.ts'

const LOOK = seconds(1)
/** Milliseconds: two packets of the box's, and what a line that loses wavers. */
const PATIENCE = 60

/** Until the signal is aborted; then it rejects with the signal's reason. */
export async function keepRedundant(sender: RTCRtpSender, clock: Clock, signal: AbortSignal): Promise<never> {
  const redundancy = new Redundancy()
  let isOn = false
  for (;;) {
    await clock.sleep('loss of our sound', LOOK, signal)
    const wanted = redundancy.level(await lostOf(sender), Number.POSITIVE_INFINITY, clock.now()) > 0
    if (wanted !== isOn && (await choose(sender, wanted ? 'audio/red' : 'audio/opus'))) isOn = wanted
  }
}

/** Waits for what comes late as long as much is lost of what comes; until the signal is aborted, as above. */
export async function keepPatient(receiver: RTCRtpReceiver, clock: Clock, signal: AbortSignal): Promise<never> {
  const redundancy = new Redundancy()
  let before = await countsOf(receiver)
  for (;;) {
    await clock.sleep('loss of their sound', LOOK, signal)
    const now = await countsOf(receiver)
    const [came, lost] = [now.came - before.came, Math.max(0, now.lost - before.lost)]
    before = now
    const isLossy = redundancy.level(came + lost > 0 ? lost / (came + lost) : 0, Number.POSITIVE_INFINITY, clock.now()) > 0
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = isLossy ? PATIENCE : 0
  }
}

async function countsOf(receiver: RTCRtpReceiver): Promise<{ came: number; lost: number }> {
  for (const [, one] of await receiver.getStats()) {
    const { type, packetsReceived = 0, packetsLost = 0 } = one as { type: string; packetsReceived?: number; packetsLost?: number }
    if (type === 'inbound-rtp') return { came: packetsReceived, lost: packetsLost }
  }
  return { came: 0, lost: 0 }
}

/** The share of our sound that the other side says it lost, 0 to 1. */
async function lostOf(sender: RTCRtpSender): Promise<number> {
  for (const [, one] of await sender.getStats()) {
    const { type, fractionLost } = one as { type: string; fractionLost?: number }
    if (type === 'remote-inbound-rtp') return fractionLost ?? 0
  }
  return 0
}

type Choosable = RTCRtpEncodingParameters & { codec?: RTCRtpCodec }

async function choose(sender: RTCRtpSender, mimeType: string): Promise<boolean> {
  const parameters = sender.getParameters()
  const [encoding] = parameters.encodings as Choosable[]
  const codec = parameters.codecs.find((one) => one.mimeType.toLowerCase() === mimeType)
  if (!encoding || !codec) return false
  const { clockRate, channels, sdpFmtpLine } = codec
  encoding.codec = {
    mimeType: codec.mimeType,
    clockRate,
    ...(channels === undefined ? {} : { channels }),
    ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  }
  return sender.setParameters(parameters).then(
    () => true,
    () => false,
  )
}
