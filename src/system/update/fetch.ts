// fetch.ts — reads from an address of updates: a short list into memory, a bundle onto the disk. Goes on where it was cut off.
//
// Every step is bounded: how long until an answer, how long without a byte, how much in all, and how much room must be left on the disk.
// Each address that one is sent on to is looked at like the first.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, stat, statfs } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Fault, Refusal } from '../../lib/fault.ts'
import { faultOf, giveName, remove } from '../disk.ts'
import { addressOf } from './address.ts'
import type { Offer } from './list.ts'

const PATIENCE_MS = 30_000
const MOST_SENT_ON = 5
/** Left free beside the bundle: recordings and state go on being written. */
const SPARE = 64 * 1024 ** 2

/** A text of at most so many characters. @throws Fault 'updates-away', Refusal 'update-unreadable' when it is longer */
export async function readSmall(from: URL, longest: number, signal: AbortSignal): Promise<string> {
  if (from.protocol === 'file:') {
    const path = fileURLToPath(from)
    const size = await stat(path).then(
      (about) => (about.isFile() ? about.size : null),
      () => null,
    )
    if (size === null) throw new Fault('updates-away', `there is no list of updates at ${path}`)
    if (size > longest) throw tooLong()
    return readFile(path, 'utf8')
  }
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of bodyOf(await ask(from, {}, signal), signal)) {
    size += piece.length
    if (size > longest) throw tooLong()
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
const tooLong = () => new Refusal('update-unreadable', 'what is at the address of updates is too long for a list')

type Take = {
  /** Where the whole file is to be. What has come of it so far is beside it, as PATH.part. */
  readonly path: string
  /** Of 100, at each change. */
  readonly onProgress: (percent: number) => void
}

/**
 * Brings a bundle onto the disk, and looks whether it is the one that the list means. What is there already is not fetched again.
 * @throws Fault 'updates-away', 'disk-full', 'disk-fault'; Refusal 'update-damaged' when something else came (it is thrown away)
 */
export async function fetchBundle({ url, sha256, size }: Offer, { path, onProgress }: Take, signal: AbortSignal): Promise<void> {
  if ((await sizeOf(path)) === size && (await hashOf(path, signal)) === sha256) return
  const part = `${path}.part`
  const have = await sizeOf(part)
  if (have > size) await remove(part)
  await room(path, size - Math.min(have, size))
  const file = await open(part, 'a+', 0o644).catch((error: unknown) => {
    throw faultOf(error, `cannot write ${part}`)
  })
  try {
    await take(file, addressOf(url), size, onProgress, signal)
    await file.sync()
  } finally {
    await file.close()
  }
  if ((await hashOf(part, signal)) !== sha256) {
    await remove(part)
    throw new Refusal('update-damaged', 'what came is not the update that the list names; it was thrown away')
  }
  await giveName(part, path)
}

async function take(file: FileHandle, from: URL, size: number, onProgress: (percent: number) => void, signal: AbortSignal): Promise<void> {
  let have = (await file.stat()).size
  let told = -1
  const tell = (): void => {
    const percent = Math.floor((100 * have) / size)
    if (percent !== told) onProgress(percent)
    told = percent
  }
  if (have === size) return
  const answer = from.protocol === 'file:' ? null : await ask(from, have > 0 ? { range: `bytes=${have}-` } : {}, signal)
  // Who does not give pieces gives it from the beginning.
  if (answer && answer.status !== 206 && have > 0) {
    await file.truncate(0)
    have = 0
  }
  for await (const piece of answer ? bodyOf(answer, signal) : createReadStream(fileURLToPath(from), { start: have, signal })) {
    if (have + piece.length > size) throw new Refusal('update-damaged', 'more came than the update holds')
    await file.appendFile(piece).catch((error: unknown) => {
      throw faultOf(error, 'the update cannot be kept')
    })
    have += piece.length
    tell()
  }
  if (have < size) throw new Fault('updates-away', 'the update broke off; it goes on where it was')
}

async function ask(from: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let at = from
  for (let sent = 0; sent <= MOST_SENT_ON; sent++) {
    const answer = await answerOf(at, headers, signal)
    const to = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null
    if (to === null) {
      if (answer.ok) return answer
      await answer.body?.cancel()
      throw new Fault('updates-away', `${at.host} has no such thing (${answer.status})`)
    }
    await answer.body?.cancel()
    at = addressOf(to, at)
  }
  throw new Fault('updates-away', `${from.host} sends from place to place`)
}

/** The beginning of an answer, soon; its body may take as long as it comes. */
async function answerOf(at: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  const late = new AbortController()
  const asked = fetch(at, {
    headers: { 'accept-encoding': 'identity', ...headers },
    redirect: 'manual',
    signal: AbortSignal.any([signal, late.signal]),
  })
  try {
    return await Promise.race([asked, aborted(AbortSignal.timeout(PATIENCE_MS))])
  } catch (cause) {
    late.abort()
    signal.throwIfAborted()
    throw new Fault('updates-away', `${at.host} does not answer`, { cause })
  }
}

/** The pieces of an answer, as long as they keep coming. */
async function* bodyOf(answer: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!answer.body) return
  const reader = answer.body.getReader()
  try {
    for (;;) {
      const late = AbortSignal.timeout(PATIENCE_MS)
      const { done, value } = await Promise.race([reader.read(), aborted(AbortSignal.any([signal, late]))])
      if (done) return
      yield value
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw new Fault('updates-away', 'the connection broke off; it goes on where it was', { cause })
  } finally {
    await reader.cancel().catch(() => {})
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, fail) => {
    if (signal.aborted) fail(signal.reason)
    signal.addEventListener('abort', () => fail(signal.reason), { once: true })
  })

async function room(path: string, wanted: number): Promise<void> {
  const about = await statfs(path.slice(0, path.lastIndexOf('/')) || '/').catch((error: unknown) => {
    throw faultOf(error, 'the update cannot be kept')
  })
  if (about.bavail * about.bsize < wanted + SPARE)
    throw new Fault('disk-full', `the update needs ${Math.ceil((wanted + SPARE) / 1024 ** 2)} MB on the disk; free some space`)
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { signal })) hash.update(piece)
  return hash.digest('hex')
}
