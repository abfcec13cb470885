// connector.ts — which screens are plugged into this machine? As the kernel tells it, without opening anything.
//
// kmssink must not be asked in vain: left alone it tries the names of all graphics drivers it knows on all cards there could be, and waits
// for each that is not there. So it is given the card that has the screen.
import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs'

export type Plugged = {
  /** Like `card0-HDMI-A-1`. */
  readonly name: string
  /** The device of its card, like `/dev/dri/card0`. */
  readonly card: string
  /** The kernel's number of this connector; null: it does not say. */
  readonly id: number | null
  /** The card's driver, like `vc4-drm`; empty: it does not say. */
  readonly driver: string
  /** Sizes the screen can show, the preferred one first, like `1920x1080`. */
  readonly modes: readonly string[]
}

/** The connectors of all graphics cards that have a screen. `root` is `/sys` but in tests. */
export function connectedScreens(root = '/sys'): readonly Plugged[] {
  const folder = `${root}/class/drm`
  // Listed, not matched by a glob: what is in there are links, and a glob does not look behind them.
  return listed(folder)
    .flatMap((name) => {
      const card = /^card\d+(?=-)/.exec(name)?.[0]
      if (!card || text(`${folder}/${name}/status`) !== 'connected') return []
      const id = text(`${folder}/${name}/connector_id`)
      return {
        name,
        card: `/dev/dri/${card}`,
        id: /^\d+$/.test(id) ? Number(id) : null,
        driver: /^DRIVER=(.*)$/m.exec(text(`${folder}/${card}/device/uevent`))?.[1] ?? '',
        modes: text(`${folder}/${name}/modes`).split('\n').filter(Boolean),
      }
    })
    .sort((a, b) => a.name.localeCompare(b.name))
}

/** An open card, for a sink to draw on; to be closed when that is done. Throws what open(2) says. */
export type Card = { readonly fd: number; readonly close: () => void }
export function openCard(path: string): Card {
  const fd = openSync(path, constants.O_RDWR)
  return { fd, close: () => closeSync(fd) }
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
