// qr.ts — text as a QR code (ISO/IEC 18004). The door of lean-qr; pure, so the TV, a terminal and the pages share it.
import { correction, generate } from 'lean-qr'

/**
 * A QR code as rows of dots, true = dark, without the quiet zone (4 dots all around, which whoever draws must leave).
 * Error correction at least M: a reflection on the TV may cover some of it. Throws when the text is over about 2,300 bytes.
 */
export function qr(text: string): readonly (readonly boolean[])[] {
  const code = generate(text, { minCorrectionLevel: correction.M })
  return Array.from({ length: code.size }, (_, y) => Array.from({ length: code.size }, (_, x) => code.get(x, y)))
}

/** The dark dots as the `d` of an SVG path, one unit a dot, runs of a row joined so that no hairline shows between them. */
export function qrPath(dots: readonly (readonly boolean[])[]): string {
  let path = ''
  dots.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue
      const from = x
      while (row[x + 1]) x++
      path += `M${from} ${y}h${x + 1 - from}v1H${from}z`
    }
  })
  return path
}
