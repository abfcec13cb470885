// nginx.ts — the common peer: nginx-rtmp with HLS, pushed to by ffmpeg from the same camera that draws the time. Pictures only, which is easier
// for it; segments of one second, a fifth of what it makes when nobody says anything.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../../src/lib/scope.ts'
import { ROOT, temporaryFolder } from '../../test/e2e/kit/folder.ts'

const MODULE = ['/usr/lib/nginx/modules/ngx_rtmp_module.so', '/usr/share/nginx/modules/ngx_rtmp_module.so'].find(existsSync)
/** scripts/setup --bench brings it. */
export const hasNginx = MODULE !== undefined

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const configOf = (folder: string, web: number, rtmp: number): string => `
load_module ${MODULE};
user root; daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/errors warn;
events {}
rtmp { server { listen 127.0.0.1:${rtmp}; chunk_size 4096;
  application live { live on; hls on; hls_path ${folder}/hls; hls_fragment 1s; hls_playlist_length 8s; } } }
http { access_log off; types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; }
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${web}; root ${folder}; add_header Access-Control-Allow-Origin *; add_header Cache-Control no-cache; } }
`

export type Peer = { readonly playlist: string; end(): void }

/** A broadcast by nginx-rtmp that has a playlist already. @throws when it has none after 20 s */
export async function nginxLive(scope: Scope): Promise<Peer> {
  const folder = temporaryFolder('nginx')
  const [web, rtmp] = [await freePort(), await freePort()]
  const [config, film] = [join(folder, 'nginx.conf'), join(folder, 'film')]
  mkdirSync(join(folder, 'hls'))
  writeFileSync(config, configOf(folder, web, rtmp))
  execFileSync('mkfifo', [film])
  const started = [spawn('nginx', ['-p', folder, '-c', config], { stdio: ['ignore', 'ignore', 'ignore'] })]
  const end = () => {
    for (const child of started.splice(0).reverse()) child.kill('SIGTERM')
  }
  scope.defer(end)
  await sleep(500)
  const input = ['-fflags', 'nobuffer', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', '640x360', '-r', '30', '-i', film]
  const coder = ['-c:v', 'libx264', '-tune', 'zerolatency', '-preset', 'ultrafast', '-g', '30', '-b:v', '2500k', '-vf', 'scale=1280:720']
  const to = ['-f', 'flv', `rtmp://127.0.0.1:${rtmp}/live/film`]
  started.push(spawn('ffmpeg', ['-v', 'error', ...input, ...coder, ...to], { stdio: ['ignore', 'ignore', 'ignore'] }))
  const camera = [join(ROOT, 'test/e2e/kit/camera-child.ts'), film, '640', '360', '232,232,232']
  started.push(spawn(process.execPath, camera, { stdio: ['ignore', 'ignore', 'inherit'] }))
  const playlist = join(folder, 'hls/film.m3u8')
  for (let tries = 0; !existsSync(playlist); tries++) {
    if (tries > 200) throw new Error('nginx-rtmp has made no playlist within 20 s')
    await sleep(100)
  }
  return { playlist: `http://127.0.0.1:${web}/hls/film.m3u8`, end }
}
