// orders.ts — what the person at the machine may order through the control socket, and what each order answers.
import type { RoomSecret } from '../core/id.ts'
import { Intent } from '../core/intent.ts'
import { Refusal } from '../lib/fault.ts'
import { parseLink } from '../room/link.ts'
import type { Status } from './status.ts'

export type Links = {
  /** Opens a call, on this machine. */
  readonly here: string
  /** Opens a call, from others at home. */
  readonly atHome: readonly string[]
  /** The TV's picture, on this machine; and from elsewhere, with its key. */
  readonly tv: string
  readonly tvAtHome: readonly string[]
  /** Where people learn to trust this box, and the SHA-256 fingerprint of its authority to compare. */
  readonly trust: string
  readonly fingerprint: string
}

/** What the orders reach. */
export type Reach = {
  readonly own: RoomSecret
  readonly ask: (intent: Intent) => void
  readonly status: () => Status
  readonly links: () => Links
  /** JPEG, 1920x1080. */
  readonly jpeg: () => Promise<Uint8Array>
}
type Order = { readonly do: string; readonly [key: string]: unknown }

/**
 * Does an order; resolves to its answer (JSON).
 * @throws Refusal 'unknown-command', 'bad-request', 'bad-link'
 */
export async function obey(order: Order, reach: Reach): Promise<unknown> {
  const ask = (intent: unknown) => {
    const read = Intent.safeParse(intent)
    if (!read.success) throw new Refusal('bad-request', read.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '))
    reach.ask(read.data)
    return { ok: true }
  }
  switch (order.do) {
    case 'status':
      return reach.status()
    case 'link':
      return reach.links()
    case 'join':
      return ask({ want: 'join', room: order.link === undefined ? reach.own : parseLink(String(order.link)) })
    case 'leave':
      return ask({ want: 'leave' })
    case 'mute':
    case 'unmute':
      return ask({ want: 'mute', muted: order.do === 'mute' })
    case 'camera':
      return ask({ want: 'camera', on: order.on })
    case 'volume':
      return ask({ want: 'volume', percent: order.percent })
    case 'tv':
      return { jpeg: Buffer.from(await reach.jpeg()).toString('base64') }
    default:
      throw new Refusal('unknown-command', `there is no order "${order.do.slice(0, 40)}"`)
  }
}
