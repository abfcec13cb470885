// outlet.test.ts — a coded stream leaves whole groups of pictures out, never a hole in one.
import { expect, test } from 'vitest'
import { Outlet } from '../../src/media/outlet.ts'
import { packetOf, stamp } from '../../src/media/packet.ts'

/** What gdppay would write. */
function gdp(type: number, pts: bigint, flags: number, size = 100): Uint8Array {
  const bytes = new Uint8Array(62 + size)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 1)
  view.setUint16(4, type)
  view.setUint32(6, size)
  view.setBigUint64(10, pts)
  view.setUint16(42, flags)
  return bytes
}
const key = (pts = 0) => gdp(1, BigInt(pts), 0)
const delta = (pts = 0) => gdp(1, BigInt(pts), 1 << 13)
const word = () => gdp(2, 2n ** 64n - 1n, 0)

function outlet(most: number) {
  const sent: Array<{ bytes: Uint8Array; taken: () => void }> = []
  return { sent, outlet: new Outlet((bytes, taken) => sent.push({ bytes, taken }), most) }
}

test('a packet says whether it is a frame, its time, and whether it leans on others', () => {
  expect(packetOf(key(40))).toEqual({ is: 'frame', pts: 40n, leans: false })
  expect(packetOf(delta(80))).toEqual({ is: 'frame', pts: 80n, leans: true })
  expect(packetOf(gdp(1, 2n ** 64n - 1n, 0))).toEqual({ is: 'frame', pts: null, leans: false })
  expect(packetOf(word())).toEqual({ is: 'word' })
  expect(packetOf(new Uint8Array(5))).toEqual({ is: 'word' })
})

test('a frame can be given another time', () => {
  const frame = delta(80)
  stamp(frame, 120n)
  expect(packetOf(frame)).toEqual({ is: 'frame', pts: 120n, leans: true })
})

test('what the system takes passes, in order', () => {
  const { outlet: it, sent } = outlet(1000)
  const all = [word(), key(), delta(), delta()]
  for (const bytes of all) {
    it.give(bytes)
    sent.at(-1)?.taken()
  }
  expect(sent.map(({ bytes }) => bytes)).toEqual(all)
  expect(it.left).toBe(0)
})

test('where nobody reads, frames are left out up to the next keyframe for which there is room; words never are', () => {
  const { outlet: it, sent } = outlet(500)
  const [a, b, c, d, e] = [key(1), delta(2), delta(3), delta(4), delta(5)]
  for (const bytes of [a, b, c, d]) it.give(bytes)
  expect(sent.map(({ bytes }) => bytes)).toEqual([a, b, c])
  for (const { taken } of sent) taken()
  it.give(e)
  const said = word()
  it.give(said)
  const next = key(6)
  it.give(next)
  expect(sent.map(({ bytes }) => bytes)).toEqual([a, b, c, said, next])
  expect(it.left).toBe(2)
})

test('a keyframe for which there is no room is left out with all that lean on it', () => {
  const { outlet: it, sent } = outlet(200)
  it.give(key(1))
  it.give(key(2))
  for (const { taken } of sent) taken()
  it.give(delta(3))
  it.give(key(4))
  expect(sent.length).toBe(2)
  expect(it.left).toBe(2)
})
