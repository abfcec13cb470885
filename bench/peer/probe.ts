// probe.ts — takes the times of a Parlor call from outside the page's own code: when it makes itself known, when its first
// channel opens, when the first picture of somebody else is shown.
//
// The clock starts at the earliest sign of dialling: our presence leaves the page (the other side may dial from then on), a
// signal arrives. (A connection may have been made before, to be ready.) So the broker's hop, the seal, the signature and the confirmation are all inside.
import type { Page } from 'playwright-core'

export type Times = { start: number; channel: number; frame: number }

/** Page side, before any script of the page. */
function probe(): void {
  const times: Times = { start: 0, channel: 0, frame: 0 }
  const begin = () => {
    times.start ||= performance.now()
  }
  const remote = new WeakSet<MediaStreamTrack>()
  Object.assign(window, { parlorProbe: times })

  /** The topics of the PUBLISH packets in a stream of MQTT bytes (MQTT 3.1.1, section 3.3). */
  const reader = (onTopic: (topic: string) => void) => {
    let rest = new Uint8Array()
    return (bytes: Uint8Array) => {
      const all = new Uint8Array(rest.length + bytes.length)
      all.set(rest)
      all.set(bytes, rest.length)
      let at = 0
      for (;;) {
        let length = 0
        let i = at + 1
        for (let shift = 0; ; shift += 7, i++) {
          const byte = all[i]
          if (byte === undefined) {
            rest = all.slice(at)
            return
          }
          length += (byte & 127) * 2 ** shift
          if (byte < 128) break
        }
        const body = i + 1
        if (all.length < body + length) {
          rest = all.slice(at)
          return
        }
        if ((all[at] ?? 0) >> 4 === 3) {
          const size = (all[body] ?? 0) * 256 + (all[body + 1] ?? 0)
          onTopic(new TextDecoder().decode(all.subarray(body + 2, body + 2 + size)))
        }
        at = body + length
      }
    }
  }
  const bytesOf = (data: unknown): Uint8Array =>
    data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array()

  const RealSocket = window.WebSocket
  window.WebSocket = class extends RealSocket {
    readonly #sent = reader((topic) => topic.includes('/peer/') && begin())
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      const got = reader((topic) => topic.includes('/to/') && begin())
      this.addEventListener('message', ({ data }) => got(bytesOf(data)))
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      this.#sent(bytesOf(data))
      super.send(data)
    }
  }

  const RealConnection = window.RTCPeerConnection
  window.RTCPeerConnection = class extends RealConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      this.addEventListener('track', ({ track }) => remote.add(track))
    }
    override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, options)
      channel.addEventListener('open', () => {
        times.channel ||= performance.now()
      })
      return channel
    }
    override addTransceiver(of: MediaStreamTrack | string, options?: RTCRtpTransceiverInit): RTCRtpTransceiver {
      const transceiver = super.addTransceiver(of, options)
      remote.add(transceiver.receiver.track)
      return transceiver
    }
  }

  const real = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')
  const watched = new WeakSet<HTMLVideoElement>()
  const watch = (video: HTMLVideoElement) => {
    if (watched.has(video)) return
    watched.add(video)
    const frame = () => {
      const stream = video.srcObject
      const shown = stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined
      if (shown && remote.has(shown)) times.frame ||= performance.now()
      video.requestVideoFrameCallback(frame)
    }
    video.requestVideoFrameCallback(frame)
  }
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    configurable: true,
    get() {
      return real?.get?.call(this)
    },
    set(stream: MediaStream | null) {
      real?.set?.call(this, stream)
      if (this instanceof HTMLVideoElement) watch(this)
    },
  })
}

/** Puts the probe into every page that this one will open. */
export const addProbe = (page: Page): Promise<unknown> => page.addInitScript(probe)

/** Begins anew: what the page tried out before somebody went in does not count. Gives the page's clock, ms. */
export const resetProbe = (page: Page): Promise<number> =>
  page.evaluate(() => {
    Object.assign((window as unknown as { parlorProbe: Times }).parlorProbe, { start: 0, channel: 0, frame: 0 })
    return performance.now()
  })

/** Waits until all three moments are known. Times in ms of the page's clock. */
export async function readProbe(page: Page): Promise<Times> {
  const known = await page.waitForFunction(
    () => {
      const { parlorProbe: times } = window as unknown as { parlorProbe: Times }
      return times.start && times.channel && times.frame ? times : null
    },
    null,
    { timeout: 20_000, polling: 100 },
  )
  return (await known.jsonValue()) as Times
}
