import { describe, expect, it } from 'vitest'
import { wordsFrom } from '../../src/room/words.ts'
import { hex, sign, systemRandom, unhex, verify } from '../../src/wire/crypto.ts'
import { newExchange } from '../../src/wire/exchange.ts'
import { pairingLink, parsePairing, phoneSaid, proofsOf, wordBytes } from '../../src/wire/pairing.ts'
import { fromBoxIn, fromPhoneIn, orderIn, phoneHelloIn, QUERIES, queryIn, stateIn } from '../../src/wire/remote.ts'
import { channelOf, toSign, transcriptOf } from '../../src/wire/remote-channel.ts'
import { STATE } from '../control/remote-kit.ts'
import golden from '../vectors/remote.json' with { type: 'json' }

const transcript = unhex(golden.transcript)
const lines = () => ({
  phone: channelOf('phone', unhex(golden.common), transcript),
  box: channelOf('box', unhex(golden.common), transcript),
})
const bytes = (length: number, first: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (first + i) & 255)

describe('the golden vectors', () => {
  it('give the same secret, transcript and signatures for ever', () => {
    expect(hex(newExchange(() => bytes(32, 11)).agree(unhex(golden.box.share)) ?? bytes(1, 0))).toBe(golden.common)
    expect(hex(transcriptOf({ phone: unhex(golden.phone.share), box: unhex(golden.box.share) }, unhex(golden.box.key)))).toBe(
      golden.transcript,
    )
    const said = phoneSaid(unhex(golden.phone.key), golden.phone.name)
    const { counter, text, signature } = golden.order
    const by = (who: { secretKey: string }, what: Uint8Array) => hex(sign(unhex(who.secretKey), what))
    expect(by(golden.box, toSign.box(transcript))).toBe(golden.signatures.box)
    expect(by(golden.phone, toSign.phone(transcript))).toBe(golden.signatures.phone)
    expect(by(golden.phone, toSign.newcomer(transcript, said))).toBe(golden.signatures.newcomer)
    expect(by(golden.phone, toSign.order(transcript, counter, text))).toBe(signature)
    // No signature of one kind is good as another.
    expect(verify(unhex(golden.phone.key), toSign.box(transcript), unhex(golden.signatures.phone))).toBe(false)
  })

  it('are sealed and opened alike', () => {
    const { phone, box } = lines()
    for (const { text, frame } of golden.fromPhone) {
      expect(hex(phone.close({ is: 'text', text }))).toBe(frame)
      expect(box.open(unhex(frame))).toEqual({ is: 'text', text })
    }
    const { text, frame, counter, bytes: answer, bytesFrame } = golden.fromBox
    expect(hex(box.close({ is: 'text', text }))).toBe(frame)
    expect(phone.open(unhex(frame))).toEqual({ is: 'text', text })
    expect(phone.open(unhex(bytesFrame))).toEqual({ is: 'bytes', counter, bytes: unhex(answer) })
  })

  it('pair alike', () => {
    const { link, secret, ...rest } = golden.pairing
    expect(parsePairing(link)).toBe(secret)
    expect(pairingLink('https://parlor.example/', parsePairing(link))).toBe(link)
    const proofs = proofsOf(parsePairing(link), transcript, phoneSaid(unhex(golden.phone.key), golden.phone.name))
    expect({ phone: hex(proofs.phone), box: hex(proofs.box), words: wordsFrom(proofs.words).join(', ') }).toEqual({
      phone: rest.phone,
      box: rest.box,
      words: rest.words,
    })
    expect(wordsFrom(wordBytes(bytes(64, 3), transcript)).join(', ')).toBe(rest.wordsOfCode)
  })
})

describe('a frame', () => {
  it('is good once, in its order, in its direction, and unchanged', () => {
    const { phone, box } = lines()
    const first = phone.close({ is: 'text', text: 'one' })
    const second = phone.close({ is: 'text', text: 'two' })
    expect(box.open(second)).toBe(null)
    expect(box.open(first.with(3, (first[3] ?? 0) ^ 1))).toBe(null)
    expect(phone.open(first)).toBe(null)
    expect(box.open(first)).toEqual({ is: 'text', text: 'one' })
    expect(box.open(first)).toBe(null)
    expect(box.open(second)).toEqual({ is: 'text', text: 'two' })
    for (const length of [0, 1, 15, 16, 17, 100]) expect(box.open(systemRandom(length))).toBe(null)
  })

  it('needs a share that is one: those of small order agree on nothing', () => {
    for (const share of ['00'.repeat(32), `01${'00'.repeat(31)}`, `ecffffff${'ff'.repeat(27)}7f`, '00'.repeat(31)])
      expect(newExchange(systemRandom).agree(unhex(share))).toBe(null)
  })
})

it.each([
  '',
  'null',
  '[]',
  '{}',
  '{"say":"beat","more":1}',
  '{"say":"prove","key":"00","signature":"00"}',
  `{"say":"pair by secret","key":"${'0'.repeat(64)}","name":"a\\nb","signature":"${'0'.repeat(128)}","mac":"${'0'.repeat(64)}"}`,
  `{"say":"do","counter":0,"text":"{}","signature":"${'0'.repeat(128)}"}`,
  `{"say":"do","counter":1.5,"text":"{}","signature":"${'0'.repeat(128)}"}`,
  `{"say":"do","counter":1,"text":${JSON.stringify('x'.repeat(13_000))},"signature":"${'0'.repeat(128)}"}`,
])('nothing is made of what is no word of a phone: %.60s', (text) => {
  expect(fromPhoneIn(text)).toBe(null)
  expect(phoneHelloIn(text)).toBe(null)
})

it('what a box says is read without the parts that an older page does not know, and nothing is made of other words', () => {
  expect(fromBoxIn('{"say":"beat","more":1}')).toEqual({ say: 'beat' })
  for (const text of ['', 'null', '{"say":"hologram"}', '{"say":"refused","why":"mood","sentence":""}', '{"say":"done","counter":-1}'])
    expect(fromBoxIn(text)).toBe(null)
})

it('an order is an intent or a question, never both, and a question is one that we know', () => {
  expect(orderIn('{"intent":{"want":"leave"}}')).toEqual({ intent: { want: 'leave' } })
  expect(orderIn('{"query":"tv"}')).toEqual({ query: 'tv' })
  expect(orderIn('{"query":"tv","intent":{}}')).toBe(null)
  for (const name of Object.keys(QUERIES)) expect(queryIn(name, { nonsense: true })).toBe(null)
  for (const name of ['toString', 'constructor', '__proto__', '']) expect(queryIn(name, undefined)).toBe(null)
  expect(queryIn('rename phone', { key: 'ab'.repeat(32), name: 'Anna' })).toEqual({
    query: 'rename phone',
    about: { key: 'ab'.repeat(32), name: 'Anna' },
  })
  for (const path of ['box', 'Box.name', 'box.__proto__', 'box..name', 'a.b.c.d.e'])
    expect(queryIn('set setting', { path, value: 1 })).toBe(null)
})

it('a state is read as it was told, and nothing else is one', () => {
  expect(stateIn(JSON.parse(JSON.stringify(STATE)))).toEqual(STATE)
  for (const other of [null, {}, [], { ...STATE, volume: 'loud' }, { ...STATE, people: 7 }]) expect(stateIn(other)).toBe(null)
})
