// page.ts — what runs in Chromium: the page's own transports, by number, for a test that holds the other end. Bundled by chromium.ts.
import { type Candidate, LINES } from '../../src/call/transport.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { openRtc, type RtcTransport } from '../../src/web/pages/kit/rtc.ts'

type Own = { readonly rtc: RtcTransport; readonly messages: string[]; opened: number; readonly candidates: Candidate[] }
/** A Refusal does not survive the way out of a page by itself. */
export type Said<T> = { readonly value: T } | { readonly refused: string }

const { signal } = new AbortController()
const all: Own[] = []
const own = (id: number): Own => {
  const found = all[id]
  if (!found) throw new Error(`there is no transport ${id}`)
  return found
}
async function said<T>(promise: Promise<T>): Promise<Said<T>> {
  try {
    return { value: await promise }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message }
    throw error
  }
}

/** Moving and full of detail, so that an encoder is never done with it. */
function busyPicture(width: number, height: number): MediaStreamTrack {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const pen = canvas.getContext('2d')
  const speckles = pen?.createImageData(width, height)
  const paint = () => {
    if (!pen || !speckles) return
    const words = new Uint32Array(speckles.data.buffer)
    for (let i = 0; i < words.length; i++) words[i] = 0xff000000 | (Math.random() * 0xffffff)
    pen.putImageData(speckles, 0, 0)
  }
  setInterval(paint, 40)
  paint()
  const [track] = canvas.captureStream(25).getVideoTracks()
  if (!track) throw new Error('the canvas gives no picture')
  return track
}

function tone(): MediaStreamTrack {
  const sound = new AudioContext()
  const out = sound.createMediaStreamDestination()
  const source = new OscillatorNode(sound, { frequency: 440 })
  source.connect(out)
  source.start()
  const [track] = out.stream.getAudioTracks()
  if (!track) throw new Error('no tone')
  return track
}

async function figures(id: number, type: string, name: string): Promise<number> {
  let all = 0
  for (const stat of (await own(id).rtc.stats()).values()) if (stat.type === type) all += Number(stat[name] ?? 0)
  return all
}

export const ends = {
  open(): number {
    const rtc = openRtc({ iceServers: [] })
    const end: Own = { rtc, messages: [], opened: 0, candidates: [] }
    rtc.on('open', () => void end.opened++)
    rtc.on('message', (text) => void end.messages.push(text))
    rtc.on('candidate', (candidate) => void end.candidates.push(candidate))
    return all.push(end) - 1
  },
  offer: (id: number, options: { iceRestart: boolean }) => said(own(id).rtc.offer(options, signal)),
  answer: (id: number, offer: string) => said(own(id).rtc.answer(offer, signal)),
  accept: (id: number, answer: string) => said(own(id).rtc.accept(answer, signal)),
  addCandidate: (id: number, candidate: Candidate) => own(id).rtc.addCandidate(candidate),
  fingerprints: (id: number) => own(id).rtc.fingerprints(),
  send: (id: number, text: string) => own(id).rtc.send(text),
  release: (id: number) => own(id).rtc.release(),
  close: (id: number) => own(id).rtc.close(),
  opened: (id: number) => own(id).opened,
  messages: (id: number) => own(id).messages,
  candidates: (id: number) => own(id).candidates.splice(0),
  odd: (id: number) => Object.values(own(id).rtc.odd.counts()).reduce((sum, count) => sum + count, 0),
  play(id: number, width = 320, height = 180) {
    own(id).rtc.setTrack('audio', tone())
    own(id).rtc.setTrack('camera', busyPicture(width, height))
    own(id).rtc.setTrack('screen', busyPicture(width, height))
  },
  /** Packets that came, for those whose track somebody could have. */
  heard: (id: number) => (LINES.every((line) => own(id).rtc.track(line)) ? figures(id, 'inbound-rtp', 'packetsReceived') : 0),
  figures,
}
export type PageEnds = typeof ends
Object.assign(window, { parlorEnds: ends })
