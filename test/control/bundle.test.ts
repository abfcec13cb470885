import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { bundleText, sift, withoutSecrets } from '../../src/control/bundle.ts'
import { codeOf, linkOf, newSecret } from '../../src/room/link.ts'
import { BOX } from './view.ts'

const room = newSecret((length) => new Uint8Array(createHash('sha256').update('a room').digest().subarray(0, length)))
const tvKey = createHash('sha256').update('tv').digest().subarray(0, 16).toString('base64url')
const identity = createHash('sha256').update('me').digest()
const password = 'correct horse, battery "staple" \\ 1'
const { privateKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** Every way in which a secret of the box might have got into a log, a setting or a status. */
const planted: Record<string, string> = {
  'a link': linkOf('https://10.0.0.7:8443', room),
  'a link to say': `people come in by ${linkOf('https://box.local', room)}~Anna, or so`,
  'a code': codeOf(room),
  'a code, small': `code ${codeOf(room).toLowerCase()}`,
  'a code with spaces': codeOf(room).replaceAll('-', ' '),
  'a secret': `room ${room} joined`,
  'a secret, small': `{"room":"${room.toLowerCase()}"}`,
  'the key of the TV': `https://10.0.0.7:8443/tv#${tvKey}`,
  'the key, bare': `tv key is ${tvKey}.`,
  'identity, hex': `identity ${identity.toString('hex')}`,
  'identity, base64': `identity ${identity.toString('base64')}`,
  'a private key': String(privateKey),
  'a URL': 'mqtts://parlor:hunter2hunter2@10.0.0.2:8883',
  'a URL, odd': 'could not reach mqtt://user:pa@ss@host/',
  'a setting': `homePassword = "${password.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  'a setting, small': "credential='xyz'",
  'an environment': 'PARLOR_MQTT__HOME_PASSWORD=hunter2hunter2',
  'a header': 'authorization: Bearer abc.def-ghi_123',
  'a query': 'GET /x?token=hunter2hunter2&y=1',
  'inside JSON inside JSON': JSON.stringify(JSON.stringify({ password: 'hunter2hunter2' })),
  'a pairing code': 'pairing code 123 456 is shown',
  'another pairing code': '{"code":"123456"}',
}
const secrets = [room, tvKey, identity.toString('hex'), identity.toString('base64'), password]
const needles = [
  room,
  room.toLowerCase(),
  codeOf(room),
  codeOf(room).toLowerCase(),
  codeOf(room).replaceAll('-', ' '),
  tvKey,
  identity.toString('hex'),
  identity.toString('base64').replace(/=+$/, ''),
  String(privateKey).split('\n')[1] ?? '',
  'hunter2',
  'pa@ss',
  'staple',
  'xyz',
  'abc.def',
  '123 456',
  '123456',
]

test.each(Object.entries(planted))('a planted secret does not come out, even when the box does not know it: %s', (_name, text) => {
  const known = text.includes('staple') ? secrets : []
  for (const body of [text, { log: [text] }, `12:00 info: ${text}\n12:01 next`]) {
    const bundle = bundleText([{ title: 'x', body }], known)
    for (const needle of needles) expect(bundle.includes(needle), `${needle} in ${bundle}`).toBe(false)
  }
})

test('secrets that the box knows come out in no spelling, whatever shape they have', () => {
  const shapeless = 'swordfish'
  const bytes = Buffer.from(shapeless)
  const text = [shapeless, 'SwordFish', 'swor-dfis-h', bytes.toString('hex'), bytes.toString('base64'), `x${shapeless}y`].join(' | ')
  expect(sift(text, [shapeless])).toBe(Array(5).fill('[hidden]').join(' | ').concat(' | x[hidden]y'))
  const odd = 'a+b (c) [d] $& \\1'
  expect(sift(`it is ${odd}!`, [odd])).toBe('it is [hidden]!')
  expect(sift(`it is ${encodeURIComponent(odd)}!`, [odd])).toBe('it is [hidden]!')
})

test('settings are hidden by their names, at any depth; empty ones are seen to be empty', () => {
  const settings = {
    box: { name: 'Living room', room: 'x' },
    tv: { output: 'auto' },
    mqtt: { home: 'mqtts://10.0.0.2', homeUser: 'parlor', homePassword: 'p', password: '' },
    call: { iceServers: [{ urls: 'turn:x', username: 'u', credential: 'c' }] },
    keys: [{ publicKey: 'k', pin: 1234 }],
    raw: new Uint8Array(4),
  }
  expect(withoutSecrets(settings)).toEqual({
    box: { name: 'Living room', room: '[hidden]' },
    tv: { output: 'auto' },
    mqtt: { home: 'mqtts://10.0.0.2', homeUser: 'parlor', homePassword: '[hidden]', password: '' },
    call: { iceServers: [{ urls: 'turn:x', username: 'u', credential: '[hidden]' }] },
    keys: [{ publicKey: '[hidden]', pin: '[hidden]' }],
    raw: '[hidden]',
  })
})

test('what helps stays: sentences, numbers, error codes, paths, versions, addresses', () => {
  const plain = [
    '2026-11-21T04:44:38.123Z info: joined the room {"peers":3,"tookMs":812}',
    '{"level":"error","code":"camera-lost","message":"the camera is gone"}',
    'ok       H.264 is encoded by v4l2h264enc (hardware)',
    '/usr/lib/aarch64-linux-gnu/gstreamer-1.0/libgstvideo4linux2.so',
    'parlor_link_rtt_seconds{peer="zyxwvtsr"} 0.0125',
    'at Box.run (file:///opt/parlor/src/core/box.ts:95:13)',
    'http://10.0.0.7:8080/tv and [fe80::1]:8443',
    'the broker answers again',
  ].join('\n')
  expect(sift(plain, secrets)).toBe(plain)
})

test('ids stay told apart without being there', () => {
  const other = BOX.replace('z', '7')
  const bundle = sift(`${BOX} called ${other}, ${BOX} left`, [])
  const [first, second, third] = bundle.match(/\[id [0-9a-f]{4}\]/g) ?? []
  expect(first).toBe(third)
  expect(first).not.toBe(second)
  expect(bundle).not.toContain(BOX)
})

test('a part that is too long keeps its end, and it does not take long', () => {
  const bundle = bundleText([{ title: 'log', body: `${'a line of the log\n'.repeat(60_000)}the end` }], secrets)
  expect(bundle.length).toBeLessThan(530_000)
  expect(bundle.trimEnd().endsWith('the end')).toBe(true)
})

test('2,000 random secrets of each kind in random sentences: none comes out', () => {
  const words = ['joined', 'peer', '"value"', 'at', '(', '=', '{"a":', '}', ',']
  for (let n = 0; n < 2000; n++) {
    const secret = newSecret()
    const key = randomBytes(32)
    const kinds = [secret, codeOf(secret), secret.toLowerCase(), linkOf('https://x', secret), key.toString('hex')]
    const said = kinds[n % kinds.length] ?? ''
    const text = `${words[n % words.length]} ${said} ${words[(n * 7) % words.length]}`
    const out = sift(text, [])
    expect(out.includes(said), text).toBe(false)
    expect(out.includes(secret) || out.includes(codeOf(secret)) || out.includes(key.toString('hex'))).toBe(false)
  }
})
