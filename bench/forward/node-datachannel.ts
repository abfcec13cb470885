// node-datachannel.ts — forwarding with libdatachannel (C++, threads of its own) behind node-datachannel.
import ndc, { type PeerConnection, type Track } from 'node-datachannel'
import type { Line } from '../../src/call/transport.ts'
import type { End, Stack } from './stack.ts'

const H264 = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'
const SSRC = 7

function gathered(pc: PeerConnection): Promise<string> {
  return new Promise((done) =>
    pc.onGatheringStateChange((state) => {
      if (state === 'complete') done(pc.localDescription()?.sdp ?? '')
    }),
  )
}

/** Pictures alone: it is only asked to forward. */
function open(onPacket: (line: Line, packet: Buffer) => void): End<Buffer> {
  const pc = new ndc.PeerConnection('bench', { iceServers: [], disableAutoNegotiation: true })
  let track: Track | null = null
  const { promise: opened, resolve } = Promise.withResolvers<void>()
  const use = (its: Track) => {
    track = its
    its.onMessage((packet) => onPacket('camera', packet))
    its.onOpen(resolve)
  }
  return {
    offer() {
      const video = new ndc.Video('0', 'SendRecv')
      video.addH264Codec(96, H264)
      video.addSSRC(SSRC, 'bench')
      use(pc.addTrack(video))
      const sdp = gathered(pc)
      pc.setLocalDescription('offer')
      return sdp
    },
    answer(offer) {
      pc.onTrack(use)
      const sdp = gathered(pc)
      pc.setRemoteDescription(offer, 'offer')
      pc.setLocalDescription('answer')
      return sdp
    },
    async accept(answer) {
      pc.setRemoteDescription(answer, 'answer')
    },
    opened,
    send(_line, packet) {
      if (track?.isOpen()) track.sendMessageBinary(packet)
    },
    async close() {
      pc.close()
    },
  }
}

export const stack: Stack<Buffer> = { open, packetOf: (rtp) => rtp, rtpOf: (packet) => packet }
