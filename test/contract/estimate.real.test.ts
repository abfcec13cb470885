// estimate.real.test.ts — Chromium dares to send as much as the way carries, because of how we tell it what arrived; and keyframes are
// asked and given, both ways.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { hasChromium } from '../e2e/kit/browser.ts'
import { Chromium, type ChromiumEnd } from './chromium.ts'
import { weriftEnd } from './ends.ts'
import { CAMERA, rtp } from './rtp.ts'

const IDR = 5
const FU_A = 28

/** Does an RTP packet begin an IDR slice (RFC 6184 §5.3)? */
function beginsKeyframe(packet: Buffer): boolean {
  const type = packet.readUInt8(12) & 31
  if (type === FU_A) return (packet.readUInt8(13) & 0x9f) === (0x80 | IDR)
  return type === IDR
}

describe.skipIf(!hasChromium)('with Chromium', () => {
  let chromium: Chromium
  let box: ReturnType<typeof weriftEnd>
  let page: ChromiumEnd
  beforeAll(async () => {
    chromium = await Chromium.open()
  })
  afterAll(() => chromium?.close())
  afterEach(async () => {
    await Promise.all([box.close(), page.close()])
  })

  async function connect(onPacket: (packet: Buffer) => void = () => {}): Promise<void> {
    box = weriftEnd((_line, packet) => onPacket(packet))
    page = await chromium.end()
    const answer = await box.answer(await page.offer({ iceRestart: false }))
    await page.accept(answer)
    await vi.waitFor(async () => expect((await box.opened()) + (await page.opened())).toBe(2), { timeout: 20_000 })
    await box.release()
    await page.release()
  }

  test('its estimate rises over 1.5 Mb/s and it sends so much', async () => {
    let bytes = 0
    await connect((packet) => {
      bytes += packet.length
    })
    await page.play(640, 360)
    await vi.waitFor(async () => expect(await page.figures('candidate-pair', 'availableOutgoingBitrate')).toBeGreaterThan(1_500_000), {
      timeout: 40_000,
      interval: 250,
    })
    await vi.waitFor(
      async () => {
        const [before, began] = [bytes, performance.now()]
        await new Promise((resolve) => setTimeout(resolve, 1000))
        expect(((bytes - before) * 8000) / (performance.now() - began)).toBeGreaterThan(1_000_000)
      },
      { timeout: 20_000 },
    )
  })

  test('it makes a keyframe when we ask, and we hear when it asks', async () => {
    let keyframes = 0
    await connect((packet) => {
      if (packet.readUInt8(1) % 128 === 96 && beginsKeyframe(packet)) keyframes++
    })
    const asked: string[] = []
    box.transport.on('keyframeAsked', (line) => void asked.push(line))
    await page.play(320, 180)
    await vi.waitFor(() => expect(keyframes).toBeGreaterThan(0), { timeout: 20_000 })
    for (let i = 0; i < 3; i++) {
      const before = keyframes
      box.transport.askKeyframe('camera')
      await vi.waitFor(() => expect(keyframes).toBeGreaterThan(before), { timeout: 10_000 })
    }
    // A picture that nobody can decode, so it must ask.
    let n = 0
    const picture = setInterval(() => box.transport.sendRtp('camera', rtp(CAMERA, ++n)), 20)
    try {
      await vi.waitFor(() => expect(asked).toContain('camera'), { timeout: 20_000 })
      expect(asked).not.toContain('screen')
    } finally {
      clearInterval(picture)
    }
  })
})
