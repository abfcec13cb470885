// whip-tokens.ts — who may publish into this box's room: names, and what their tokens look like from outside. On disk.
//
// A token is shown once, when it is made. What is kept is its hash: who reads the disk cannot publish.
import { join } from 'node:path'
import type { Tokens } from '../broadcast/whip.ts'
import { Refusal } from '../lib/fault.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { crockford } from '../wire/crockford.ts'
import { bytesOf, hex, type Random, sha256 } from '../wire/crypto.ts'
import { isPersonName } from '../wire/schema.ts'

const FILE = 'whip.json'
const MOST = 20
const TOKEN_BYTES = 20

export class WhipTokens implements Tokens {
  readonly #file: string
  readonly #random: Random
  #hashes: ReadonlyMap<string, string> = new Map()

  constructor(folder: string, random: Random) {
    this.#file = join(folder, FILE)
    this.#random = random
  }

  /** @throws Refusal 'bad-config' when the file cannot be understood */
  async open(): Promise<void> {
    const text = await readText(this.#file)
    if (text === null) return
    try {
      this.#hashes = read(JSON.parse(text))
    } catch (error) {
      throw new Refusal('bad-config', `${this.#file} is damaged; restore it, or remove it to begin without publishers`, { cause: error })
    }
  }

  get names(): readonly string[] {
    return [...this.#hashes.keys()].sort()
  }

  nameOf(token: string): string | null {
    const hash = hashOf(token)
    for (const [name, known] of this.#hashes) if (known === hash) return name
    return null
  }

  /**
   * Makes a token; one of the same name counts no more.
   * @throws Refusal 'bad-request' (the name), 'not-allowed' (too many)
   */
  async add(said: string): Promise<string> {
    const name = said.trim()
    if (!isPersonName(name)) throw new Refusal('bad-request', 'a publisher needs a name of 1 to 40 letters')
    if (!this.#hashes.has(name) && this.#hashes.size >= MOST)
      throw new Refusal('not-allowed', `there are ${MOST} already; remove one first`)
    const token = crockford(this.#random(TOKEN_BYTES))
    await this.#set(new Map([...this.#hashes, [name, hashOf(token)]]))
    return token
  }

  /** @throws Refusal 'bad-request' when there is none of that name */
  async remove(said: string): Promise<void> {
    const name = said.trim()
    if (!this.#hashes.has(name)) throw new Refusal('bad-request', `nobody publishes as "${name.slice(0, 40)}"; \`parlor whip\` lists them`)
    await this.#set(new Map([...this.#hashes].filter(([known]) => known !== name)))
  }

  async #set(hashes: ReadonlyMap<string, string>): Promise<void> {
    await writeAtomic(this.#file, `${JSON.stringify(Object.fromEntries(hashes), null, 1)}\n`)
    this.#hashes = hashes
  }
}

/** A token is random, so its plain hash tells nothing, and may be compared in any time. */
const hashOf = (token: string): string => hex(sha256(bytesOf(token.toUpperCase().replaceAll('-', ''))))

function read(kept: unknown): Map<string, string> {
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) throw new Refusal('bad-config', 'this is no list of publishers')
  return new Map(
    Object.entries(kept).map(([name, hash]): [string, string] => {
      if (!isPersonName(name) || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
        throw new Refusal('bad-config', 'there is one in it that is no publisher')
      return [name, hash]
    }),
  )
}
