// icon.ts — the few signs on the TV, drawn on a field of 24 x 24 like most icon sets. Pure.

const line = (x: number, y: number, size: number, colour: string, d: string): string =>
  `<g transform="translate(${x} ${y}) scale(${size / 24})" fill="none" stroke="${colour}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><path d="${d}"/></g>`

const MICROPHONE = 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21'

/** A microphone, struck through. */
export const muted = (x: number, y: number, size: number, colour: string): string => line(x, y, size, colour, `${MICROPHONE}M3.5 3.5l17 17`)
/** Three bars of a voice. */
export const speaking = (x: number, y: number, size: number, colour: string): string =>
  line(x, y, size, colour, 'M6 9.5v5M10 5.5v13M14 8v8M18 10.5v3')
/** A triangle with a stroke in it. */
export const trouble = (x: number, y: number, size: number, colour: string): string =>
  line(x, y, size, colour, 'M12 3.5L2.5 20h19zM12 10v4.5M12 17.2v.1')
/** A full disc: on air. @param x, y its middle */
export const dot = (x: number, y: number, radius: number, colour: string): string =>
  `<circle cx="${x}" cy="${y}" r="${radius}" fill="${colour}"/>`
