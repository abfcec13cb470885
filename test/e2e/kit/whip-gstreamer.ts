// whip-gstreamer.ts — GStreamer's WebRTC as a publisher, in a process of its own (whip-gstreamer.py).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'

/** Debian's own Python: another one on the way would not know its libraries. */
const PYTHON = '/usr/bin/python3'
const NEEDS =
  "import gi; [gi.require_version(name, '1.0') for name in ('Gst', 'GstSdp', 'GstWebRTC')]; from gi.repository import Gst; Gst.init(None); exit(0 if all(map(Gst.ElementFactory.find, ('webrtcbin', 'nicesink', 'dtlsenc', 'srtpenc'))) else 1)"

/** Why there is no such publisher here; null: there is one. */
export function whyNoGstreamer(): string | null {
  try {
    execFileSync(PYTHON, ['-c', NEEDS], { stdio: 'ignore' })
    return null
  } catch {
    return 'no webrtcbin for Python; scripts/setup --test installs it'
  }
}

export type Said = {
  readonly answered?: number
  readonly location?: string
  readonly sentence?: string
  readonly state?: string
  readonly failed?: string
}

export class GstreamerPublisher implements AsyncDisposable {
  readonly said: Said[] = []
  readonly #child: ChildProcess
  #errors = ''

  constructor(endpoint: string, token: string, hz: number) {
    this.#child = spawn(PYTHON, [join(import.meta.dirname, 'whip-gstreamer.py'), endpoint, token, String(hz)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let rest = ''
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      this.said.push(...lines.map((line) => JSON.parse(line) as Said))
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text))
  }

  /** The last state of its connection. */
  get state(): string | null {
    return this.said.findLast(({ state }) => state !== undefined)?.state ?? null
  }
  /** For the message of a failed test. */
  get tale(): string {
    return `${JSON.stringify(this.said)} ${this.#errors.slice(-1000)}`
  }

  /** Ends its session in good order; killed after 5 s. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((done) => this.#child.once('exit', done))
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(late)
  }
}
