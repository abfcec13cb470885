// connector.ts — is a screen plugged into this machine? As the kernel tells it, without opening anything.
//
// kmssink must not be asked in vain: on a machine without a graphics device its opening blocks for seconds.
import { globSync, readFileSync } from 'node:fs'

/** The connectors of all graphics cards that have a screen, like `card0-HDMI-A-1`. `root` is `/sys` but in tests. */
export function connectedScreens(root = '/sys'): readonly string[] {
  return globSync('class/drm/card*-*/status', { cwd: root })
    .filter((file) => statusOf(`${root}/${file}`) === 'connected')
    .map((file) => file.split('/').at(-2) ?? file)
    .sort()
}

function statusOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return 'gone'
  }
}
