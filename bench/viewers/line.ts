// line.ts — one connection to a web server, HTTP/1.1 kept open, one request at a time. Small and quick: two hundred viewers live on the machine that they load.
import { connect, type Socket } from 'node:net'

export type Got = { readonly status: number; readonly body: Buffer; readonly ms: number }
type Waiting = { readonly begun: number; readonly done: (got: Got) => void; readonly fail: (error: Error) => void }

const END = Buffer.from('\r\n\r\n')

export class Line {
  readonly #host: string
  readonly #port: number
  #socket: Socket
  #pieces: Buffer[] = []
  #length = 0
  /** Bytes of the whole answer; null: its head is not here yet. */
  #due: { readonly status: number; readonly head: number; readonly all: number; readonly isLast: boolean } | null = null
  #waiting: Waiting | null = null
  #isOpen = true

  constructor(port: number) {
    this.#port = port
    this.#host = `localhost:${port}`
    this.#socket = this.#connect()
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', () => {})
    socket.on('close', () => {
      if (socket !== this.#socket) return
      this.#isOpen = false
      this.#waiting?.fail(new Error('the connection was closed'))
      this.#waiting = null
    })
    return socket
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Asks for a path. Rejects when the connection ends first. */
  get(path: string): Promise<Got> {
    return new Promise((done, fail) => {
      if (!this.#isOpen || this.#waiting) {
        fail(new Error(this.#isOpen ? 'a request is under way' : 'the connection was closed'))
        return
      }
      this.#waiting = { begun: performance.now(), done, fail }
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`)
    })
  }

  close(): void {
    this.#isOpen = false
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#length += bytes.length
    if (!this.#due) {
      const all = Buffer.concat(this.#pieces)
      const end = all.indexOf(END)
      if (end < 0) return
      const head = all.toString('latin1', 0, end)
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? []
      const [, length] = /^content-length: (\d+)$/im.exec(head) ?? []
      this.#pieces = [all]
      this.#due = {
        status: Number(status),
        head: end + END.length,
        all: end + END.length + Number(length ?? 0),
        isLast: /^connection: close$/im.test(head),
      }
    }
    const { status, head, all, isLast } = this.#due
    if (this.#length < all) return
    const body = Buffer.concat(this.#pieces).subarray(head, all)
    this.#pieces = []
    this.#length = 0
    this.#due = null
    const waiting = this.#waiting
    this.#waiting = null
    // A server ends a connection after so many requests, and says so: on to the next one.
    if (isLast && this.#isOpen) {
      const old = this.#socket
      this.#socket = this.#connect()
      old.destroy()
    }
    waiting?.done({ status, body, ms: performance.now() - waiting.begun })
  }
}
