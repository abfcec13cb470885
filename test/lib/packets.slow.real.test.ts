// No call, right or wrong, makes the addon for packets touch a byte that is not its own: AddressSanitizer and UBSan watch it.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const NATIVE = join(import.meta.dirname, '../../native/packets')
const HEADERS = join(dirname(process.execPath), '../include/node')

/** gcc gives back the bare name of what it has not got. */
const where = async (library: string) => (await run('gcc', [`-print-file-name=${library}`])).stdout.trim()

test('two hundred thousand calls under AddressSanitizer', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-packets-'))
  try {
    const asan = await where('libasan.so')
    expect(isAbsolute(asan), 'gcc has no AddressSanitizer here').toBe(true)
    const addon = join(folder, 'packets.node')
    const flags = ['-std=c11', '-g', '-O1', '-Wall', '-Wextra', '-Werror', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
    const sources = ['packets.c', 'suite.c', 'door.c'].map((file) => join(NATIVE, file))
    await run('gcc', [...flags, '-fPIC', '-shared', '-DNAPI_VERSION=8', '-I', HEADERS, '-o', addon, ...sources])
    const env = { ...process.env, LD_PRELOAD: asan, ASAN_OPTIONS: 'detect_leaks=0' }
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'packets-fuzz.ts'), addon, '1000'], { env })
    const { refused, heard } = JSON.parse(stdout) as { refused: number; heard: number }
    expect(refused).toBeGreaterThan(10_000)
    expect(heard).toBeGreaterThan(100)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
