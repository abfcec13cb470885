// fake-media.ts — what a page gets instead of a camera and a microphone: a canvas with the time barcode and a flat band of
// the person's own colour, and a tone of the person's own frequency. Runs inside the page, before any script of its own.

export type FakeMedia = {
  /** Of the band, as #rrggbb. */
  readonly colour: string
  /** Of the band of a shared screen. */
  readonly screenColour: string
  readonly hz: number
  /** Pictures a second: fewer where many people share a small machine. */
  readonly fps: number
  /** Of the picture, in pixels; its shape is 16:9. */
  readonly width: number
  /** False: asking for the camera (or microphone) fails as on a machine that has none. */
  readonly camera: boolean
  readonly microphone: boolean
}

/** Page side. Refers to nothing outside itself but window.parlorBarcode. */
export function fakeMedia(person: FakeMedia): void {
  const kit = (window as unknown as { parlorBarcode: import('./barcode.ts').BarcodeKit }).parlorBarcode
  const missing = () => new DOMException('Requested device not found', 'NotFoundError')

  function picture(colour: string, deviceId: string): MediaStreamTrack {
    const canvas = document.createElement('canvas')
    const [width, height] = [person.width, (person.width * 9) / 16]
    canvas.width = width
    canvas.height = height
    const pen = canvas.getContext('2d', { alpha: false, willReadFrequently: true })
    const track = canvas.captureStream(person.fps).getVideoTracks()[0]
    if (!pen || !track) throw new Error('this browser cannot capture a canvas')
    const { place } = kit
    const draw = () => {
      if (track.readyState === 'ended') return clearInterval(timer)
      pen.fillStyle = '#646464'
      pen.fillRect(0, 0, width, height)
      pen.fillStyle = colour
      pen.fillRect(0, place.bandTop * height, width, (place.bandBottom - place.bandTop) * height)
      pen.fillStyle = '#000'
      pen.fillRect(place.left * width, place.top * height, kit.BITS * place.bit * width, (place.bottom - place.top) * height)
      pen.fillStyle = '#fff'
      kit.bars(Date.now()).forEach((bit, i) => {
        if (bit)
          pen.fillRect((place.left + i * place.bit) * width, place.top * height, place.bit * width, (place.bottom - place.top) * height)
      })
    }
    const timer = setInterval(draw, 1000 / person.fps)
    draw()
    return named(track, deviceId)
  }

  let speakers: AudioContext | null = null
  function tone(): MediaStreamTrack {
    speakers ??= new AudioContext({ sampleRate: 48_000 })
    void speakers.resume()
    const out = speakers.createMediaStreamDestination()
    const wave = speakers.createOscillator()
    const gain = speakers.createGain()
    wave.frequency.value = person.hz
    gain.gain.value = 0.2
    wave.connect(gain).connect(out)
    wave.start()
    const track = out.stream.getAudioTracks()[0]
    if (!track) throw new Error('this browser cannot make a tone')
    return named(track, 'fake-microphone')
  }

  function named(track: MediaStreamTrack, deviceId: string): MediaStreamTrack {
    const settings = track.getSettings.bind(track)
    track.getSettings = () => ({ ...settings(), deviceId })
    return track
  }

  const device = (kind: MediaDeviceInfo['kind'], deviceId: string, label: string) => {
    const about = { kind, deviceId, label, groupId: 'fake' }
    return { ...about, toJSON: () => about } as MediaDeviceInfo
  }
  const devices = navigator.mediaDevices
  if (!devices) return
  devices.enumerateDevices = async () => [
    ...(person.camera ? [device('videoinput', 'fake-camera', 'Barcode camera')] : []),
    ...(person.microphone ? [device('audioinput', 'fake-microphone', 'Tone microphone')] : []),
  ]
  devices.getUserMedia = async (asked = {}) => {
    if ((asked.video && !person.camera) || (asked.audio && !person.microphone)) throw missing()
    return new MediaStream([...(asked.audio ? [tone()] : []), ...(asked.video ? [picture(person.colour, 'fake-camera')] : [])])
  }
  devices.getDisplayMedia = async () => new MediaStream([picture(person.screenColour, 'fake-screen')])
}
