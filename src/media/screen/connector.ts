// connector.ts — is a screen plugged into this machine? As the kernel tells it, without opening anything.
//
// kmssink must not be asked in vain: on a machine without a graphics device its opening blocks for seconds.
import { readdirSync, readFileSync } from 'node:fs'

/** The connectors of all graphics cards that have a screen, like `card0-HDMI-A-1`. `root` is `/sys` but in tests. */
export function connectedScreens(root = '/sys'): readonly string[] {
  const folder = `${root}/class/drm`
  // Listed, not matched by a glob: what is in there are links, and a glob does not look behind them.
  return listed(folder)
    .filter((name) => /^card\d+-/.test(name) && statusOf(`${folder}/${name}/status`) === 'connected')
    .sort()
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function statusOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return 'gone'
  }
}
