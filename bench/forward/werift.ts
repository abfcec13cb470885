// werift.ts — packets as werift carries them: what comes in on a track is written into the tracks that go out.
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, type RtpPacket } from 'werift'
import type { Line } from '../../src/call/transport.ts'
import type { End, Stack } from './stack.ts'

const H264 = new RTCRtpCodecParameters({
  mimeType: 'video/H264',
  clockRate: 90_000,
  payloadType: 96,
  parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
})
const OPUS = new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 })

/** A worker's packet it reads itself. */
type Packet = RtpPacket | Buffer

function open(onPacket: (line: Line, packet: Packet) => void): End<Packet> {
  const pc = new RTCPeerConnection({ codecs: { audio: [OPUS], video: [H264] }, bundlePolicy: 'max-bundle', iceServers: [] })
  const [sound, picture] = [new MediaStreamTrack({ kind: 'audio' }), new MediaStreamTrack({ kind: 'video' })]
  const { promise: opened, resolve } = Promise.withResolvers<void>()
  pc.connectionStateChange.subscribe((state) => state === 'connected' && resolve())
  pc.onTrack.subscribe((remote) =>
    remote.onReceiveRtp.subscribe((packet) => {
      packet.header.extensions = [] // the next call has other numbers for them
      packet.header.extension = false
      onPacket(remote.kind === 'audio' ? 'audio' : 'camera', packet)
    }),
  )
  const addTracks = () => {
    for (const track of [sound, picture]) pc.addTransceiver(track, { direction: 'sendrecv' })
  }
  const describe = async (description: Parameters<typeof pc.setLocalDescription>[0]): Promise<string> => {
    await pc.setLocalDescription(description)
    return pc.localDescription?.sdp ?? ''
  }
  return {
    async offer() {
      addTracks()
      return describe(await pc.createOffer())
    },
    async answer(sdp) {
      addTracks()
      await pc.setRemoteDescription({ type: 'offer', sdp })
      return describe(await pc.createAnswer())
    },
    accept: (sdp) => pc.setRemoteDescription({ type: 'answer', sdp }),
    opened,
    send: (line, packet) => (line === 'audio' ? sound : picture).writeRtp(packet),
    close: () => pc.close(),
  }
}

export const stack: Stack<Packet> = {
  open,
  packetOf: (rtp) => rtp,
  rtpOf: (packet) => (Buffer.isBuffer(packet) ? packet : packet.serialize()),
}
