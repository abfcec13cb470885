// broker-pair.ts — the second peer of the setup bench: two pages of Chromium that call each other through the box's own
// broker, with the barest signalling that works. What it takes longer than the pair in one page is the way through the broker.
//
// Measured as a Parlor call is: at the newcomer, from the moment its presence leaves the page.
import type { Page } from 'playwright-core'
import type { Setup } from './pair.ts'

const ROLES = { resident: 'aaaaaaaaaaaaaaaaaaaaaaaaaa', newcomer: 'bbbbbbbbbbbbbbbbbbbbbbbbbb' } as const
const ROOM = 'cccccccccccccccccccccccccc'
type Part = { readonly me: string; readonly other: string; readonly room: string; readonly arrives: boolean }

/** Page side: one end. The resident resolves as soon as it listens, the newcomer when it has seen a picture. */
async function end({ me, other, room, arrives }: Part): Promise<Setup> {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
  const h264 = (RTCRtpReceiver.getCapabilities('video')?.codecs ?? []).filter((codec) => codec.mimeType === 'video/H264')
  const text = (s: string) => {
    const bytes = new TextEncoder().encode(s)
    return [bytes.length >> 8, bytes.length & 255, ...bytes]
  }
  const packet = (type: number, body: number[]) => {
    const length: number[] = []
    for (let left = body.length; ; ) {
      const byte = left % 128
      left = Math.floor(left / 128)
      length.push(left > 0 ? byte | 128 : byte)
      if (left === 0) break
    }
    return new Uint8Array([type, ...length, ...body])
  }
  const topic = (kind: 'peer' | 'to', who: string) => `parlor/1/room/${room}/${kind}/${who}`
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/mqtt`, 'mqtt')
  socket.binaryType = 'arraybuffer'
  const publish = (to: string, message: unknown) =>
    socket.send(packet(0x30, [...text(to), ...new TextEncoder().encode(JSON.stringify(message))]))
  const signal = (message: unknown) => publish(topic('to', other), message)

  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  const parlorEnd = () => {
    pc.close()
    socket.close()
    for (const track of media.getTracks()) track.stop()
  }
  Object.assign(window, { parlorEnd })
  const channel = pc.createDataChannel('link', { negotiated: true, id: 0 })
  const video = document.createElement('video')
  video.muted = true
  document.body.append(video)
  let start = 0
  const opened = new Promise<number>((done) => {
    channel.onopen = () => done(performance.now() - start)
  })
  const seen = new Promise<number>((done) => {
    video.requestVideoFrameCallback(() => done(performance.now() - start))
  })
  pc.ontrack = ({ transceiver, track }) => {
    if (transceiver.mid !== '1') return
    if ('jitterBufferTarget' in transceiver.receiver) transceiver.receiver.jitterBufferTarget = 0
    video.srcObject = new MediaStream([track])
    void video.play()
  }
  pc.onicecandidate = ({ candidate }) => void (candidate && signal({ candidate }))
  const send = () => {
    for (const [i, line] of pc.getTransceivers().entries()) {
      line.direction = 'sendrecv'
      if (i > 0) line.setCodecPreferences(h264)
      const track = i === 0 ? media.getAudioTracks()[0] : i === 1 ? media.getVideoTracks()[0] : null
      void line.sender.replaceTrack(track ?? null)
    }
  }
  const describe = async () => {
    await pc.setLocalDescription()
    signal({ description: pc.localDescription })
  }
  type Message = { hello?: true; description?: RTCSessionDescriptionInit; candidate?: RTCIceCandidateInit }
  const early: RTCIceCandidateInit[] = []
  const take = async ({ hello, description, candidate }: Message) => {
    if (hello) {
      for (const kind of ['audio', 'video', 'video']) pc.addTransceiver(kind)
      send()
      await describe()
    }
    if (description) {
      await pc.setRemoteDescription(description)
      for (const one of early.splice(0)) await pc.addIceCandidate(one)
      if (description.type === 'offer') {
        send()
        await describe()
      }
    }
    if (candidate && pc.remoteDescription) await pc.addIceCandidate(candidate)
    else if (candidate) early.push(candidate)
  }
  const listening = new Promise<void>((done) => {
    let rest: number[] = []
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      rest.push(...new Uint8Array(data))
      for (;;) {
        let length = 0
        let i = 1
        for (let shift = 0; (rest[i] ?? 0) >= 128; shift += 7, i++) length += ((rest[i] ?? 0) & 127) * 2 ** shift
        length += (rest[i] ?? 0) * 128 ** (i - 1)
        if (rest.length < 2 || rest.length < i + 1 + length) return
        const [type = 0] = rest
        const body = rest.slice(i + 1, i + 1 + length)
        rest = rest.slice(i + 1 + length)
        if (type >> 4 === 2) {
          const topics = [topic('to', me), ...(arrives ? [] : [topic('peer', other)])]
          socket.send(packet(0x82, [0, 1, ...topics.flatMap((name) => [...text(name), 0])]))
        }
        if (type >> 4 === 9) done()
        if (type >> 4 === 3) {
          const payload = body.slice(2 + (body[0] ?? 0) * 256 + (body[1] ?? 0))
          void take(JSON.parse(new TextDecoder().decode(new Uint8Array(payload))) as Message)
        }
      }
    }
  })
  socket.onopen = () => socket.send(packet(0x10, [...text('MQTT'), 4, 2, 0, 30, ...text(`bench-${me.slice(0, 4)}-${Math.random()}`)]))
  await listening
  if (!arrives) return { channel: 0, frame: 0 }
  start = performance.now()
  publish(topic('peer', me), { hello: true })
  return { channel: await opened, frame: await seen }
}

/** One call between two pages of the box's origin; ms from the newcomer's presence. */
export async function brokerPairSetup(resident: Page, newcomer: Page): Promise<Setup> {
  const { resident: a, newcomer: b } = ROLES
  try {
    await resident.evaluate(end, { me: a, other: b, room: ROOM, arrives: false })
    return await newcomer.evaluate(end, { me: b, other: a, room: ROOM, arrives: true })
  } finally {
    for (const page of [resident, newcomer]) await page.evaluate(() => (window as unknown as { parlorEnd?: () => void }).parlorEnd?.())
  }
}
