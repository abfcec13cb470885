// terse.ts — what `nmcli --terse` prints, as fields. Pure. A field holds what people named their networks: colons and backslashes in it are escaped.

/** One line in its fields. A backslash stands before a colon or a backslash that belongs to the field. */
export function fieldsOf(line: string): string[] {
  const fields: string[] = ['']
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] ?? ''
    const next = line[at + 1]
    if (letter === '\\' && next !== undefined) {
      fields[fields.length - 1] += next
      at++
    } else if (letter === ':') fields.push('')
    else fields[fields.length - 1] += letter
  }
  return fields
}

/** Lines with as many fields as asked for; what has another number of them is not ours to guess at. */
export const rowsOf = (text: string, fields: number): string[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map(fieldsOf)
    .filter((row) => row.length === fields)

/** The name of a network, given as hexadecimal digits of its 1 to 32 bytes; null when they are no text that one could read or type. */
export function nameIn(hex: string): string | null {
  if (!/^([0-9a-fA-F]{2}){1,32}$/.test(hex)) return null
  try {
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(hex, 'hex'))
    return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || name.trim() === '' ? null : name
  } catch {
    return null
  }
}
