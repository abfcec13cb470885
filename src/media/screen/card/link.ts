// link.ts — the way into the room, as a QR code and in letters that one can read out. Pure.
import { qr, qrPath } from '../../../lib/qr.ts'
import { INK, plain, rect, widthOf, words } from './ink.ts'

const QUIET_ZONE = 4

/** A QR code with its quiet zone, on light paper, `side` px each way. '' when the link is too long for one. */
export function qrCode(link: string, x: number, y: number, side: number): string {
  try {
    const dots = qr(link)
    const dot = side / (dots.length + 2 * QUIET_ZONE)
    const from = QUIET_ZONE * dot
    return (
      rect(x, y, side, side, INK.paper, 16) +
      `<path transform="translate(${x + from} ${y + from}) scale(${dot})" fill="${INK.dot}" shape-rendering="crispEdges" d="${qrPath(dots)}"/>`
    )
  } catch {
    return ''
  }
}

/** The link in lines: where, then its groups of letters, as many to a line as fit. */
export function linkLines(link: string, size: number, room: number): string[] {
  const [where = '', secret = ''] = plain(link)
    .replace(/^https?:\/\//, '')
    .split('#')
  if (!secret) return [where]
  const groups = secret.split('-')
  const fitting = Math.max(1, Math.floor(room / widthOf('W7QF-', size)))
  const each = Math.ceil(groups.length / Math.ceil(groups.length / fitting))
  const lines = Array.from({ length: Math.ceil(groups.length / each) }, (_, i) => groups.slice(i * each, (i + 1) * each).join('-'))
  return [`${where}#`, ...lines.map((text, i) => (i < lines.length - 1 ? `${text}-` : text))]
}

/** The lines under one another, centred on x; y is the first baseline. */
export function linkText(link: string, x: number, y: number, size: number, room: number): string {
  return linkLines(link, size, room)
    .map((text, i) => words(x, y + i * size * 1.4, text, { size, fill: INK.quiet, anchor: 'middle', spacing: i === 0 ? 0 : 1 }))
    .join('')
}
