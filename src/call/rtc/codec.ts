// codec.ts — the codecs and header extensions of the box's lines, as werift wants them told. The same for every link.
//
// H.264 constrained baseline 3.1, packetization-mode 1, which every browser and every Pi can do; Opus with in-band FEC.
import { RTCRtpCodecParameters, type RTCRtpHeaderExtensionParameters, useSdesMid, useTransportWideCC } from 'werift'

export const OPUS = 111
export const H264 = 96
const RTX = 97

const feedback = (...lines: readonly string[]) =>
  lines.map((line) => {
    const [type = '', parameter] = line.split(' ')
    return parameter === undefined ? { type } : { type, parameter }
  })

export const codecs = () => ({
  audio: [
    new RTCRtpCodecParameters({
      mimeType: 'audio/opus',
      clockRate: 48_000,
      channels: 2,
      payloadType: OPUS,
      parameters: 'minptime=10;useinbandfec=1',
      rtcpFeedback: feedback('transport-cc'),
    }),
  ],
  video: [
    new RTCRtpCodecParameters({
      mimeType: 'video/H264',
      clockRate: 90_000,
      payloadType: H264,
      parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
      rtcpFeedback: feedback('goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli'),
    }),
    new RTCRtpCodecParameters({ mimeType: 'video/rtx', clockRate: 90_000, payloadType: RTX, parameters: `apt=${H264}` }),
  ],
})

export const headerExtensions = (): { audio: RTCRtpHeaderExtensionParameters[]; video: RTCRtpHeaderExtensionParameters[] } => ({
  audio: [useSdesMid(), useTransportWideCC()],
  video: [useSdesMid(), useTransportWideCC()],
})
