// agent.ts — the test's end of the serial line to rig/agent.c: commands and files inside the virtual Pi. The frames are described there.
import type { Duplex } from 'node:stream'

export type Result = {
  /** Exit status 0. */
  readonly ok: boolean
  /** Exit status; 128 + the signal's number when one killed it. */
  readonly code: number
  readonly out: string
  readonly err: string
}

type Waiting = {
  readonly said: (kind: 'o' | 'e', bytes: Buffer) => void
  readonly over: (result: number) => void
  readonly lost: (error: Error) => void
}

const MAGIC = Buffer.from('RIG1')
const HEAD = 13

/** A command that runs on inside the guest. */
export class Running implements AsyncDisposable {
  /** What it said so far. */
  out = ''
  err = ''
  /** Its exit status, once it has ended. */
  readonly ended: Promise<Result>
  readonly #send: (kind: string, payload: Buffer) => void
  #code: number | null = null
  #look: () => void = () => {}

  constructor(ended: Promise<number>, send: (kind: string, payload: Buffer) => void) {
    this.#send = send
    this.ended = ended.then((code) => {
      this.#code = code
      this.#look()
      return { ok: code === 0, code, out: this.out, err: this.err }
    })
    this.ended.catch(() => this.#look())
  }

  hear(kind: 'o' | 'e', text: string): void {
    if (kind === 'o') this.out += text
    else this.err += text
    this.#look()
  }

  write(text: string): void {
    this.#send('i', Buffer.from(text))
  }

  /** Waits until it said something that fits, on stdout or stderr. @throws when it ends first, or after `patience` ms */
  async says(what: RegExp, patience = 60_000): Promise<RegExpExecArray> {
    const end = Date.now() + patience
    for (;;) {
      const found = what.exec(this.out) ?? what.exec(this.err)
      if (found) return found
      const story = () => `\n${this.out.slice(-2000)}\n${this.err.slice(-2000)}`
      if (this.#code !== null) throw new Error(`it ended (${this.#code}) without saying ${what}:${story()}`)
      const left = end - Date.now()
      if (left <= 0) throw new Error(`it did not say ${what} within ${patience} ms:${story()}`)
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left)
        this.#look = () => {
          clearTimeout(timer)
          done()
        }
      })
    }
  }

  /** Sends a signal (default 15) to it and all that it started, and waits until it has ended. */
  stop(signal = 15): Promise<Result> {
    this.#send('k', Buffer.from([signal]))
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#code === null) await this.stop(9)
  }
}

export class Agent {
  readonly #line: Duplex
  readonly #waiting = new Map<number, Waiting>()
  #next = 1
  #rest: Buffer = Buffer.alloc(0)
  #hello: (seconds: number) => void = () => {}
  #lost: Error | null = null

  constructor(line: Duplex) {
    this.#line = line
    line.on('data', (bytes: Buffer) => this.#take(bytes))
    line.on('error', () => {}) // 'close' follows
    line.once('close', () => this.#lose(new Error('the virtual Pi has gone')))
  }

  /** Waits until the agent says (once more) that it is there: after a boot. Gives the seconds since boot, by the guest's clock. */
  hello(): Promise<number> {
    return new Promise((done, fail) => {
      if (this.#lost) return fail(this.#lost)
      const id = this.#next++
      this.#waiting.set(id, { said() {}, over() {}, lost: fail })
      this.#hello = (seconds) => {
        this.#waiting.delete(id)
        done(seconds)
      }
    })
  }

  start(command: string): Running {
    const { id, ended } = this.#begin('r', Buffer.from(command), (kind, bytes) =>
      running.hear(kind, decoder[kind].decode(bytes, { stream: true })),
    )
    const decoder = { o: new TextDecoder(), e: new TextDecoder() }
    const running = new Running(ended, (kind, payload) => this.#send(kind, id, payload))
    return running
  }

  /** Runs a command to its end, with nothing to read. @param patience ms; then it is killed and this rejects */
  async run(command: string, patience = 60_000): Promise<Result> {
    const running = this.start(command)
    running.write('')
    const timer = setTimeout(() => void running.stop(9).catch(() => {}), patience)
    const late = Date.now() + patience
    const result = await running.ended.finally(() => clearTimeout(timer))
    if (result.code === 137 && Date.now() >= late)
      throw new Error(`after ${patience} ms still running: ${command}\n${result.out}\n${result.err}`)
    return result
  }

  /** The bytes of a file. @throws when it cannot be read */
  async read(path: string): Promise<Buffer> {
    const parts: Buffer[] = []
    const { ended } = this.#begin('g', Buffer.from(path), (_, bytes) => parts.push(Buffer.from(bytes)))
    const result = await ended
    if (result !== 0) throw new Error(`cannot read ${path} (error ${-result})`)
    return Buffer.concat(parts)
  }

  /** Writes a file whole; its folder must be there. @throws when it cannot be written */
  async write(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    const head = Buffer.alloc(6)
    head.writeUInt32LE(mode)
    head.writeUInt16LE(Buffer.byteLength(path), 4)
    const result = await this.#begin('p', Buffer.concat([head, Buffer.from(path), Buffer.from(content)]), () => {}).ended
    if (result !== 0) throw new Error(`cannot write ${path} (error ${-result})`)
  }

  #begin(kind: string, payload: Buffer, said: Waiting['said']): { id: number; ended: Promise<number> } {
    const id = this.#next++
    const ended = new Promise<number>((over, lost) => {
      if (this.#lost) return lost(this.#lost)
      this.#waiting.set(id, { said, over, lost })
      this.#send(kind, id, payload)
    })
    return { id, ended }
  }

  #send(kind: string, id: number, payload: Buffer): void {
    if (this.#lost) return
    const head = Buffer.alloc(HEAD)
    MAGIC.copy(head)
    head.writeUInt32LE(payload.length, 4)
    head.writeUInt32LE(id, 8)
    head.write(kind, 12, 'latin1')
    this.#line.write(Buffer.concat([head, payload]))
  }

  #take(bytes: Buffer): void {
    let all = Buffer.concat([this.#rest, bytes])
    for (;;) {
      const at = all.indexOf(MAGIC)
      if (at < 0) break
      all = all.subarray(at)
      if (all.length < HEAD) break
      const length = all.readUInt32LE(4)
      if (all.length < HEAD + length) break
      this.#hear(String.fromCharCode(all[12] ?? 0), all.readUInt32LE(8), all.subarray(HEAD, HEAD + length))
      all = all.subarray(HEAD + length)
    }
    this.#rest = all
  }

  #hear(kind: string, id: number, payload: Buffer): void {
    if (kind === 'h') {
      // Another boot, or another agent: nobody there remembers what was asked before.
      const hello = this.#hello
      this.#hello = () => {}
      hello(Number(payload))
      this.#forget(new Error('the virtual Pi has booted again'))
    }
    const waiting = this.#waiting.get(id)
    if (kind === 'o' || kind === 'e') waiting?.said(kind, payload)
    if (kind === 'x') {
      this.#waiting.delete(id)
      waiting?.over(payload.readInt32LE(0))
    }
  }

  #lose(error: Error): void {
    this.#lost = error
    this.#forget(error)
  }

  #forget(error: Error): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const one of all) one.lost(error)
  }
}
