import { expect, it } from 'vitest'
import { FakeClock } from '../../../src/lib/clock.ts'
import { ms } from '../../../src/lib/unit.ts'
import { Seam } from '../../../src/media/capture/seam.ts'

function packet(ssrc: number, sequence: number, time: number): Buffer {
  const bytes = Buffer.alloc(20)
  bytes[0] = 0x80
  bytes.writeUInt16BE(sequence, 2)
  bytes.writeUInt32BE(time, 4)
  bytes.writeUInt32BE(ssrc, 8)
  return bytes
}
const read = (bytes: Buffer): number[] => [bytes.readUInt32BE(8), bytes.readUInt16BE(2), bytes.readUInt32BE(4)]
function through(seam: Seam, bytes: Buffer): number[] {
  seam.mend(bytes)
  return read(bytes)
}

it('leaves the first stream as it is, but for its name', () => {
  const seam = new Seam(new FakeClock(), 7)
  expect(through(seam, packet(99, 65535, 4294967295))).toEqual([7, 65535, 4294967295])
  expect(through(seam, packet(99, 0, 2999))).toEqual([7, 0, 2999])
})
it('lets the next stream go on where the last was, and its time with the clock', async () => {
  const clock = new FakeClock()
  const seam = new Seam(clock, 7)
  through(seam, packet(1, 100, 9000))
  await clock.advance(ms(500))
  expect(through(seam, packet(2, 40000, 123456))).toEqual([7, 101, 9000 + 45000])
  expect(through(seam, packet(2, 40001, 123456 + 3000))).toEqual([7, 102, 9000 + 48000])
})
it('goes on over the wrap of both numbers, and over many seams', async () => {
  const clock = new FakeClock()
  const seam = new Seam(clock, 7)
  through(seam, packet(1, 65535, 4294967290))
  await clock.advance(ms(1))
  expect(through(seam, packet(2, 5, 5))).toEqual([7, 0, 84])
  await clock.advance(ms(1))
  expect(through(seam, packet(1, 65535, 4294967290))).toEqual([7, 1, 174])
})
it('lets time go on even when the clock has not', () => {
  const seam = new Seam(new FakeClock(), 7)
  through(seam, packet(1, 1, 1000))
  expect(through(seam, packet(2, 1, 1))).toEqual([7, 2, 1001])
})
