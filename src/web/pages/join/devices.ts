// devices.ts — the browser's cameras, microphones and screens. It opens; whoever asked stops what it was given.
import { type DeviceTrouble, whyOf } from './words.ts'

export type Opened = {
  readonly camera: MediaStreamTrack | null
  readonly microphone: MediaStreamTrack | null
  readonly troubles: readonly DeviceTrouble[]
}
/** `true` is any device, text is the id of a chosen one, `false` is none. */
export type Wish = { readonly camera: boolean | string; readonly microphone: boolean | string }

const SCREEN_FRAMES = 15

const cameraOf = (wish: boolean | string): MediaTrackConstraints | false =>
  wish !== false && {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(typeof wish === 'string' ? { deviceId: { exact: wish } } : {}),
  }

/** The browser takes echo and noise out: it knows what its loudspeaker plays. */
const microphoneOf = (wish: boolean | string): MediaTrackConstraints | false =>
  wish !== false && {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: { ideal: 1 },
    ...(typeof wish === 'string' ? { deviceId: { exact: wish } } : {}),
  }

/** Opens what is wished for, with one question to the person where that is possible. Never rejects: troubles are part of the answer. */
export async function open(wish: Wish): Promise<Opened> {
  const wanted = (['camera', 'microphone'] as const).filter((device) => wish[device] !== false)
  if (wanted.length === 0) return { camera: null, microphone: null, troubles: [] }
  if (!navigator.mediaDevices)
    return { camera: null, microphone: null, troubles: wanted.map((device) => ({ device, why: 'insecure' as const })) }
  try {
    return { ...(await ask(wish)), troubles: [] }
  } catch (error) {
    const why = whyOf(error)
    if (wanted.length === 1) return { camera: null, microphone: null, troubles: wanted.map((device) => ({ device, why })) }
    // Together they failed: one of them may still be had. Whoever has just said no is not asked twice.
    if (why === 'refused' && !(await oneIsRefused()))
      return { camera: null, microphone: null, troubles: wanted.map((device) => ({ device, why })) }
  }
  const microphone = await open({ camera: false, microphone: wish.microphone })
  const camera = await open({ camera: wish.camera, microphone: false })
  return { camera: camera.camera, microphone: microphone.microphone, troubles: [...camera.troubles, ...microphone.troubles] }
}

async function ask(wish: Wish): Promise<Pick<Opened, 'camera' | 'microphone'>> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: cameraOf(wish.camera), audio: microphoneOf(wish.microphone) })
  return { camera: stream.getVideoTracks()[0] ?? null, microphone: stream.getAudioTracks()[0] ?? null }
}

/** Has the person shut out exactly one of the two for this page? False where the browser does not tell. */
async function oneIsRefused(): Promise<boolean> {
  try {
    const [camera, microphone] = await Promise.all([
      navigator.permissions.query({ name: 'camera' }),
      navigator.permissions.query({ name: 'microphone' }),
    ])
    return (camera.state === 'denied') !== (microphone.state === 'denied')
  } catch {
    return false
  }
}

export const canShare = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === 'function'

/** Asks which screen or window to share. Null when the person thought better of it. @throws what the browser throws */
export async function openScreen(): Promise<MediaStreamTrack | null> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: SCREEN_FRAMES } }, audio: false })
    return stream.getVideoTracks()[0] ?? null
  } catch (error) {
    if (whyOf(error) === 'refused') return null
    throw error
  }
}

export type Choice = { readonly id: string; readonly label: string }
export type Choices = { readonly camera: readonly Choice[]; readonly microphone: readonly Choice[]; readonly speaker: readonly Choice[] }
export const NO_CHOICES: Choices = { camera: [], microphone: [], speaker: [] }

/** What there is to choose from. Browsers hide ids and names until the person has allowed one device of the kind; those are left out. */
export async function choices(): Promise<Choices> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  const of = (kind: MediaDeviceKind, word: string): Choice[] =>
    all
      .filter((d) => d.kind === kind && d.deviceId !== '')
      .map((d, at) => ({ id: d.deviceId, label: d.label.replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/, '') || `${word} ${at + 1}` }))
  return { camera: of('videoinput', 'Camera'), microphone: of('audioinput', 'Microphone'), speaker: of('audiooutput', 'Loudspeaker') }
}
