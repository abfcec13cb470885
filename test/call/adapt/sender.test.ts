// What leaves over one link: numbered as the other side's feedback needs it, paced, and whole pictures only.
import { describe, expect, test } from 'vitest'
import { readFeedback } from '../../../src/call/adapt/feedback.ts'
import { beginsAnew } from '../../../src/call/adapt/key.ts'
import { Sender } from '../../../src/call/adapt/sender.ts'
import { TwccReceiver } from '../../../src/call/werift/twcc.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { ms } from '../../../src/lib/unit.ts'

type Left = { at: number; header: Buffer; bytes: number }

function sending({ start = 300_000, padding = true } = {}) {
  const clock = new FakeClock()
  const left: Left[] = []
  let drops = 0
  const packet = Buffer.alloc(2048)
  const sender: Sender = new Sender({
    outlet: {
      packet,
      send: (payload, length) =>
        void left.push({ at: clock.now(), header: Buffer.from(packet.subarray(0, length)), bytes: payload.length }),
    },
    seal: 16,
    bounds: { start, least: 50_000, most: 5_000_000 },
    clock,
    pad: (bytes) => {
      if (padding) send('repair', bytes, 97)
      return padding
    },
    onDrop: () => void drops++,
    onError: (error) => {
      throw error
    },
  })
  let sequence = 0
  const send = (kind: 'sound' | 'repair' | 'picture', bytes: number, payloadType = 96, wideId = 5) => {
    const lane = sender.lane(kind, wideId)
    lane.packet.writeUInt8(0x80, 0)
    lane.packet.writeUInt8(payloadType, 1)
    lane.packet.writeUInt16BE(sequence++ & 0xffff, 2)
    lane.packet.writeUInt32BE(0, 4)
    lane.packet.writeUInt32BE(7, 8)
    lane.send(Buffer.alloc(bytes))
  }
  return { clock, sender, left, send, drops: () => drops }
}

const numberOf = ({ header }: Left): number => header.readUInt16BE(17)

describe('the number for feedback', () => {
  test('stands in the one extension of the header, one count for all kinds', () => {
    const { send, left } = sending()
    send('sound', 100)
    send('picture', 900)
    const [sound, picture] = left
    // RFC 8285: 0xBEDE, one word; id 5, two bytes; the number; one byte of filling
    expect(sound?.header.toString('hex')).toBe('906000000000000000000007bede00015100' + '0000')
    expect(picture && numberOf(picture)).toBe(1)
    expect(picture?.header.readUInt8(0)).toBe(0x90)
  })

  test('is left out where the other side does not want it, or cannot say its id in four bits', () => {
    const { send, left } = sending()
    send('sound', 100, 111, 0)
    send('sound', 100, 111, 15)
    expect(left.map(({ header }) => [header.length, header.readUInt8(0)])).toEqual([
      [12, 0x80],
      [12, 0x80],
    ])
  })
})

describe('the pace', () => {
  test('the first picture leaves at once; after that a burst is spread, and all of it comes in its order', async () => {
    const { send, left, clock } = sending()
    for (let i = 0; i < 55; i++) send('picture', 1000)
    expect(left.length).toBe(55)
    for (let i = 0; i < 20; i++) send('picture', 1000)
    expect(left.length).toBeLessThan(60)
    send('sound', 100)
    expect(left.at(-1)?.bytes).toBe(100)
    await clock.advance(ms(400))
    expect(left.length).toBe(76)
    expect(left.filter(({ bytes }) => bytes === 1000).map(({ header }) => header.readUInt16BE(2))).toEqual(
      Array.from({ length: 75 }, (_, i) => i),
    )
    expect(left.map(numberOf)).toEqual(Array.from({ length: 76 }, (_, i) => i))
    expect(clock.sleeping, 'no timer while nothing waits').toEqual([])
  })

  test('what waits too long is dropped whole, and no half picture follows: the next that goes is a keyframe', async () => {
    const { send, sender, drops, clock } = sending({ start: 100_000 })
    const slice = Buffer.concat([Buffer.alloc(12), Buffer.from([0x61, 0, 0])])
    const key = Buffer.concat([Buffer.alloc(12), Buffer.from([0x65, 0, 0])])
    for (let i = 0; i < 120 && drops() === 0; i++) send('picture', 1000)
    expect(drops()).toBe(1)
    expect(sender.dropped).toBeGreaterThan(5)
    expect([sender.admits('camera', slice), sender.admits('camera', key), sender.admits('camera', slice)]).toEqual([false, true, true])
    expect(sender.admits('audio', slice)).toBe(true)
    await clock.advance(ms(1000))
    sender.close()
  })

  test('after close() nothing waits and no timer is left', async () => {
    const { send, sender, clock } = sending()
    for (let i = 0; i < 80; i++) send('picture', 1000)
    sender.close()
    await clock.advance(ms(10))
    expect(clock.sleeping).toEqual([])
  })
})

/** Everything arrives after 20 ms, and feedback comes back every 50 ms. */
async function converse({ clock, sender, left }: ReturnType<typeof sending>, time: number, act: () => void): Promise<void> {
  const receiver = new TwccReceiver()
  let seen = 0
  for (let passed = 0; passed < time; passed += 10) {
    act()
    await clock.advance(ms(10))
    for (; seen < left.length; seen++) {
      const packet = left[seen]
      if (packet) receiver.saw(numberOf(packet), Math.round((packet.at + 20) * 1000))
    }
    if (passed % 50 !== 0) continue
    for (let packet = receiver.feedback(1, 2); packet; packet = receiver.feedback(1, 2)) {
      const told = readFeedback(packet)
      if (told) sender.heard(told)
    }
  }
}

describe('the target', () => {
  test('rises within a second on a way that carries it, by bursts with padding', async () => {
    const parts = sending()
    await converse(parts, 1500, () => parts.send('picture', 320))
    expect(parts.sender.target).toBeGreaterThan(1_500_000)
    expect(parts.left.some(({ header }) => header.readUInt8(1) === 97)).toBe(true)
  })

  test('and without anything to pad with it still rises, slowly', async () => {
    const parts = sending({ padding: false })
    await converse(parts, 3000, () => parts.send('picture', 320))
    expect(parts.sender.target).toBeGreaterThan(310_000)
  })

  test("is the other side's own word where it gives no feedback (REMB), and falls with loss it reports", () => {
    const { sender, send } = sending()
    send('picture', 1000)
    sender.told(2_000_000)
    expect(sender.target).toBe(2_000_000)
    sender.reported(0.3)
    expect(sender.target).toBe(1_700_000)
    for (let i = 0; i < 100; i++) sender.reported(0)
    expect(sender.target).toBe(2_000_000)
  })
})

describe('where a picture begins anew', () => {
  const packet = (...bytes: number[]) => Buffer.concat([Buffer.alloc(12), Buffer.from(bytes)])
  test.each([
    ['parameter set', packet(0x67, 1), true],
    ['IDR slice', packet(0x65, 1), true],
    ['both together (STAP-A)', packet(0x78, 0, 4, 0x67, 1, 2, 3), true],
    ['first piece of an IDR slice (FU-A)', packet(0x7c, 0x85), true],
    ['a later piece of it', packet(0x7c, 0x05), false],
    ['ordinary slice', packet(0x61, 1), false],
    ['first piece of an ordinary slice', packet(0x7c, 0x81), false],
    ['nothing', Buffer.alloc(12), false],
  ])('%s', (_what, bytes, is) => {
    expect(beginsAnew(bytes)).toBe(is)
  })
})

describe('what is said twice', () => {
  test('is taken off what pictures and sound may use, and given back when it is over', async () => {
    const { clock, sender, send } = sending({ start: 500_000 })
    expect(sender.target).toBe(500_000)
    for (let i = 0; i < 10; i++) send('repair', 900, 97)
    expect(sender.target).toBeLessThan(440_000)
    expect(sender.target).toBeGreaterThan(400_000)
    sender.doubled(2000)
    expect(sender.target).toBeLessThan(425_000)
    await clock.advance(ms(8000))
    expect(sender.target).toBeGreaterThan(499_000)
  })
})
