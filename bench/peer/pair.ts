// pair.ts — the peer of every call bench: Chromium calling Chromium, with the m-lines of a Parlor call (audio, camera,
// screen, negotiated data; H.264 and Opus; both ways) and signalling inside the page, which costs nothing.
//
// One page holds both ends. The clock starts before either connection is made, and both ends are known then: what is
// measured is the dialling itself. The called end's channel and picture end it, as in a Parlor call.
import type { Page } from 'playwright-core'
import type { Hearing } from '../../test/e2e/kit/eyes.ts'

export type Setup = { readonly channel: number; readonly frame: number }

/** What was heard around one press of a mute key: the key's moment, and the levels before and after it. */
export type Press = { readonly at: number; readonly muted: boolean; readonly heard: readonly Hearing[] }

/**
 * Page side. Runs one call; with `lookFor` > 0 the call goes on for that many ms while the barcode is read. With `presses` > 0 the caller
 * mutes and unmutes so many times, while the tone of `hz` is listened to at the called end.
 */
async function call({
  lookFor,
  presses,
  hz,
}: {
  lookFor: number
  presses: number
  hz: number
}): Promise<Setup & { ages: number[]; mutes: Press[] }> {
  const { parlorEyes } = window as unknown as { parlorEyes: import('../../test/e2e/kit/eyes.ts').Eyes }
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
  const h264 = (RTCRtpReceiver.getCapabilities('video')?.codecs ?? []).filter((codec) => codec.mimeType === 'video/H264')
  const start = performance.now()
  const [a, b] = [new RTCPeerConnection({ bundlePolicy: 'max-bundle' }), new RTCPeerConnection({ bundlePolicy: 'max-bundle' })]
  a.onicecandidate = ({ candidate }) => void (candidate && b.addIceCandidate(candidate))
  b.onicecandidate = ({ candidate }) => void (candidate && a.addIceCandidate(candidate))
  a.createDataChannel('link', { negotiated: true, id: 0 })
  const channel = b.createDataChannel('link', { negotiated: true, id: 0 })
  const opened = new Promise<number>((done) => {
    channel.onopen = () => done(performance.now() - start)
  })
  const video = document.createElement('video')
  video.id = 'pair'
  video.muted = true
  document.body.append(video)
  const seen = new Promise<number>((done) => {
    video.requestVideoFrameCallback(() => done(performance.now() - start))
  })
  const audio = document.createElement('audio')
  audio.id = 'pair-sound'
  document.body.append(audio)
  b.ontrack = ({ transceiver, track }) => {
    if (transceiver.mid === '2') return
    if ('jitterBufferTarget' in transceiver.receiver) transceiver.receiver.jitterBufferTarget = 0
    if (track.kind === 'audio') {
      if (presses === 0) return
      audio.srcObject = new MediaStream([track])
      return void audio.play()
    }
    video.srcObject = new MediaStream([track])
    void video.play()
  }
  const send = (pc: RTCPeerConnection) => {
    const lines = pc.getTransceivers()
    for (const [i, line] of lines.entries()) {
      line.direction = 'sendrecv'
      if (i > 0) line.setCodecPreferences(h264)
    }
    return [
      lines[0]?.sender.replaceTrack(media.getAudioTracks()[0] ?? null),
      lines[1]?.sender.replaceTrack(media.getVideoTracks()[0] ?? null),
    ]
  }
  for (const kind of ['audio', 'video', 'video']) a.addTransceiver(kind)
  await Promise.all(send(a))
  await a.setLocalDescription()
  if (a.localDescription) await b.setRemoteDescription(a.localDescription)
  await Promise.all(send(b))
  await b.setLocalDescription()
  if (b.localDescription) await a.setRemoteDescription(b.localDescription)
  const setup = { channel: await opened, frame: await seen }
  const frames = lookFor > 0 ? (await parlorEyes.look('#pair', lookFor)).frames : []
  const mutes: Press[] = []
  const [voice] = media.getAudioTracks()
  const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))
  if (presses > 0) await sleep(3000)
  for (let i = 0; i < presses && voice; i++)
    for (const muted of [true, false]) {
      const listening = parlorEyes.hear('#pair-sound', 1500, 10, [hz])
      await sleep(500)
      const at = Date.now()
      voice.enabled = !muted
      mutes.push({ at, muted, heard: await listening })
      await sleep(800)
    }
  a.close()
  b.close()
  for (const track of media.getTracks()) track.stop()
  video.remove()
  audio.remove()
  return { ...setup, ages: frames.flatMap(({ age }) => (age === null ? [] : [age])), mutes }
}

/** One call within the page, ms from the start of dialling. */
export async function pairSetup(page: Page): Promise<Setup> {
  const { channel, frame } = await page.evaluate(call, { lookFor: 0, presses: 0, hz: 0 })
  return { channel, frame }
}

/** One call within the page: the age of every frame as it is shown, in ms. */
export const pairGlass = async (page: Page, ms: number): Promise<number[]> =>
  (await page.evaluate(call, { lookFor: ms, presses: 0, hz: 0 })).ages

/** One call within the page, in which the caller mutes and unmutes `presses` times. @param hz of the tone that the page's microphone gives */
export const pairMute = async (page: Page, presses: number, hz: number): Promise<Press[]> =>
  (await page.evaluate(call, { lookFor: 0, presses, hz })).mutes
