// Players and publishers offer what they like; we take one sound and one picture, decline the rest in the same order, and refuse the senseless.
import { describe, expect, test } from 'vitest'
import {
  type PlainLocal,
  readFragment,
  readPlainOffer,
  streamName,
  writeFragment,
  writePlainAnswer,
} from '../../../src/call/werift/plain-sdp.ts'

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':')
const H264 = 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1'
type Change = { direction?: string; bundle?: string; fmtp?: string; more?: string; setup?: string; mux?: boolean }

const offer = ({ direction = 'recvonly', bundle = '0 1', fmtp = H264, more = '', setup = 'actpass', mux = true }: Change = {}) => {
  const common = (mid: string) =>
    [
      'c=IN IP4 0.0.0.0',
      'a=ice-ufrag:Abcd',
      'a=ice-pwd:0123456789abcdefghijkl',
      `a=fingerprint:sha-256 ${FINGERPRINT}`,
      `a=setup:${setup}`,
      `a=mid:${mid}`,
      `a=${direction}`,
      ...(mux ? ['a=rtcp-mux'] : []),
      'a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    ].join('\r\n')
  return `v=0\r
o=- 1 2 IN IP4 127.0.0.1\r
s=Stage left\r
t=0 0\r
a=group:BUNDLE ${bundle}\r
m=video 9 UDP/TLS/RTP/SAVPF 96 102 103\r
${common('0')}\r
a=rtpmap:96 VP8/90000\r
a=rtpmap:102 H264/90000\r
a=fmtp:102 ${fmtp}\r
a=rtcp-fb:102 nack\r
a=rtcp-fb:102 nack pli\r
a=rtpmap:103 rtx/90000\r
a=fmtp:103 apt=102\r
a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r
m=audio 9 UDP/TLS/RTP/SAVPF 111\r
${common('1')}\r
a=rtpmap:111 opus/48000/2\r
a=fmtp:111 minptime=10;useinbandfec=1\r
a=ssrc:77 cname:x\r
${more}`
}
const DATA = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n'

const local = (read: ReturnType<typeof readPlainOffer>): PlainLocal => ({
  id: '1',
  version: 1,
  username: 'user',
  password: 'password-of-22-letters',
  fingerprint: FINGERPRINT,
  setup: 'passive',
  lines: {
    audio: { format: read.remote.lines.audio.format, ssrc: 10, repairSsrc: 11 },
    camera: { format: read.remote.lines.camera.format, ssrc: 20, repairSsrc: 21 },
  },
  cname: 'name',
  candidates: ['candidate:1 1 udp 2130706431 192.0.2.9 6000 typ host'],
})

describe('an offer', () => {
  test('goes by the transport of another one where it says so, as GStreamer offers it', () => {
    const only = offer({ direction: 'sendonly' }).replace('m=audio 9', 'm=audio 0').replace('a=mid:1\r\n', 'a=mid:1\r\na=bundle-only\r\n')
    const read = readPlainOffer(only, 'publisher')
    expect(read.parts.map(({ line }) => line)).toEqual(['camera', 'audio'])
    expect(writePlainAnswer(read, 'publisher', local(read))).toMatch(/m=audio 9 UDP\/TLS\/RTP\/SAVPF 111\r\n/)
    const declined = only.replace('a=bundle-only\r\n', '')
    expect(readPlainOffer(declined, 'publisher').parts.map(({ line }) => line)).toEqual(['camera', null])
  })
  test('of a player is read whatever order its lines come in', () => {
    const { remote } = readPlainOffer(offer(), 'viewer')
    expect(remote).toMatchObject({ username: 'Abcd', setup: 'actpass', mids: ['1', '0', '', ''], fingerprint: FINGERPRINT })
    expect(remote.lines.camera.format).toMatchObject({ payloadType: 102, repair: 103, twccId: 4 })
    expect(remote.lines.audio).toMatchObject({ format: { payloadType: 111 }, sources: [77] })
    expect(remote.candidates).toEqual(['candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host'])
  })

  test('is answered line by line in its own order: ours alone are taken, in one stream, and only what was offered is promised', () => {
    const read = readPlainOffer(offer({ more: DATA, bundle: '0 1 2' }), 'viewer')
    const lines = writePlainAnswer(read, 'viewer', local(read)).split('\r\n')
    expect(lines.filter((line) => line.startsWith('m='))).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 102 103',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    ])
    expect(lines).toContain('a=group:BUNDLE 0 1')
    expect(lines.filter((line) => line === 'a=sendonly')).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('a=msid:'))).toEqual(['a=msid:program camera', 'a=msid:program audio'])
    expect(lines.filter((line) => line.startsWith('a=rtcp-fb:'))).toEqual(['a=rtcp-fb:102 nack', 'a=rtcp-fb:102 nack pli'])
    expect(lines).toContain('a=setup:passive')
  })

  test('of a publisher is answered with recvonly, and with no source of ours', () => {
    const read = readPlainOffer(offer({ direction: 'sendonly' }), 'publisher')
    const text = writePlainAnswer(read, 'publisher', local(read))
    expect(text.match(/a=recvonly/g)).toHaveLength(2)
    expect(text).not.toContain('a=ssrc')
    expect(streamName(offer())).toBe('Stage left')
    expect(streamName(offer().replace('s=Stage left', 's=-'))).toBeNull()
  })

  test('takes any H.264 from who publishes, and sends constrained baseline only', () => {
    const high = { fmtp: 'profile-level-id=640032;packetization-mode=1' }
    expect(readPlainOffer(offer({ ...high, direction: 'sendonly' }), 'publisher').remote.lines.camera.format?.payloadType).toBe(102)
    expect(readPlainOffer(offer(high), 'viewer').remote.lines.camera.format).toBeNull()
  })

  test.each([
    ['nothing at all', '', 'bad-message'],
    ['something else', 'hello', 'bad-message'],
    ['too much', offer() + 'a=x\r\n'.repeat(5000), 'bad-message'],
    ['no fingerprint', offer().replaceAll(/a=fingerprint.*\r\n/g, ''), 'bad-message'],
    ['no credentials', offer().replaceAll(/a=ice-ufrag.*\r\n/g, ''), 'bad-message'],
    ['one name for two lines', offer().replaceAll('a=mid:1', 'a=mid:0'), 'bad-message'],
    ['ten lines', offer() + DATA.repeat(9), 'bad-message'],
    ['a line that is no word', offer().replace('m=video', 'm=vid<o'), 'bad-message'],
    ['the wrong direction', offer({ direction: 'sendonly' }), 'bad-request'],
    ['no multiplexing', offer({ mux: false }), 'bad-request'],
    ['two transports', offer({ bundle: '0' }), 'bad-request'],
    ['no codec of ours', offer().replaceAll('opus', 'pcmu').replaceAll('H264', 'VP9'), 'bad-request'],
  ])('with %s is refused with a sentence', (_, text, code) => {
    expect(() => readPlainOffer(text, 'viewer')).toThrow(expect.objectContaining({ code }))
  })
})

describe('a fragment', () => {
  test('brings candidates, and with other credentials a restart', () => {
    const candidate = 'candidate:2 1 udp 1 192.0.2.2 5001 typ host'
    expect(readFragment(`a=mid:0\r\na=${candidate}\r\n`)).toEqual({ credentials: null, candidates: [candidate] })
    const restart = `a=ice-ufrag:Efgh\r\na=ice-pwd:0123456789abcdefghijkl\r\na=${candidate}\r\n`
    expect(readFragment(restart).credentials).toEqual({ username: 'Efgh', password: '0123456789abcdefghijkl' })
    expect(readFragment('a=end-of-candidates\r\n').candidates).toEqual([])
    for (const bad of ['', 'a=mid:0', 'a=ice-ufrag:Efgh\r\n', 'a=ice-ufrag:E\r\na=ice-pwd:x\r\n']) expect(() => readFragment(bad)).toThrow()
  })

  test('of ours names the first line that was taken', () => {
    const text = writeFragment(readPlainOffer(offer(), 'viewer'), { username: 'user', password: 'password-of-22-letters' }, ['candidate:x'])
    expect(text).toBe(
      'a=ice-options:trickle\r\na=ice-ufrag:user\r\na=ice-pwd:password-of-22-letters\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:x\r\n',
    )
  })
})
