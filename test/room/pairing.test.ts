import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { type Ms, ms, seconds } from '../../src/lib/unit.ts'
import { initiate } from '../../src/room/cpace.ts'
import { linkOf, newSecret, parseLink } from '../../src/room/link.ts'
import { type Newcomer, OPEN_FOR, Pairing, type PairingState, TRIES_A_DAY } from '../../src/room/pairing.ts'
import { wordsFrom } from '../../src/room/words.ts'
import { bytesOf, hex, type Random, same, sha256, systemRandom, unhex } from '../../src/wire/crypto.ts'
import {
  ABOUT,
  newPairingCode,
  newPairingSecret,
  pairingLink,
  parsePairing,
  parsePairingCode,
  phoneSaid,
  proofsOf,
  wordBytes,
} from '../../src/wire/pairing.ts'

const box = sha256(bytesOf('the box'))
const anna: Newcomer = { key: hex(sha256(bytesOf('anna'))), name: 'Anna', session: sha256(bytesOf('one connection')) }
const said = phoneSaid(unhex(anna.key), anna.name)

function desk(random: Random = systemRandom) {
  const clock = new FakeClock()
  const phones = {
    full: false,
    kept: [] as string[],
    broken: false,
    add: async ({ name }: { name: string }) => {
      if (phones.broken) throw new Error('disk full')
      phones.kept.push(name)
    },
  }
  const pairing = new Pairing({ box, phones, clock, random, onListenerError: (error) => expect.unreachable(String(error)) })
  const states: PairingState[] = []
  pairing.on('changed', (state) => states.push(state))
  return { clock, phones, pairing, states }
}
type Desk = ReturnType<typeof desk>
function opened({ pairing }: Desk): Extract<PairingState, { is: 'open' }> {
  pairing.open()
  if (pairing.state.is !== 'open') throw new Error(`pairing is ${pairing.state.is}`)
  return pairing.state
}
/** A phone types a code, as far as the proof. */
function type({ pairing }: Desk, code: string, who: Newcomer = anna) {
  const phone = initiate({ code: bytesOf(code), about: ABOUT, session: who.session }, phoneSaid(unhex(who.key), who.name), systemRandom)
  const taken = pairing.byCode(who, phone.message.share)
  if (!taken.ok) return { taken, agreed: null, proved: null }
  const agreed = phone.finish({ share: taken.share, said: box })
  if (!agreed) throw new Error('the box sent no share')
  return { taken, agreed, proved: taken.prove(agreed.initiatorTag) }
}
const otherThan = (code: string | null) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

describe('the QR code', () => {
  it('pairs who shows its secret, at once, and proves to the phone that the box knows it too', async () => {
    const d = desk()
    const { secret } = opened(d)
    const proofs = proofsOf(secret, anna.session, said)
    const paired = await d.pairing.bySecret(anna, proofs.phone)
    expect(paired).toEqual({ ok: true, mac: proofs.box, words: wordsFrom(proofs.words) })
    expect(d.phones.kept).toEqual(['Anna'])
    expect(d.pairing.state).toEqual({ is: 'paired', name: 'Anna', words: wordsFrom(proofs.words) })
    await d.clock.advance(seconds(8))
    expect(d.pairing.state).toEqual({ is: 'closed' })
  })

  it('is good for one phone and one opening', async () => {
    const d = desk()
    const { phone } = proofsOf(opened(d).secret, anna.session, said)
    await d.pairing.bySecret(anna, phone)
    expect(await d.pairing.bySecret(anna, phone)).toMatchObject({ ok: false, why: 'not-open' })
    opened(d)
    expect(await d.pairing.bySecret(anna, phone)).toMatchObject({ ok: false, why: 'wrong-code' })
  })

  it('does not pair another key, name or connection with the same proof', async () => {
    const d = desk()
    const { phone } = proofsOf(opened(d).secret, anna.session, said)
    for (const other of [{ name: 'Ann' }, { key: hex(sha256(bytesOf('eve'))) }, { session: sha256(bytesOf('another connection')) }])
      expect(await d.pairing.bySecret({ ...anna, ...other }, phone)).toMatchObject({ ok: false, why: 'wrong-code' })
    expect(d.phones.kept).toEqual([])
  })

  it('is never locked by strangers who guess', async () => {
    const d = desk()
    const { secret, code } = opened(d)
    for (let i = 0; i < 3; i++) type(d, otherThan(code))
    expect(await d.pairing.bySecret(anna, sha256(bytesOf('a guess')))).toMatchObject({ ok: false, why: 'wrong-code' })
    expect(await d.pairing.bySecret(anna, proofsOf(secret, anna.session, said).phone)).toMatchObject({ ok: true })
  })

  it('pairs nobody when the roster is full or cannot be written', async () => {
    const d = desk()
    const proof = () => proofsOf(opened(d).secret, anna.session, said).phone
    d.phones.full = true
    expect(await d.pairing.bySecret(anna, proof())).toMatchObject({ ok: false, why: 'full' })
    d.phones.full = false
    d.phones.broken = true
    await expect(d.pairing.bySecret(anna, proof())).rejects.toThrow('disk full')
    expect(d.pairing.state).toEqual({ is: 'closed' })
  })
})

describe('the code', () => {
  it('pairs when somebody at the box says yes to name and words, and not before', async () => {
    const d = desk()
    const { proved, agreed } = type(d, opened(d).code ?? '')
    if (!proved?.ok || !agreed) throw new Error('the right code was refused')
    const words = wordsFrom(wordBytes(agreed.isk, anna.session))
    expect(proved.words).toEqual(words)
    expect(words).toHaveLength(4)
    expect(same(proved.mac, agreed.responderTag)).toBe(true)
    expect(d.pairing.state).toMatchObject({ is: 'comparing', name: 'Anna', words })
    expect(d.phones.kept).toEqual([])
    d.pairing.confirm()
    expect(await proved.decided).toEqual({ ok: true })
    expect(d.phones.kept).toEqual(['Anna'])
  })

  it.each<[string, (d: Desk) => unknown]>([
    ['no', (d) => d.pairing.decline()],
    ['nothing for a minute', (d) => d.clock.advance(seconds(60))],
    ['that pairing is over', (d) => d.pairing.close()],
  ])('pairs nobody when somebody at the box says %s', async (_, say) => {
    const d = desk()
    const { proved } = type(d, opened(d).code ?? '')
    if (!proved?.ok) throw new Error('the right code was refused')
    await say(d)
    expect(await proved.decided).toMatchObject({ ok: false, why: 'declined' })
    expect(d.phones.kept).toEqual([])
    expect(d.pairing.state).toEqual({ is: 'closed' })
  })

  it('may still be compared when the two minutes end meanwhile', async () => {
    const d = desk()
    const { code } = opened(d)
    await d.clock.advance(ms(OPEN_FOR - 1000))
    const { proved } = type(d, code ?? '')
    await d.clock.advance(seconds(30))
    d.pairing.confirm()
    expect(proved?.ok && (await proved.decided)).toEqual({ ok: true })
  })

  it('has three tries; then it is taken from the TV, and the right one does not help', () => {
    const d = desk()
    const { code } = opened(d)
    expect(type(d, otherThan(code)).proved).toMatchObject({ why: 'wrong-code', triesLeft: 2 })
    expect(type(d, otherThan(code)).proved).toMatchObject({ why: 'wrong-code', triesLeft: 1 })
    expect(type(d, otherThan(code)).proved).toMatchObject({ why: 'wrong-code', triesLeft: 0 })
    expect(d.pairing.state).toMatchObject({ is: 'open', code: null, triesLeft: 0 })
    expect(type(d, code ?? '').taken).toMatchObject({ ok: false, why: 'locked' })
  })

  it('counts a try when it is taken: who hangs up, or takes many at once, gets no more', () => {
    const d = desk()
    const { code } = opened(d)
    const share = initiate({ code: bytesOf('1'), about: ABOUT, session: anna.session }, said, systemRandom).message.share
    const tries = Array.from({ length: 10 }, () => d.pairing.byCode(anna, share))
    expect(tries.filter((each) => each.ok)).toHaveLength(3)
    for (const each of tries) if (each.ok) each.leave()
    expect(type(d, code ?? '').taken).toMatchObject({ ok: false, why: 'locked' })
  })

  it('takes one proof for each try', () => {
    const d = desk()
    const { code } = opened(d)
    const phone = initiate({ code: bytesOf(code ?? ''), about: ABOUT, session: anna.session }, said, systemRandom)
    const taken = d.pairing.byCode(anna, phone.message.share)
    if (!taken.ok) throw new Error('the try was not taken')
    expect(taken.prove(sha256(bytesOf('a guess')))).toMatchObject({ why: 'wrong-code' })
    const tag = phone.finish({ share: taken.share, said: box })?.initiatorTag
    expect(taken.prove(tag ?? box)).toMatchObject({ ok: false, why: 'not-understood' })
  })

  it('is not shown again for a pause that doubles, until a phone is paired', async () => {
    const d = desk()
    const lose = () => {
      const { code } = opened(d)
      for (let i = 0; i < 3; i++) type(d, otherThan(code))
      d.pairing.close()
    }
    for (const pause of [30, 60, 120]) {
      lose()
      expect(opened(d).code).toBe(null)
      await d.clock.advance(seconds(pause - 1))
      expect(opened(d).code).toBe(null)
      await d.clock.advance(seconds(1))
      expect(opened(d).code).toMatch(/^\d{6}$/)
    }
    await d.pairing.bySecret(anna, proofsOf(opened(d).secret, anna.session, said).phone)
    lose()
    await d.clock.advance(seconds(30))
    expect(opened(d).code).toMatch(/^\d{6}$/)
  })

  it('answers the second of two right phones that another is being paired', () => {
    const d = desk()
    const { code } = opened(d)
    const first = initiate({ code: bytesOf(code ?? ''), about: ABOUT, session: anna.session }, said, systemRandom)
    const taken = d.pairing.byCode(anna, first.message.share)
    if (!taken.ok) throw new Error('the try was not taken')
    expect(type(d, code ?? '').proved?.ok).toBe(true)
    const tag = first.finish({ share: taken.share, said: box })?.initiatorTag
    expect(taken.prove(tag ?? box)).toMatchObject({ ok: false, why: 'busy' })
    expect(type(d, code ?? '').taken).toMatchObject({ ok: false, why: 'busy' })
  })

  it('is found by none of 10,000 guesses, of which at most 30 are tried, though people open pairing whenever a code is to be had', async () => {
    const d = desk()
    const wins: unknown[] = []
    let tried = 0
    const share = initiate({ code: bytesOf('0'), about: ABOUT, session: anna.session }, said, systemRandom).message.share
    for (let guess = 0; guess < 10_000; guess++) {
      if (d.pairing.state.is === 'closed') opened(d)
      const taken = d.pairing.byCode(anna, share)
      if (taken.ok) {
        tried++
        const proved = taken.prove(sha256(bytesOf(`guess ${guess}`)))
        if (proved.ok) wins.push(proved)
      }
      if (guess % 20 === 19) {
        d.pairing.close()
        await d.clock.advance(seconds(60))
      }
    }
    expect(wins).toEqual([])
    expect(d.clock.now()).toBeLessThan(24 * 3600_000)
    expect(tried).toBeGreaterThan(9)
    expect(tried).toBeLessThanOrEqual(TRIES_A_DAY)
    expect(d.phones.kept).toEqual([])
  }, 30_000)
})

it('is open for two minutes, and only when it was opened', async () => {
  const d = desk()
  expect(type(d, '000000').taken).toMatchObject({ ok: false, why: 'not-open' })
  expect(await d.pairing.bySecret(anna, box)).toMatchObject({ ok: false, why: 'not-open' })
  const { code, until } = opened(d)
  expect(until).toBe(OPEN_FOR)
  await d.clock.advance(ms(OPEN_FOR - 1))
  expect(d.pairing.state.is).toBe('open')
  await d.clock.advance(1 as Ms)
  expect(d.pairing.state.is).toBe('closed')
  expect(type(d, code ?? '').taken).toMatchObject({ ok: false, why: 'not-open' })
  d.pairing.confirm()
  d.pairing.decline()
  expect(d.states.map(({ is }) => is)).toEqual(['open', 'closed'])
})

describe('a pairing link', () => {
  const secret = newPairingSecret(systemRandom)
  const link = pairingLink('https://parlor.local:8443/', secret)

  it('is read back from the link, from its end, and escaped', () => {
    expect(link).toMatch(/^https:\/\/parlor\.local:8443\/remote#P:[0-9a-f.]{35}$/)
    for (const text of [link, ` ${link}\n`, link.slice(link.indexOf('#')), link.slice(link.indexOf('#') + 1), link.replace('#P:', '#P%3A')])
      expect(parsePairing(text)).toBe(secret)
  })

  it.each([
    '',
    'P:',
    link.slice(0, -1),
    `${link}0`,
    link.toUpperCase(),
    link.replaceAll('.', ''),
    link.replaceAll('.', '-'),
    'x'.repeat(3000),
  ])('is refused with a sentence when it is none: %.60s', (text) => {
    expect(() => parsePairing(text)).toThrow(Refusal)
  })

  it('is never taken for a link to a call, nor that for it', () => {
    for (let i = 0; i < 200; i++) {
      const pairing = pairingLink('https://parlor.local', newPairingSecret(systemRandom))
      const join = linkOf('https://parlor.local', newSecret())
      for (const text of [pairing, pairing.slice(pairing.indexOf('#') + 1), pairing.slice(pairing.indexOf('P:') + 2)])
        expect(() => parseLink(text)).toThrow(Refusal)
      expect(() => parseLink(pairing)).toThrow(/pairs a phone/)
      for (const text of [join, join.slice(join.indexOf('#') + 1)]) expect(() => parsePairing(text)).toThrow(/link of a call does not pair/)
    }
  })
})

it('has codes of six digits that are typed in any grouping', () => {
  for (let i = 0; i < 100; i++) expect(newPairingCode(systemRandom)).toMatch(/^\d{6}$/)
  expect(newPairingCode(() => Uint8Array.of(0, 0, 0, 7))).toBe('000007')
  let asked = 0
  expect(newPairingCode(() => (asked++ === 0 ? new Uint8Array(4).fill(255) : Uint8Array.of(0, 0, 0, 1)))).toBe('000001')
  for (const text of ['482913', ' 482 913 ', '482-913', '482–913']) expect(parsePairingCode(text)).toBe('482913')
  for (const text of ['', '48291', '4829133', '48291a', '٤٨٢٩١٣']) expect(() => parsePairingCode(text)).toThrow(/six digits/)
})
