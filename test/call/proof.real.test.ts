// proof.real.test.ts — who shows a certificate must hold its key, whichever end of DTLS he is. werift by itself lets him in.
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { RTCCertificate, RTCDtlsTransport } from 'werift'
import { openWerift, type WeriftTransport } from '../../src/call/werift.ts'
import { quietLog } from '../fake/quiet.ts'

const { signal } = new AbortController()
const open: WeriftTransport[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()))
})

const opened = (): WeriftTransport => {
  const transport = openWerift({ iceServers: [], onRtp: () => {}, log: quietLog().log })
  open.push(transport)
  return transport
}

/** Has everybody's certificate, which is no secret, and a key of his own. */
async function asThief<T>(act: () => Promise<T>): Promise<T> {
  const honest = await RTCDtlsTransport.SetupCertificate()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const stolen = new RTCCertificate(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), honest.certPem, honest.signatureHash)
  RTCDtlsTransport.localCertificate = stolen
  try {
    return await act()
  } finally {
    RTCDtlsTransport.localCertificate = honest
  }
}

async function isRefusedBy(box: WeriftTransport): Promise<void> {
  await vi.waitFor(() => expect(box.odd.count('dtls forged')).toBeGreaterThan(0), { timeout: 10_000 })
  expect(box.send('for your ears only')).toBe(false)
  expect(box.fingerprints()).toBe(null)
}

test('a DTLS client that cannot sign for its certificate is not let in', async () => {
  const [thief, box] = [opened(), opened()]
  const offer = await asThief(() => thief.offer({ iceRestart: false }, signal))
  await thief.accept(await box.answer(offer, signal), signal)
  await isRefusedBy(box)
})

test('a DTLS server that cannot sign for its certificate is not believed', async () => {
  const [thief, box] = [opened(), opened()]
  const offer = await box.offer({ iceRestart: false }, signal)
  await box.accept(await asThief(() => thief.answer(offer, signal)), signal)
  await isRefusedBy(box)
})

test('a certificate that nobody promised opens nothing', async () => {
  const [a, b] = [opened(), opened()]
  let isOpen = false
  for (const end of [a, b])
    end.on('open', () => {
      isOpen = true
    })
  const failed = new Promise<void>((resolve) => a.on('failed', () => resolve()))
  const offer = await a.offer({ iceRestart: false }, signal)
  const answer = await b.answer(offer, signal)
  const [, first = '', rest = ''] = /a=fingerprint:sha-256 (..)(\S+)/.exec(answer) ?? []
  await a.accept(answer.replaceAll(first + rest, (first === '00' ? '01' : '00') + rest), signal)
  await failed
  expect(isOpen).toBe(false)
})
