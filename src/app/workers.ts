// workers.ts — the modules that run as processes of their own because they hold devices, and where they are forked: here, or in
// the media service when PARLOR_MEDIA_SOCKET says where that listens (media-host.ts).
import type { Log } from '../lib/log.ts'
import { fork } from '../system/process.ts'
import { remoteFork } from '../system/remote-fork.ts'

export const WORKERS = {
  camera: new URL('../media/capture/main.ts', import.meta.url),
  screen: new URL('../media/screen/child.ts', import.meta.url),
  sound: new URL('../media/sound/child.ts', import.meta.url),
  replay: new URL('../media/replay/child.ts', import.meta.url),
} as const

export function forkFor(env: Readonly<Record<string, string | undefined>>, log: Log): typeof fork {
  const path = env.PARLOR_MEDIA_SOCKET
  if (!path) return fork
  return remoteFork({ path, modules: WORKERS, onAway: (why) => log.warn('the media service does not answer; it is tried again', { why }) })
}
