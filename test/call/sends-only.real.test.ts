// A gateway for somebody who only sends: it is heard, and the others spare themselves what it would not take.
import { afterEach, expect, test, vi } from 'vitest'
import { openWerift, type WeriftTransport } from '../../src/call/werift.ts'
import { CAMERA, rtp } from '../contract/rtp.ts'
import { quietLog } from '../fake/quiet.ts'

const { signal } = new AbortController()
const open: WeriftTransport[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()))
})

function opened(sendsOnly: boolean) {
  const heard: Buffer[] = []
  const transport = openWerift({ iceServers: [], onRtp: (_line, packet) => void heard.push(packet), log: quietLog().log, sendsOnly })
  open.push(transport)
  return { transport, heard }
}

test.each([
  ['offers', true],
  ['answers', false],
])('a gateway that %s is sent nothing', async (_, offers) => {
  const [gateway, other] = [opened(true), opened(false)]
  const [a, b] = offers ? [gateway, other] : [other, gateway]
  const both = [a, b].map(({ transport }) => new Promise<void>((resolve) => transport.on('open', resolve)))
  await a.transport.accept(await b.transport.answer(await a.transport.offer({ iceRestart: false }, signal), signal), signal)
  await Promise.all(both)
  for (const { transport } of [a, b]) transport.release()
  for (let n = 1; n <= 20; n++) for (const { transport } of [a, b]) transport.sendRtp('camera', rtp(CAMERA, n))
  await vi.waitFor(() => expect(other.heard).toHaveLength(20), { timeout: 10_000 })
  expect(gateway.heard).toEqual([])
  expect([other.transport.stats().lines.camera.packetsSent, other.transport.stats().target]).toEqual([0, null])
  expect(gateway.transport.stats().target).not.toBeNull()
})
