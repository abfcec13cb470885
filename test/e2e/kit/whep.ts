// whep.ts — players and publishers as somebody would write them on a page of their own: a connection, one POST, and what they see and send.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { barcodeKit } from './barcode.ts'
import { eyes } from './eyes.ts'

const PAGE = '<!doctype html><title>whep</title><video autoplay playsinline></video>'

/** What became of the connection, and the session's address. */
export type Session = { readonly status: number; readonly location: string; readonly etag: string; readonly sentence: string }
type Held = { pc: RTCPeerConnection; location: string; etag: string }

/** A page of another origin with nothing but a video, and eyes. Its server is gone when it is opened. */
export async function blank(page: Page): Promise<void> {
  const server = createServer((_request, response) => void response.setHeader('content-type', 'text/html').end(PAGE))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  await page.addInitScript(`window.parlorBarcode = (${barcodeKit})(); window.parlorEyes = (${eyes})()`)
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  server.closeAllConnections()
  server.close()
}

/** Asks for the program and shows it; the connection is kept as `parlorWhep`. */
export function play(page: Page, endpoint: string): Promise<Session> {
  return page.evaluate(async (endpoint) => {
    const pc = new RTCPeerConnection()
    pc.addTransceiver('video', { direction: 'recvonly' })
    pc.addTransceiver('audio', { direction: 'recvonly' })
    pc.addEventListener('track', ({ streams }) => {
      const video = document.querySelector('video')
      if (video && streams[0]) video.srcObject = streams[0]
    })
    await pc.setLocalDescription()
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: pc.localDescription?.sdp ?? '',
    })
    const text = await answer.text()
    const [location, etag] = [answer.headers.get('location') ?? '', answer.headers.get('etag') ?? '']
    const session = { status: answer.status, location: new URL(location, endpoint).href, etag, sentence: answer.ok ? '' : text }
    if (answer.status !== 201) return session
    await pc.setRemoteDescription({ type: 'answer', sdp: text })
    Object.assign(globalThis, { parlorWhep: { pc, ...session } })
    return session
  }, endpoint)
}

/** A figure of all stats of a kind (W3C webrtc-stats), summed. */
export function figure(page: Page, type: string, kind: string, name: string): Promise<number> {
  return page.evaluate(
    async ([type, kind, name]) => {
      const { pc } = (globalThis as unknown as { parlorWhep: Held }).parlorWhep
      let sum = 0
      for (const stat of (await pc.getStats()).values())
        if (stat.type === type && (kind === '' || stat.kind === kind)) sum += Number(stat[name] ?? 0)
      return sum
    },
    [type, kind, name] as const,
  )
}

export const connection = (page: Page): Promise<string> =>
  page.evaluate(() => (globalThis as unknown as { parlorWhep: Held }).parlorWhep.pc.connectionState)

/** ICE begins anew: new credentials by PATCH, and the answer is put into the description. @returns the status and the new tag */
export function restartIce(page: Page): Promise<{ status: number; etag: string }> {
  return page.evaluate(async () => {
    const held = (globalThis as unknown as { parlorWhep: Held }).parlorWhep
    const { pc } = held
    pc.restartIce()
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }))
    const of = (sdp: string, name: string) => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? ''
    const own = pc.localDescription?.sdp ?? ''
    const answer = await fetch(held.location, {
      method: 'PATCH',
      headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
      body: `a=ice-ufrag:${of(own, 'ice-ufrag')}\r\na=ice-pwd:${of(own, 'ice-pwd')}\r\n`,
    })
    const text = await answer.text()
    const before = pc.remoteDescription?.sdp ?? ''
    const sdp = before
      .replaceAll(/a=ice-ufrag:\S+/g, `a=ice-ufrag:${of(text, 'ice-ufrag')}`)
      .replaceAll(/a=ice-pwd:\S+/g, `a=ice-pwd:${of(text, 'ice-pwd')}`)
    await pc.setRemoteDescription({ type: 'answer', sdp })
    held.etag = answer.headers.get('etag') ?? ''
    return { status: answer.status, etag: held.etag }
  })
}

/** Publishes the page's camera and microphone, as RFC 9725 has it: an offer without candidates, and these by PATCH when they are all there. */
export function publish(page: Page, endpoint: string, token: string): Promise<Session & { readonly trickled: number }> {
  return page.evaluate(
    async ([endpoint, token]) => {
      const pc = new RTCPeerConnection()
      const media = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
      for (const track of media.getTracks()) {
        const transceiver = pc.addTransceiver(track, { direction: 'sendonly', streams: [media] })
        const codecs = RTCRtpSender.getCapabilities(track.kind)?.codecs ?? []
        if (track.kind === 'video') transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /h264|rtx/i.test(mimeType)))
      }
      const found: string[] = []
      const all = new Promise<void>((done) => {
        pc.onicecandidate = ({ candidate }) => {
          if (candidate) found.push(`a=${candidate.candidate}`)
          else done()
        }
      })
      await pc.setLocalDescription()
      const bare = (pc.localDescription?.sdp ?? '').replaceAll(/a=candidate:.*\r\n/g, '')
      const allowed = { authorization: `Bearer ${token}` }
      const answer = await fetch(endpoint, { method: 'POST', headers: { ...allowed, 'content-type': 'application/sdp' }, body: bare })
      const text = await answer.text()
      const [place, etag] = [answer.headers.get('location') ?? '', answer.headers.get('etag') ?? '']
      const session = { status: answer.status, location: new URL(place, endpoint).href, etag, sentence: answer.ok ? '' : text, trickled: 0 }
      if (answer.status !== 201) return session
      await pc.setRemoteDescription({ type: 'answer', sdp: text })
      Object.assign(globalThis, { parlorWhep: { pc, ...session } })
      await all
      const patch = await fetch(session.location, {
        method: 'PATCH',
        headers: { ...allowed, 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': etag },
        body: ['a=mid:0', ...found, 'a=end-of-candidates', ''].join('\r\n'),
      })
      return { ...session, trickled: patch.status }
    },
    [endpoint, token] as const,
  )
}
