// estimate.real.test.ts — Chromium dares to send as much as the way carries, because of how we tell it what arrived; and keyframes are
// asked and given, both ways.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Line } from '../../src/call/transport.ts'
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

  async function connect(onPacket: (line: Line, packet: Buffer) => void): Promise<void> {
    box = weriftEnd(onPacket)
    page = await chromium.end()
    const answer = await box.answer(await page.offer({ iceRestart: false }))
    await page.accept(answer)
    await vi.waitFor(async () => expect((await box.opened()) + (await page.opened())).toBe(2), { timeout: 20_000 })
    await box.release()
    await page.release()
  }

  // On a busy machine our own lateness looks to Chromium like a queue on the way, so there is much time.
  test('its estimate rises over 1.5 Mb/s and it sends as much', { timeout: 240_000 }, async () => {
    let bytes = 0
    await connect((_line, packet) => {
      bytes += packet.length
    })
    await page.play(320, 180)
    await vi.waitFor(async () => expect(await page.figures('candidate-pair', 'availableOutgoingBitrate')).toBeGreaterThan(1_500_000), {
      timeout: 120_000,
      interval: 250,
    })
    await vi.waitFor(
      async () => {
        const [before, began] = [bytes, performance.now()]
        await new Promise((resolve) => setTimeout(resolve, 1000))
        expect(((bytes - before) * 8000) / (performance.now() - began)).toBeGreaterThan(1_000_000)
      },
      { timeout: 60_000 },
    )
  })

  // The same of our own estimate: it learns from what Chromium tells of what arrived.
  test('we find out within our first packets that we may send more than 1.5 Mb/s', { timeout: 120_000 }, async () => {
    await connect(() => {})
    expect(box.transport.stats().target).toBeLessThan(1_000_000)
    let sequence = 0
    const filming = setInterval(() => {
      for (let i = 0; i < 3; i++) box.transport.sendRtp('camera', rtp({ ...CAMERA, size: 900 }, sequence++))
    }, 33)
    try {
      await vi.waitFor(() => expect(box.transport.stats().target).toBeGreaterThan(1_500_000), { timeout: 90_000, interval: 100 })
      await vi.waitFor(() => expect(box.transport.stats().acked).toBeGreaterThan(300_000), { timeout: 20_000, interval: 100 })
    } finally {
      clearInterval(filming)
    }
    expect(box.transport.stats().odd).not.toHaveProperty('rtcp malformed')
  })

  test('it makes a keyframe when we ask, and we hear when it asks', async () => {
    let keyframes = 0
    let echo = false
    await connect((line, packet) => {
      if (line !== 'camera') return
      if (beginsKeyframe(packet)) keyframes++
      if (echo) box.transport.sendRtp('camera', packet)
    })
    const asked: string[] = []
    box.transport.on('keyframeAsked', (line) => {
      asked.push(line)
      box.transport.askKeyframe(line)
    })
    await page.play(320, 180)
    await vi.waitFor(() => expect(keyframes).toBeGreaterThan(0), { timeout: 20_000 })
    for (let i = 0; i < 3; i++) {
      const before = keyframes
      box.transport.askKeyframe('camera')
      await vi.waitFor(() => expect(keyframes).toBeGreaterThan(before), { timeout: 10_000 })
    }
    // Its own picture back, from the middle: without a keyframe it can show nothing.
    echo = true
    await vi.waitFor(() => expect(asked).toContain('camera'), { timeout: 20_000 })
    await vi.waitFor(async () => expect(await page.figures('inbound-rtp', 'framesDecoded')).toBeGreaterThan(0), { timeout: 20_000 })
    expect(asked).not.toContain('screen')
  })
})
