// calls.ts — a call over the line, ours or the peer's: pictures and sound go one way, from here to there.
//
// Ours: a box here, a page there. The peer: a page here and a page there, with the codecs, limits and wishes that our own pages have, and
// with signalling that costs nothing. Both film the same.
import type { Browser, Page } from 'playwright-core'
import { Box } from '../../test/e2e/kit/box.ts'
import { CAST, openBrowser, person } from '../../test/e2e/kit/browser.ts'
import { BOX } from '../../test/e2e/kit/stage.ts'
import { FILM, FilmCamera } from './film.ts'
import { type Ground, prepare, watchVideo } from './ground.ts'

/** Kilobits a second of pictures that both may send at most, as boxes and pages do unless they are told otherwise; with sound and headers more than the line carries. */
const MOST = 1500

/** A call that goes on: the page over there, and when it showed the first picture, in Date.now(). */
export type Call = AsyncDisposable & { readonly page: Page; readonly start: number }

/** Opens calls of one kind, one after the other or beside one another. */
export type Caller = AsyncDisposable & { readonly name: string; call(): Promise<Call> }

export async function ours(ground: Ground, film: string): Promise<Caller> {
  const browser = await openBrowser(ground.there)
  return {
    name: 'ours',
    async call() {
      const camera = new FilmCamera(film)
      const box = await Box.start(
        {
          PARLOR_BOX__NAME: BOX.name,
          PARLOR_CAMERA__SOURCE: camera.source,
          PARLOR_CAMERA__WIDTH: String(FILM.width),
          PARLOR_CAMERA__HEIGHT: String(FILM.height),
          PARLOR_CAMERA__FPS: String(FILM.fps),
          PARLOR_CAMERA__KBPS: String(MOST),
          PARLOR_SOUND__MICROPHONE: 'test',
        },
        { namespace: ground.here },
      )
      const one = await person(browser, CAST[0], { camera: false, microphone: false })
      const { page } = one
      await prepare(page)
      // The page itself comes fast: what is measured is the call.
      const room = await box.room(`https://${ground.address}:${box.httpsPort}`)
      await ground.fast(() => one.open(room))
      await one.press('join')
      await one.sees(BOX.name, 'live')
      const start = await watchVideo(page, one.videoOf(BOX.name))
      return {
        page,
        start,
        async [Symbol.asyncDispose]() {
          await one.close()
          await box.stop()
          camera[Symbol.dispose]()
        },
      }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** Addresses are told as they are, and the camera is the film. */
const PEER = ['--disable-features=WebRtcHideLocalIpsWithMdns']
const PLACE = 'https://pair.test/'

export async function chromiumPair(ground: Ground, film: string): Promise<Caller> {
  const here = await openBrowser(ground.here, [...PEER, `--use-file-for-fake-video-capture=${film}`])
  const there = await openBrowser(ground.there, PEER)
  return {
    name: 'Chromium pair',
    async call() {
      const [a, b] = [await blank(here), await blank(there)]
      const answer = await b.evaluate(listen, await a.evaluate(dial, { most: MOST * 1000, ...FILM }))
      const shown = watchVideo(b, 'video')
      await a.evaluate(
        (sdp) => (window as unknown as { pair: RTCPeerConnection }).pair.setRemoteDescription({ type: 'answer', sdp }),
        answer,
      )
      return {
        page: b,
        start: await shown,
        async [Symbol.asyncDispose]() {
          await Promise.all([a.context().close(), b.context().close()])
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([here.close(), there.close()])
    },
  }
}

/** A page without anything, at a secure place that is nowhere. */
async function blank(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
  const page = await context.newPage()
  await prepare(page)
  await page.route(`${PLACE}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><body></body>' }))
  await page.goto(PLACE)
  return page
}

/** Page side: films, and gives an offer with all addresses in it. */
async function dial({ most, width, height, fps }: { most: number; width: number; height: number; fps: number }): Promise<string> {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width, height, frameRate: fps } })
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  Object.assign(window, { pair: pc })
  const [sound] = media.getAudioTracks()
  const [picture] = media.getVideoTracks()
  if (!sound || !picture) throw new Error('no camera here')
  picture.contentHint = 'motion'
  pc.addTransceiver(sound, { direction: 'sendonly' })
  const line = pc.addTransceiver(picture, { direction: 'sendonly', sendEncodings: [{ maxBitrate: most, maxFramerate: 30 }] })
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? []
  line.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/H264' || mimeType === 'video/rtx'))
  const parameters = line.sender.getParameters()
  parameters.degradationPreference = 'balanced'
  await line.sender.setParameters(parameters)
  await pc.setLocalDescription()
  while (pc.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 20))
  return pc.localDescription?.sdp ?? ''
}

/** Page side: takes the offer, shows what comes, and gives an answer with all addresses in it. */
async function listen(sdp: string): Promise<string> {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  const video = document.createElement('video')
  video.muted = true
  document.body.append(video)
  pc.ontrack = ({ track, receiver }) => {
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0
    const element = track.kind === 'video' ? video : new Audio()
    element.srcObject = new MediaStream([track])
    void element.play()
  }
  await pc.setRemoteDescription({ type: 'offer', sdp })
  await pc.setLocalDescription()
  while (pc.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 20))
  return pc.localDescription?.sdp ?? ''
}
