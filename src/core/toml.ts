// toml.ts — the door of smol-toml: a TOML text as a plain value, or a sentence that says where it is wrong.
import { parse, TomlError } from 'smol-toml'
import { Refusal } from '../lib/fault.ts'

/** @throws Refusal 'bad-config' naming the file, the line and what is wrong there */
export function readToml(text: string, file: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const why = error.message.split('\n')[0]?.replace('Invalid TOML document: ', '') ?? 'it is not TOML'
    throw new Refusal('bad-config', `${file}, line ${error.line}: ${why}`, { cause: error })
  }
}
