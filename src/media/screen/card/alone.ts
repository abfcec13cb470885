// alone.ts — in a call, and nobody else is here yet: how the others get in. Pure.
import type { Text } from '../../../core/text/text.ts'
import { INK, TYPE, words } from './ink.ts'
import { linkText, qrCode } from './link.ts'

export function alone(link: string | null, text: Text): string {
  const [scan = '', open = ''] = text.aloneScan
  const title = (x: number, y: number, anchor: 'start' | 'middle') =>
    words(x, y, text.aloneTitle, { size: TYPE.title, weight: 600, anchor })
  if (!link) return title(960, 520, 'middle') + words(960, 600, text.aloneElsewhere, { size: TYPE.name, fill: INK.quiet, anchor: 'middle' })
  return (
    qrCode(link, 130, 200, 560) +
    title(770, 372, 'start') +
    words(770, 460, scan, { size: TYPE.name, fill: INK.quiet }) +
    words(770, 516, open, { size: TYPE.name, fill: INK.quiet }) +
    linkText(link, 410, 832, TYPE.least, 560)
  )
}
