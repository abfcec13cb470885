// step.ts — how a new box comes into a network and gets its first phone: from what is, the one next step, and what the TV says. Pure.
//
//   no network ──a moment──▶ own access point, ten minutes ──a phone comes──▶ its page ──a network is chosen──▶ tried ──▶ joined ──▶ pairing
//        ▲                        │ time is over: a key shows it again           ▲                              │
//        └────────────────────────┘                                             └── the point again, and why ──┘
//
// A box whose cable works, or whose Wi-Fi came with the card, begins at pairing. Nothing here opens a camera or a microphone, and nothing
// holds the box up: a call goes before it, BACK puts it away, and the menu brings it back. A box that has a phone starts nothing by itself.
import { type Ms, seconds } from '../../lib/unit.ts'
import type { SetupScene } from '../../media/scene.ts'
import type { Applied } from '../../system/imager/apply.ts'
import type { Point, WhyNot } from '../../system/network/words.ts'

/** A cable's address, or a kept Wi-Fi, may take so long after a start. */
export const GRACE = seconds(20)
/** A Wi-Fi that came with the card may be slow to join; then it is probably wrong. */
export const GRACE_KEPT = seconds(60)
export const POINT_FOR = seconds(600)
/** How long it is said that a network was joined. */
const JOINED_FOR = seconds(20)
/** Before pairing covers it. */
const READ_FOR = seconds(6)

export type Internet = 'yes' | 'no' | 'portal'
export type Facts = {
  readonly now: Ms
  /** When this box's program began. */
  readonly began: Ms
  /** It has an address that others reach, on cable or Wi-Fi. */
  readonly connected: boolean
  /** Null: not known yet. */
  readonly radio: 'none' | 'off' | 'on' | null
  /** Names of the networks that are kept. */
  readonly kept: readonly string[]
  /** No phone is paired. */
  readonly fresh: boolean
  /** A call goes on, or somebody rings. */
  readonly busy: boolean
  /** Our access point while it is on, and until when. `alone`: it stays, because people want no other network. */
  readonly point: { readonly is: Point; readonly until: Ms; readonly alone: boolean } | null
  /** The access point does not come up. */
  readonly pointFailed: boolean
  /** It was opened before, by itself or by somebody. */
  readonly pointShown: boolean
  /** Somebody at the box, or a paired phone, asks for it. */
  readonly asked: boolean
  /** A phone has come to the access point. */
  readonly guest: boolean
  readonly trying: string | null
  /** The last network that did not work. */
  readonly failed: { readonly ssid: string; readonly why: WhyNot } | null
  readonly joined: { readonly ssid: string; readonly internet: Internet | null; readonly at: Ms } | null
  /** The first pairing was opened. */
  readonly pairShown: boolean
  readonly pairing: boolean
  /** Somebody put the card away. */
  readonly away: boolean
  /** What Bluetooth can do for us now (improv.ts). */
  readonly bluetooth: SetupScene['bluetooth']
  /** What Imager's files asked for; null: there were none. */
  readonly applied: Applied | null
}

export type Step = { readonly do: 'wait' | 'open point' | 'close point' | 'pair' }

export function stepOf(facts: Facts): Step {
  const { now, point, trying, busy, asked, connected, fresh } = facts
  if (trying !== null) return { do: 'wait' }
  if (point) {
    const isOver = !point.alone && now >= point.until
    // A cable that is put in meanwhile is a network, unless Wi-Fi is what was asked for.
    const isNeedless = connected && !asked && !point.alone
    const isUnwanted = facts.away && !asked && !point.alone
    if (isOver || isNeedless || isUnwanted) return { do: 'close point' }
    return point.alone && fresh && !busy && !facts.pairShown && !facts.pairing ? { do: 'pair' } : { do: 'wait' }
  }
  // Who has no network cannot be paired.
  if (busy || (facts.pairing && connected)) return { do: 'wait' }
  if (asked) return { do: facts.radio === 'on' && !facts.pointFailed ? 'open point' : 'wait' }
  if (!fresh || facts.away) return { do: 'wait' }
  const isBeingRead = facts.joined !== null && now - facts.joined.at < READ_FOR
  if (connected) return { do: facts.pairShown || isBeingRead ? 'wait' : 'pair' }
  return { do: facts.radio === 'on' && !facts.pointShown && !facts.pointFailed && waited(facts) ? 'open point' : 'wait' }
}

/** Nothing came by itself. */
const waited = ({ now, began, kept }: Facts): boolean => now - began >= (kept.length > 0 ? GRACE_KEPT : GRACE)

/** What OK or the box's button does to the card; null: nothing. */
export function onOk(facts: Facts): 'open point' | 'pair' | 'let in' | null {
  const shown = sceneOf(facts)
  if (shown?.is === 'again') return 'open point'
  if (shown?.bluetooth) return 'let in'
  return shown?.is === 'pair' ? 'pair' : null
}

/** What the TV says; null: nothing, the box is as any other. */
export function sceneOf(facts: Facts): SetupScene | null {
  const { now, point, trying, failed, connected, fresh, away, joined, asked } = facts
  if (facts.busy) return null
  const base = { ...NOTHING, failed: failed ?? (fresh && !connected ? wrongFromCard(facts) : null), told: toldOf(facts.applied) }
  if (trying !== null) return { ...base, is: 'trying', ssid: trying, failed: null }
  if (point) {
    const { ssid, password, address } = point.is
    const left = Math.max(0, Math.ceil((point.until - now) / seconds(1)))
    if (point.alone) return fresh && !facts.pairing && !away ? { ...base, is: 'pair', failed: null } : null
    const shown = { ...base, ssid, password, secondsLeft: left, bluetooth: facts.bluetooth }
    return facts.guest ? { ...shown, is: 'page', link: `http://${address}/setup` } : { ...shown, is: 'point', link: wifiLink(point.is) }
  }
  if (joined && now - joined.at < JOINED_FOR && (connected || !fresh))
    return { ...base, is: 'joined', ssid: joined.ssid, internet: joined.internet, failed: null }
  if (asked)
    return facts.radio === null
      ? { ...base, is: 'looking' }
      : facts.radio === 'on' && !facts.pointFailed
        ? { ...base, is: 'opening' }
        : { ...base, is: 'cable' }
  if (!fresh || away) return null
  if (connected) return { ...base, is: 'pair', failed: null }
  if (facts.radio === 'none' || facts.radio === 'off' || facts.pointFailed) return { ...base, is: 'cable' }
  if (facts.pointShown) return { ...base, is: 'again' }
  return { ...base, is: waited(facts) && facts.radio === 'on' ? 'opening' : 'looking' }
}

const NOTHING = { ssid: '', password: '', link: null, secondsLeft: 0, bluetooth: null, internet: null } as const

/** A Wi-Fi that came with the card and does not come up: mostly its password is wrong. */
function wrongFromCard(facts: Facts): Facts['failed'] {
  const [ssid] = facts.applied?.networks ?? []
  return ssid !== undefined && waited(facts) ? { ssid, why: 'other' } : null
}

function toldOf(applied: Applied | null): SetupScene['told'] {
  if (!applied) return null
  const { name, zone, networks, ignored, odd, failed } = applied
  const done = [name, zone, ...networks].filter((each) => each !== null)
  return done.length + ignored.length + odd.length + failed.length === 0
    ? null
    : { done, ignored, amiss: [...new Set([...odd, ...failed])] }
}

/** What phones' cameras join by. */
export const wifiLink = ({ ssid, password }: Pick<Point, 'ssid' | 'password'>): string => `WIFI:T:WPA;S:${safe(ssid)};P:${safe(password)};;`
const safe = (text: string): string => text.replace(/[\\;,:"]/g, '\\$&')
