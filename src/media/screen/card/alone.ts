// alone.ts — in a call, and nobody else is here yet: how the others get in. Pure.
import { INK, TYPE, words } from './ink.ts'
import { linkText, qrCode } from './link.ts'

export function alone(link: string | null): string {
  const title = (x: number, y: number, anchor: 'start' | 'middle') =>
    words(x, y, 'Nobody else is here yet', { size: TYPE.title, weight: 600, anchor })
  if (!link) return title(960, 540, 'middle')
  return (
    qrCode(link, 130, 200, 560) +
    title(770, 372, 'start') +
    words(770, 460, 'Scan the code with a phone, or open the link', { size: TYPE.name, fill: INK.quiet }) +
    words(770, 516, 'in a browser, and you see each other here.', { size: TYPE.name, fill: INK.quiet }) +
    linkText(link, 410, 832, TYPE.least, 560)
  )
}
