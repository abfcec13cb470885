// welcome.ts — what a person sees in the terminal when the box is ready: where to call it, and where to look.
import { qr } from '../lib/qr.ts'

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

export type Welcome = {
  readonly name: string
  /** Links that open a call: first the one for this machine, then those for others at home. */
  readonly here: string
  readonly atHome: readonly string[]
  readonly tv: string
  readonly trust: string
  readonly joined: boolean
}

export function welcomeText(w: Welcome): string {
  const [scan] = w.atHome
  return [
    '',
    `${w.name} is ready.`,
    '',
    `  Call it from this machine   ${w.here}`,
    ...w.atHome.map((link) => `  Call it from a phone        ${link}`),
    `  See the TV                  ${w.tv}`,
    '',
    ...(scan ? [terminalQr(scan), '', `The first time, a phone asks whether it may trust this box. How to tell it: ${w.trust}`, ''] : []),
    w.joined
      ? 'The box is in its room, camera and microphone are open: you see yourself on the TV. Ctrl-C ends it.'
      : 'Camera and microphone are closed. `scripts/parlor join` goes into the room.',
    '',
  ].join('\n')
}
