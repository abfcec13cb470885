// A foreword goes with a description and comes off it again; who does not know it, or meddles with it, changes nothing else.
import { expect, test } from 'vitest'
import { forewordIn, withForeword } from '../../src/call/foreword.ts'
import { readSdp } from '../../src/call/werift/sdp.ts'
import { seeded } from './party.ts'

const sdp = 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n'
const said = seeded(1)(32)

test('what was put in comes out, and the description is as it was', () => {
  expect(forewordIn(withForeword(sdp, said))).toEqual({ sdp, said })
  expect(forewordIn(withForeword(sdp.trimEnd(), said))).toEqual({ sdp, said })
})

test('without one the description is not touched', () => {
  expect(forewordIn(sdp)).toEqual({ sdp, said: null })
})

test.each([
  ['twice', withForeword(withForeword(sdp, said), seeded(2)(32))],
  ['too short', `${sdp}a=x-parlor-confirm:00\r\n`],
  ['no number', `${sdp}a=x-parlor-confirm:${'x'.repeat(64)}\r\n`],
])('one that is there %s says nothing, and no transport sees it', (_, odd) => {
  expect(forewordIn(odd)).toEqual({ sdp, said: null })
})

test('a peer that does not know it reads the description as without it', () => {
  const part = (kind: string, mid: number) => `m=${kind} 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:${mid}\r\n`
  const whole = [
    `v=0\r\na=ice-ufrag:user\r\na=ice-pwd:password-of-22-letters\r\na=setup:actpass\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`,
    ...[part('audio', 0), part('video', 1), part('video', 2)],
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\na=sctp-port:5000\r\n',
  ].join('')
  expect(readSdp(withForeword(whole, said))).toEqual(readSdp(whole))
})
