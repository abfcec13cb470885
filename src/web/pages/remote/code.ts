// code.ts — six digits as people type and paste them. Pure.

export const DIGITS = 6

/** The digits in whatever was typed or pasted, at most six. A whole sentence gives its first six digits in a row, if it has them. */
export function digitsIn(text: string): string {
  const row = /\d{3}[\s\p{Pd}.]?\d{3}/u.exec(text)?.[0] ?? text
  return row.replace(/\D/g, '').slice(0, DIGITS)
}

/** `482 913`: how the TV shows them. */
export const grouped = (digits: string): string => (digits.length > 3 ? `${digits.slice(0, 3)} ${digits.slice(3)}` : digits)
