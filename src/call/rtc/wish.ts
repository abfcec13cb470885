// wish.ts — which streams of ours the peer asks a keyframe of. Pure.
//
// Read from the RTCP itself: werift hands a wish to whoever has the SSRC of its sender, and where a peer sends and receives with the same
// one, as two boxes do, that is the wrong one and the wish is lost.
import { PictureLossIndication, type RtcpPacket, RtcpPayloadSpecificFeedback } from 'werift'

/** The SSRCs in a Picture Loss Indication (RFC 4585 §6.3.1) or a Full Intra Request (RFC 5104 §4.3.1). */
export function keyframesAskedIn(packet: RtcpPacket): readonly number[] {
  if (!(packet instanceof RtcpPayloadSpecificFeedback)) return []
  const { feedback } = packet
  if (feedback instanceof PictureLossIndication) return [feedback.mediaSsrc]
  return 'fir' in feedback ? feedback.fir.map(({ ssrc }) => ssrc) : []
}
