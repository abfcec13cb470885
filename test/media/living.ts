// living.ts — counts the GStreamer objects that live in a child of ours, by kind: GStreamer's own `leaks` tracer tells them when asked.
//
// Memory itself says little (allocators keep what they once had); an object that nobody gave back is there to be counted.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Living = Readonly<Record<string, number>>

const folder = mkdtempSync(join(tmpdir(), 'parlor-living-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
let children = 0

/** What a child needs in its environment to be asked, and the file that it will write to. One for each child. */
export function countable(): { readonly env: Record<string, string>; readonly file: string } {
  const file = join(folder, `child-${++children}.log`)
  return { env: { GST_TRACERS: 'leaks', GST_DEBUG: 'GST_TRACER:7', GST_LEAKS_TRACER_SIG: '1', GST_DEBUG_FILE: file }, file }
}

/**
 * Asks a child that was given `countable()`; resolves when it has told the same of its parts twice: a list has no end that could be
 * seen, a busy machine writes it in pieces, and what was dropped just now is collected a little later.
 */
export async function living(pid: number, file: string): Promise<Living> {
  let told = await list(pid, file)
  for (let i = 0; i < 20; i++) {
    const again = await list(pid, file)
    if (JSON.stringify(inOrder(partsOf(again))) === JSON.stringify(inOrder(partsOf(told)))) return again
    told = again
  }
  throw new Error('the child never told the same of its parts twice')
}

const inOrder = (kinds: Living) => Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1))

async function list(pid: number, file: string): Promise<Living> {
  const before = lines(file).length
  process.kill(pid, 'SIGUSR1')
  let told: string[] = []
  for (let last = -1; told.length === 0 || told.length !== last; ) {
    last = told.length
    await new Promise((done) => setTimeout(done, 700))
    told = lines(file).slice(before)
  }
  const kinds: Record<string, number> = {}
  for (const line of told) {
    const kind = /object-alive, type-name=\(string\)([^,]+),/.exec(line)?.[1]
    if (kind) kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}

const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n')

/** Parts of pipelines: they come and go only with a pipeline. Buffers, events, caps and samples are on their way at any moment. */
export const partsOf = (kinds: Living): Living => Object.fromEntries(Object.entries(kinds).filter(([kind]) => !ON_THEIR_WAY.includes(kind)))
const ON_THEIR_WAY = [
  'GstBuffer',
  'GstMemory',
  'GstEvent',
  'GstCaps',
  'GstSample',
  'GstMessage',
  'GstQuery',
  'GstBufferPool',
  'GstVideoBufferPool',
]
export const sumOf = (kinds: Living): number => Object.values(kinds).reduce((sum, n) => sum + n, 0)
