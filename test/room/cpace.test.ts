import { expect, it } from 'vitest'
import { agree, generator, initiate, joined, respond, withLength } from '../../src/room/cpace.ts'
import { bytesOf, hex, systemRandom, unhex } from '../../src/wire/crypto.ts'
import { scalarOf, times } from '../../src/wire/exchange.ts'
import golden from '../vectors/cpace.json' with { type: 'json' }

const setting = { code: unhex(golden.PRS), about: unhex(golden.CI), session: unhex(golden.sid) }
const [ya, yb] = [scalarOf(unhex(golden.ya)), scalarOf(unhex(golden.yb))]
const alice = { share: unhex(golden.Ya), said: unhex(golden.ADa) }
const bob = { share: unhex(golden.Yb), said: unhex(golden.ADb) }
const count = (length: number) => Uint8Array.from({ length }, (_, i) => i & 255)

it('puts lengths before bytes as the draft does', () => {
  for (const each of golden.lengths) expect(hex(withLength(unhex(each.in)))).toBe(each.out)
  expect(hex(withLength(count(127)))).toBe(`7f${hex(count(127))}`)
  expect(hex(withLength(count(128)))).toBe(`8001${hex(count(128))}`)
  expect(hex(joined(...golden.joined.in.map(unhex)))).toBe(golden.joined.out)
})

it("gives the draft's generator, shares, secret and key", () => {
  expect(hex(generator(setting))).toBe(golden.g)
  expect(hex(times(ya, unhex(golden.g)) ?? count(0))).toBe(golden.Ya)
  expect(hex(times(yb, unhex(golden.g)) ?? count(0))).toBe(golden.Yb)
  expect(hex(times(ya, bob.share) ?? count(0))).toBe(golden.K)
  expect(hex(times(yb, alice.share) ?? count(0))).toBe(golden.K)
  expect(hex(agree(ya, bob.share, setting.session, alice, bob)?.isk ?? count(0))).toBe(golden.ISK_IR)
  expect(hex(agree(yb, alice.share, setting.session, alice, bob)?.isk ?? count(0))).toBe(golden.ISK_IR)
})

it("multiplies as the draft does, and refuses the draft's invalid elements", () => {
  const { s, X, product, invalid } = golden.times
  expect(hex(times(scalarOf(unhex(s)), unhex(X)) ?? count(0))).toBe(product)
  for (const element of invalid) {
    expect(times(scalarOf(unhex(s)), unhex(element))).toBe(null)
    expect(agree(ya, unhex(element), setting.session, alice, bob)).toBe(null)
    expect(respond(setting, { ...alice, share: unhex(element) }, bob.said, systemRandom)).toBe(null)
  }
  for (const length of [0, 31, 33]) expect(times(ya, count(length))).toBe(null)
})

const meet = (phoneCode: string, boxCode: string, change: { session?: Uint8Array; said?: string } = {}) => {
  const common = { about: bytesOf('pairing'), session: count(32) }
  const phone = initiate({ ...common, code: bytesOf(phoneCode) }, bytesOf('phone'), systemRandom)
  const setting = { ...common, ...(change.session && { session: change.session }), code: bytesOf(boxCode) }
  const box = respond(setting, { ...phone.message, said: bytesOf(change.said ?? 'phone') }, bytesOf('box'), systemRandom)
  const agreed = box && phone.finish(box.message)
  if (!box || !agreed) throw new Error('no key came out')
  return { phone: agreed, box: box.agreed }
}

it('gives both the same key for the same code, and a new one each time', () => {
  const one = meet('482913', '482913')
  expect(one.phone).toEqual(one.box)
  expect(hex(one.phone.initiatorTag)).not.toBe(hex(one.phone.responderTag))
  expect(hex(meet('482913', '482913').box.isk)).not.toBe(hex(one.box.isk))
})

it.each([
  ['another code', meet.bind(null, '482913', '482914', {})],
  ['another session', meet.bind(null, '482913', '482913', { session: count(31) })],
  ['other words with the share', meet.bind(null, '482913', '482913', { said: 'other phone' })],
])('gives two keys that have nothing in common for %s', (_, run) => {
  const { phone, box } = run()
  expect(hex(phone.isk)).not.toBe(hex(box.isk))
  expect(hex(phone.initiatorTag)).not.toBe(hex(box.initiatorTag))
  expect(hex(phone.responderTag)).not.toBe(hex(box.responderTag))
})
