// welcome.ts — what a person sees in the terminal when the box is ready: where to call it, and where to look.
import { qr } from '../lib/qr.ts'
import type { Links } from './links.ts'

/** A QR code for a terminal, two rows of dots a line, dark on light whatever the terminal's colours. */
export function terminalQr(text: string): string {
  const dots = qr(text)
  const size = dots.length
  const dark = (x: number, y: number) => dots[y]?.[x] ?? false
  const lines: string[] = []
  for (let y = -2; y < size + 2; y += 2) {
    let line = ''
    for (let x = -2; x < size + 2; x++) line += [' ', '▀', '▄', '█'][(dark(x, y) ? 1 : 0) + (dark(x, y + 1) ? 2 : 0)]
    lines.push(`\x1b[30;107m${line}\x1b[0m`)
  }
  return lines.join('\n')
}

/** All links, and how to trust the box. */
export function linksText({ anywhere, here, atHome, tv, tvAtHome, trust, fingerprint }: Links): string {
  const scan = anywhere ?? atHome[0]
  return [
    ...(anywhere ? [`  Call it from anywhere       ${anywhere}`] : []),
    `  Call it from this machine   ${here}`,
    ...atHome.map((link) => `  Call it from a phone        ${link}`),
    `  See the TV                  ${tv}`,
    ...tvAtHome.slice(0, 1).map((link) => `  See the TV from elsewhere   ${link}`),
    '',
    ...(scan ? [terminalQr(scan), ''] : []),
    ...(atHome.length > 0
      ? [`The first time, a phone asks whether it may trust this box. How to tell it: ${trust}`, `Its fingerprint is ${fingerprint}`, '']
      : []),
  ].join('\n')
}

export function welcomeText(name: string, links: Links, joined: boolean): string {
  return [
    '',
    `${name} is ready.`,
    '',
    linksText(links),
    joined
      ? 'The box is in its room, camera and microphone are open: you see yourself on the TV. Ctrl-C ends it.'
      : 'Camera and microphone are closed. `scripts/parlor join` goes into the room.',
    '',
  ].join('\n')
}
