// kit.test.ts — the pure half of what all pages share: descriptions and codecs, what the server says, ways, the TV's socket, colours.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../../src/lib/fault.ts'
import { codeOf, linkOf, newSecret } from '../../../src/room/link.ts'
import { wayOf } from '../../../src/web/pages/home/way.ts'
import { infoIn } from '../../../src/web/pages/kit/info.ts'
import { audioOrder, shapeOf, videoOrder } from '../../../src/web/pages/kit/sdp.ts'
import { AWAY, afterClose, CROWDED, NO_KEY, pauseAfter, WRONG_KEY } from '../../../src/web/pages/tv/live.ts'

const section = (kind: string, mid: string) => `m=${kind} 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:${mid}\r\n`
const sdpOf = (...kinds: readonly [kind: string, mid: string][]) => `v=0\r\ns=-\r\n${kinds.map(([k, m]) => section(k, m)).join('')}`

describe('descriptions', () => {
  test('the four mids, in order', () => {
    expect(shapeOf(sdpOf(['audio', '0'], ['video', '1'], ['video', '2'], ['application', '3']))).toEqual(['0', '1', '2', '3'])
    expect(shapeOf(sdpOf(['audio', 'a'], ['video', 'cam'], ['video', 'scr'], ['application', 'data']))).toEqual(['a', 'cam', 'scr', 'data'])
  })
  const wrong: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['no screen', sdpOf(['audio', '0'], ['video', '1'], ['application', '2'])],
    ['another order', sdpOf(['video', '0'], ['audio', '1'], ['video', '2'], ['application', '3'])],
    ['one line more', sdpOf(['audio', '0'], ['video', '1'], ['video', '2'], ['application', '3'], ['audio', '4'])],
    ['a mid twice', sdpOf(['audio', '0'], ['video', '1'], ['video', '1'], ['application', '3'])],
    ['a mid with a space', sdpOf(['audio', '0 0'], ['video', '1'], ['video', '2'], ['application', '3'])],
    ['a book', sdpOf(['audio', '0'], ['video', '1'], ['video', '2'], ['application', '3']) + 'a=x\r\n'.repeat(10_000)],
  ]
  for (const [what, sdp] of wrong) test(`${what}: refused`, () => expect(() => shapeOf(sdp)).toThrow(Refusal))

  test('H.264 constrained baseline first, VP8 behind it, then repair; nothing else', () => {
    const codecs = [
      { mimeType: 'video/VP8' },
      { mimeType: 'video/rtx' },
      { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
      { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f' },
      { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f' },
      { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' },
      { mimeType: 'video/red' },
    ]
    expect(videoOrder(codecs).map((c) => c.sdpFmtpLine ?? c.mimeType)).toEqual([
      'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
      'video/VP8',
      'video/rtx',
    ])
    expect(videoOrder([{ mimeType: 'video/VP8' }])).toEqual([{ mimeType: 'video/VP8' }])
    expect(audioOrder([{ mimeType: 'audio/PCMU' }, { mimeType: 'audio/red' }, { mimeType: 'audio/opus' }])).toEqual([
      { mimeType: 'audio/opus' },
      { mimeType: 'audio/red' },
    ])
  })
})

describe('what the server says', () => {
  test('fit values are taken', () => {
    const turn = { urls: 'turns:turn.example:443', username: 'u', credential: 'c' }
    expect(
      infoIn({ protocol: 1, iceServers: [turn, { urls: 'stun:s.example' }], link: 'https://box/r#K', secure: 'https://box:8443' }),
    ).toEqual({
      iceServers: [turn, { urls: 'stun:s.example' }],
      link: 'https://box/r#K',
      secure: 'https://box:8443',
    })
  })
  test('unfit ones are left', () => {
    const nothing = { iceServers: [], link: null, secure: null }
    for (const odd of [
      null,
      7,
      [],
      'x',
      { iceServers: 'x' },
      { iceServers: [1, { urls: 'http://x' }] },
      { link: 'javascript:alert(1)', secure: 'http://x' },
    ])
      expect(infoIn(odd)).toEqual(nothing)
  })
})

describe('ways', () => {
  const HERE = 'http://box.local:8080'
  const secret = newSecret()
  const here = `/r#${codeOf(secret)}`
  test('a bare code leads to a room of this box, however it is written', () => {
    const spaced = codeOf(secret).replaceAll('-', ' ').toLowerCase()
    for (const text of [secret, codeOf(secret), ` ${spaced} `, `#${codeOf(secret)}`]) expect(wayOf(text, HERE)).toEqual({ to: here })
  })
  test('a link leads to its own box, also out of the middle of a message', () => {
    const link = linkOf('https://other.local:8443', secret)
    const to = `https://other.local:8443${here}`
    expect(wayOf(link, HERE)).toEqual({ to })
    expect(wayOf(`Come over: ${link} see you!`, HERE)).toEqual({ to })
  })
  test('the link of a broadcast leads to it by way of this box', () => {
    const name = '0123456789abcdefghjkmnpqrs'
    expect(wayOf(`Watch: https://far.example:8443/w/${name}`, HERE)).toEqual({ to: `/w/${name}?from=https%3A%2F%2Ffar.example%3A8443` })
    expect(wayOf(`${HERE}/w/${name}`, HERE)).toEqual({ to: `/w/${name}` })
    // What opens a private one goes along, behind the #.
    const secret = '000G40R40M30E209185GR38E1W'
    expect(wayOf(`https://far/w/${name}#${secret}`, HERE)).toEqual({ to: `/w/${name}?from=https%3A%2F%2Ffar#${secret}` })
  })
  test('anything else gets a sentence', () => {
    for (const text of ['', 'hello', 'https://box.local/r', 'javascript:alert(1)']) expect(wayOf(text, HERE)).toHaveProperty('why')
  })
})

describe('the TV’s picture', () => {
  test('a refusal says what is missing; a broken line only that it comes back', () => {
    expect(afterClose(4401, '')).toEqual({ now: 'refused', sentence: NO_KEY })
    expect(afterClose(4401, 'old')).toEqual({ now: 'refused', sentence: WRONG_KEY })
    expect(afterClose(1006, '')).toEqual({ now: 'away', sentence: AWAY })
    expect(afterClose(4429, '')).toEqual({ now: 'away', sentence: CROWDED })
  })
  test('the pauses grow, and have an end', () => {
    expect([0, 1, 2, 3, 50].map(pauseAfter)).toEqual([1000, 2000, 4000, 8000, 8000])
  })
})

describe('colours', () => {
  const css = readFileSync(join(import.meta.dirname, '../../../src/web/pages/kit/kit.css'), 'utf8')
  const tokens = (block: string) =>
    Object.fromEntries([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]))
  const blocks = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block = '']) => tokens(block)).filter((b) => 'ground' in b)
  const [dark = {}, light = {}] = blocks
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: string, b: string) => {
    const [x, y] = [luminance(a), luminance(b)]
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
  }
  const pairs = [
    ...['text', 'soft', 'accent', 'stop'].flatMap((ink) => ['ground', 'raised'].map((ground) => [ink, ground] as const)),
    ['text', 'sunken'],
    ['soft', 'sunken'],
    ['on-accent', 'accent'],
    ['on-stop', 'stop'],
    ['tile-text', 'tile'],
    ['tile-soft', 'tile'],
  ] as const
  for (const [name, theme] of [
    ['dark', dark],
    ['light', { ...dark, ...light }],
  ] as const)
    for (const [ink, ground] of pairs)
      test(`${ink} on ${ground} in the ${name} reads at 7:1 or better (WCAG 2.2, 1.4.6)`, () => {
        expect(contrast(theme[ink] ?? '#000000', theme[ground] ?? '#000000')).toBeGreaterThanOrEqual(7)
      })
})
