// Our description is one that browsers take; theirs is read for what we need and refused with a sentence when it is not a call of ours.
import { describe, expect, test } from 'vitest'
import { ourInit } from '../../../src/call/werift/sctp-init.ts'
import { OFFERED, OFFERED_MIDS, readSdp } from '../../../src/call/werift/sdp.ts'
import { type Local, writeSdp } from '../../../src/call/werift/sdp-out.ts'

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':')
const local = (change: Partial<Local> = {}): Local => ({
  id: '1',
  version: 1,
  username: 'user',
  password: 'password-of-22-letters',
  fingerprint: FINGERPRINT,
  setup: 'actpass',
  mids: OFFERED_MIDS,
  lines: {
    audio: { format: OFFERED.audio, ssrc: 10, repairSsrc: 11 },
    camera: { format: OFFERED.camera, ssrc: 20, repairSsrc: 21 },
    screen: { format: OFFERED.screen, ssrc: 30, repairSsrc: 31 },
  },
  cname: 'name',
  candidates: ['candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host'],
  sctpInit: null,
  ...change,
})
const browser = (video: string) => `v=0\r
o=- 4611731400430051336 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE a b c d\r
a=extmap-allow-mixed\r
${[
  [
    'audio',
    'a',
    '111 63 9',
    'a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:9 G722/8000',
  ],
  ['video', 'b', '102 103 104 105 106 107 96', video],
  ['video', 'c', '102 103 104 105 106 107 96', video],
]
  .map(
    ([kind, mid, types, codecs]) => `m=${kind} 9 UDP/TLS/RTP/SAVPF ${types}\r
c=IN IP4 0.0.0.0\r
a=rtcp:9 IN IP4 0.0.0.0\r
a=ice-ufrag:Abcd\r
a=ice-pwd:0123456789abcdefghijkl\r
a=ice-options:trickle\r
a=fingerprint:sha-256 ${FINGERPRINT}\r
a=setup:actpass\r
a=mid:${mid}\r
a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r
a=extmap:9/sendrecv urn:ietf:params:rtp-hdrext:sdes:mid\r
a=sendrecv\r
a=rtcp-mux\r
${codecs}\r
a=ssrc-group:FID 1 2\r
a=ssrc:1 cname:x\r
a=ssrc:2 cname:x\r
`,
  )
  .join('')}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=ice-ufrag:Abcd\r
a=ice-pwd:0123456789abcdefghijkl\r
a=fingerprint:sha-256 ${FINGERPRINT}\r
a=setup:actpass\r
a=mid:d\r
a=sctp-port:5000\r
a=max-message-size:262144\r
`
const CHROMIUM = `a=rtpmap:96 VP8/90000\r
a=rtpmap:102 H264/90000\r
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r
a=rtpmap:104 H264/90000\r
a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r
a=rtpmap:106 H264/90000\r
a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r
a=rtpmap:107 rtx/90000\r
a=fmtp:107 apt=106\r
a=rtpmap:105 rtx/90000\r
a=fmtp:105 apt=104`

test('what we write we can read', () => {
  const remote = readSdp(writeSdp(local()))
  expect(remote).toMatchObject({
    username: 'user',
    password: 'password-of-22-letters',
    fingerprint: FINGERPRINT,
    setup: 'actpass',
    mids: OFFERED_MIDS,
  })
  expect(remote.candidates).toEqual(local().candidates)
  expect(remote.lines.camera).toEqual({ format: OFFERED.camera, sources: [20], repairs: new Map([[21, 20]]) })
  expect(remote.lines.audio).toEqual({ format: OFFERED.audio, sources: [10], repairs: new Map() })
})

test('how the data channel begins is said and read; a description that does not say it is as good', () => {
  const sctpInit = ourInit()
  expect(readSdp(writeSdp(local({ sctpInit }))).sctpInit).toEqual(sctpInit)
  expect(readSdp(writeSdp(local())).sctpInit).toBeNull()
})

test('no line is of a common stream, so no picture waits for a sound; all are under one name', () => {
  const sdp = writeSdp(local())
  expect(sdp.match(/^a=msid:.*$/gm)?.map((line) => line.trim())).toEqual(['a=msid:- audio', 'a=msid:- camera', 'a=msid:- screen'])
  expect(new Set(sdp.match(/cname:.*$/gm)).size).toBe(1)
})

test("of a browser's many codecs we take constrained baseline in packetization-mode 1, with its repair, under its numbers", () => {
  const { lines, mids } = readSdp(browser(CHROMIUM))
  expect(mids).toEqual(['a', 'b', 'c', 'd'])
  expect(lines.camera.format).toMatchObject({ payloadType: 106, repair: 107, midId: 9, twccId: 4 })
  expect(lines.audio.format).toMatchObject({ payloadType: 111, repair: null })
})

test('without that one, plain baseline; without H.264 the line is declined and the sound stays', () => {
  const plain = readSdp(browser(CHROMIUM.replaceAll('=42e01f', '=640c1f')))
  expect(plain.lines.camera.format).toMatchObject({ payloadType: 104, repair: 105 })
  const none = readSdp(browser('a=rtpmap:96 VP8/90000'))
  expect([none.lines.camera.format, none.lines.audio.format?.payloadType]).toEqual([null, 111])
  const answer = writeSdp(local({ mids: none.mids, lines: { ...local().lines, camera: { format: null, ssrc: 1, repairSsrc: 2 } } }))
  expect(answer).toContain('m=video 0 ')
  expect(answer).toContain('a=group:BUNDLE a c d\r\n')
  expect(readSdp(answer).lines.camera.format).toBeNull()
})

describe('refused with a sentence', () => {
  const good = browser(CHROMIUM)
  const bad: ReadonlyArray<readonly [name: string, sdp: string, sentence: RegExp]> = [
    ['nothing', '', /audio, camera, screen and data/],
    ['a line too few', good.replace(/m=video[\s\S]*?(?=m=application)/, ''), /audio, camera, screen and data/],
    ['lines in another order', good.replace('m=audio', 'm=video'), /audio, camera, screen and data/],
    ['no fingerprint', good.replaceAll(/a=fingerprint.*\r\n/g, ''), /one SHA-256 fingerprint/],
    ['two fingerprints', good.replace(FINGERPRINT, FINGERPRINT.replace('00:', 'FF:')), /one SHA-256 fingerprint/],
    ['another hash', good.replaceAll('sha-256', 'sha-1'), /one SHA-256 fingerprint/],
    ['a short password', good.replaceAll('0123456789abcdefghijkl', 'short'), /credentials/],
    ['a name with spaces', good.replaceAll('a=ice-ufrag:Abcd', 'a=ice-ufrag:Ab cd'), /credentials/],
    ['the same mid twice', good.replace('a=mid:b', 'a=mid:a'), /same mid/],
    ['no mid', good.replace('a=mid:b\r\n', ''), /no mid/],
    ['no SCTP port', good.replace('a=sctp-port:5000', 'a=sctp-port:0'), /SCTP/],
    ['a declined data channel', good.replace('m=application 9', 'm=application 0'), /declined/],
    ['a strange setup', good.replaceAll('a=setup:actpass', 'a=setup:holdconn'), /encryption/],
    ['more than 16 KiB', good + 'a=x\r\n'.repeat(4000), /too long/],
  ]
  test.each(bad)('%s', (_name, sdp, sentence) => {
    expect(() => readSdp(sdp)).toThrow(sentence)
    expect(() => readSdp(sdp)).toThrow(expect.objectContaining({ code: 'bad-message' }))
  })

  test('and nothing else is ever thrown, whatever is cut or broken', () => {
    let seed = 11
    const random = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return seed % n
    }
    for (let i = 0; i < 2000; i++) {
      const at = random(good.length)
      const broken = i % 3 === 0 ? good.slice(0, at) : good.slice(0, at) + String.fromCharCode(random(128)) + good.slice(at + random(40))
      try {
        readSdp(broken)
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-message' })
      }
    }
    expect.hasAssertions()
  })
})
