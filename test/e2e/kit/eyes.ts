// eyes.ts — how a page looks at its own videos and listens to its own sounds: barcodes by requestVideoFrameCallback,
// tones by Goertzel's filter. Runs inside the page; refers to nothing outside itself but window.parlorBarcode.

/** One presented frame: `time` as burnt in (null: unreadable), when it was presented, and how old it was then; ms. */
export type Look = { readonly at: number; readonly time: number | null; readonly age: number | null }
export type Sight = {
  readonly frames: readonly Look[]
  readonly band: readonly [number, number, number]
  readonly size: readonly [number, number]
}
/** One listening window: when it ended, and the level of each asked frequency in dBFS (0: a full-scale sine). */
export type Hearing = { readonly at: number; readonly db: Readonly<Record<number, number>> }

export type Eyes = ReturnType<typeof eyes>

/** Page side; its text is given to the page by browser.ts. */
export function eyes() {
  const kit = (window as unknown as { parlorBarcode: import('./barcode.ts').BarcodeKit }).parlorBarcode

  function find<T extends Element>(selector: string, type: new () => T): T {
    const found = document.querySelector(selector)
    if (!(found instanceof type)) throw new Error(`the page has no ${selector}`)
    return found
  }

  /** Looks at a video for a while (ms), or until a frame younger than `until` (Date.now()) is seen. */
  function look(selector: string, ms: number, until: number | null = null): Promise<Sight> {
    const video = find(selector, HTMLVideoElement)
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d', { alpha: false, willReadFrequently: true })
    if (!pen) throw new Error('this browser has no canvas')
    const frames: Look[] = []
    let band: [number, number, number] = [0, 0, 0]
    return new Promise((done) => {
      let over = false
      const finish = () => {
        if (over) return
        over = true
        clearTimeout(timer)
        done({ frames, band, size: [video.videoWidth, video.videoHeight] })
      }
      const timer = setTimeout(finish, ms)
      const frame = () => {
        if (over) return
        const at = Date.now()
        const w = video.videoWidth
        canvas.width = w
        const h = Math.ceil(video.videoHeight * 0.75)
        canvas.height = h
        pen.drawImage(video, 0, 0)
        const { data } = pen.getImageData(0, 0, w, h)
        const point = (x: number, y: number) => (Math.floor(y * video.videoHeight) * w + Math.floor(x * w)) * 4
        const time = kit.read((x, y) => data[point(x, y) + 1] ?? 0)
        const middle = point(0.5, (kit.place.bandTop + kit.place.bandBottom) / 2)
        band = [data[middle] ?? 0, data[middle + 1] ?? 0, data[middle + 2] ?? 0]
        frames.push({ at, time, age: time === null ? null : kit.age(time, at) })
        if (until !== null && time !== null && kit.age(until, time) < 2 ** 31) finish()
        else video.requestVideoFrameCallback(frame)
      }
      video.requestVideoFrameCallback(frame)
    })
  }

  let context: AudioContext | null = null
  /** Listens to what an <audio> or <video> plays, in windows of `every` ms, for the levels of some frequencies. */
  async function hear(selector: string, ms: number, every: number, frequencies: readonly number[]): Promise<Hearing[]> {
    const element = find(selector, HTMLMediaElement)
    if (!(element.srcObject instanceof MediaStream)) throw new Error(`${selector} plays nothing`)
    context ??= new AudioContext({ sampleRate: 48_000 })
    await context.resume()
    const source = context.createMediaStreamSource(element.srcObject)
    const ear = context.createAnalyser()
    ear.fftSize = Math.min(32_768, 2 ** Math.floor(Math.log2((every * 48_000) / 1000)))
    source.connect(ear)
    const samples = new Float32Array(ear.fftSize)
    const heard: Hearing[] = []
    const end = Date.now() + ms
    while (Date.now() < end) {
      await new Promise((go) => setTimeout(go, every))
      ear.getFloatTimeDomainData(samples)
      heard.push({ at: Date.now(), db: Object.fromEntries(frequencies.map((hz) => [hz, level(samples, 48_000, hz)])) })
    }
    source.disconnect()
    return heard
  }

  /** Goertzel's filter over a Hann window (Goertzel 1958): the level of one frequency, in dBFS. */
  function level(samples: Float32Array, rate: number, hz: number): number {
    const turn = 2 * Math.cos((2 * Math.PI * hz) / rate)
    let last = 0
    let before = 0
    samples.forEach((sample, i) => {
      const next = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length)) + turn * last - before
      before = last
      last = next
    })
    const power = last * last + before * before - turn * last * before
    return 10 * Math.log10(Math.max(power, 1e-12) / (samples.length / 4) ** 2)
  }

  return { look, hear, level }
}
