// receivers.ts — what a broadcast is pushed to in tests: nginx with its RTMP module, and ffmpeg that waits for SRT; and what came out of them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MODULE = ['/usr/lib/nginx/modules/ngx_rtmp_module.so', '/usr/share/nginx/modules/ngx_rtmp_module.so'].find(existsSync)
/** scripts/setup --test brings all of it. */
export const lacks: string | null = !MODULE
  ? 'nginx with libnginx-mod-rtmp'
  : !execFileSync('ffmpeg', ['-v', 'error', '-protocols']).toString().includes('srt')
    ? 'an ffmpeg that speaks SRT'
    : null

export async function freePort(kind: 'tcp' | 'udp'): Promise<number> {
  if (kind === 'udp') {
    const socket = createSocket('udp4')
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
    const { port } = socket.address()
    await new Promise<void>((done) => socket.close(done))
    return port
  }
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const running = new Set<ChildProcess>()
/** Ends all of them. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

function start(
  command: string,
  args: readonly string[],
): { child: ChildProcess; out: () => Buffer; said: () => string; over: Promise<void> } {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const [out, said]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes))
  const over = new Promise<void>((done) =>
    child.once('exit', () => {
      running.delete(child)
      done()
    }),
  )
  return { child, out: () => Buffer.concat(out), said: () => Buffer.concat(said).toString(), over }
}

/** nginx that takes anything at rtmp://127.0.0.1:PORT/live/. One process, so that a signal reaches all of it. */
export function nginx(port: number): { kill(): Promise<void>; log: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-nginx-'))
  const config = join(folder, 'nginx.conf')
  writeFileSync(
    config,
    `load_module ${MODULE};
user root; daemon off; master_process off; pid ${folder}/pid; error_log stderr info;
events {}
rtmp { server { listen 127.0.0.1:${port}; chunk_size 4096; application live { live on; access_log off; } } }
`,
  )
  const { child, over, said } = start('nginx', ['-p', folder, '-c', config])
  return {
    log: said,
    kill: async () => {
      child.kill('SIGKILL')
      await over
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Took = { readonly pictures: number; readonly colours: readonly number[]; readonly loudness: number; readonly said: string }
const SIZE = 8

/** ffmpeg takes and decodes some seconds of what it finds there: mean luma of each picture, and how loud the sound is. */
export function take(url: string, seconds: number): { result: Promise<Took>; kill(): Promise<void> } {
  const length = ['-t', String(seconds)]
  const args = [
    '-v',
    'warning',
    '-i',
    url,
    '-map',
    '0:v',
    ...length,
    '-vf',
    `scale=${SIZE}:${SIZE}`,
    '-pix_fmt',
    'gray',
    '-f',
    'rawvideo',
    '-',
  ]
  const { child, out, said, over } = start('ffmpeg', [
    ...args,
    '-map',
    '0:a',
    ...length,
    '-af',
    'volumedetect',
    '-f',
    'null',
    '/dev/null',
    '-stats',
    '-loglevel',
    'info',
  ])
  const result = over.then(() => {
    const raw = out()
    const pictures = Math.floor(raw.length / SIZE ** 2)
    const colours = Array.from({ length: pictures }, (_, i) => {
      const one = raw.subarray(i * SIZE ** 2, (i + 1) * SIZE ** 2)
      return Math.round(one.reduce((sum, value) => sum + value, 0) / one.length)
    })
    const loudness = Number(/mean_volume: (-?[\d.]+) dB/.exec(said())?.[1] ?? Number.NEGATIVE_INFINITY)
    return { pictures, colours, loudness, said: said() }
  })
  return {
    result,
    kill: async () => {
      child.kill('SIGKILL')
      await over
    },
  }
}
