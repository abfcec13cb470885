// yaml.ts — YAML from a card that anybody may have written: trees of texts, lists and tables, and nothing else of it. The door of `yaml`.
//
// No numbers (a password that is one keeps its zeros), no tags, no anchors (so no bombs), no merging, one document, every key once; what is
// too long or too deep is refused before it is read.
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'

/** Characters. Imager writes about a thousand; ssh keys some more. */
const LONGEST = 64 * 1024
const DEEPEST = 12
/** So many brackets deep nobody goes who means something. */
const DEEPEST_BRACKETS = 100
const MOST_NODES = 5000

export type Table = { readonly [key: string]: Tree }
export type Tree = string | readonly Tree[] | Table

export const isTable = (tree: Tree | undefined): tree is Table => typeof tree === 'object' && !Array.isArray(tree)

/** What the text says (an empty one: an empty text); null when it is no YAML of this kind. Never throws. */
export function treeIn(text: string): { readonly is: Tree } | null {
  if (text.length > LONGEST || bracketsIn(text) > DEEPEST_BRACKETS) return null
  try {
    const documents = [...parseAllDocuments(text, { schema: 'failsafe', merge: false, uniqueKeys: true, strict: true, logLevel: 'silent' })]
    const [document] = documents
    if (!document) return { is: '' }
    // Imager writes names as they are between quotes: a backslash in one is an escape that there is not, and means itself.
    const wrong = document.errors.some(({ code }) => code !== 'BAD_DQ_ESCAPE')
    return documents.length > 1 || wrong ? null : { is: plain(document.contents, DEEPEST, { nodes: MOST_NODES }) }
  } catch {
    return null
  }
}

class Odd extends Error {}

function plain(node: unknown, deeper: number, budget: { nodes: number }): Tree {
  if (node === null) return ''
  if (deeper === 0 || budget.nodes-- === 0 || isAlias(node)) throw new Odd('too much, or a way back')
  if (!isScalar(node) && !isSeq(node) && !isMap(node)) throw new Odd('none of the three')
  if (node.anchor || node.tag) throw new Odd('tag or anchor')
  if (isScalar(node)) return typeof node.value === 'string' ? node.value : ''
  if (isSeq(node)) return node.items.map((item) => plain(item, deeper - 1, budget))
  // A table without the ancestors of an object: `__proto__` is a key like any other.
  const table: Record<string, Tree> = Object.create(null)
  for (const { key, value } of node.items) {
    const name = plain(key, deeper - 1, budget)
    if (typeof name !== 'string') throw new Odd('a key that is no text')
    table[name] = plain(value, deeper - 1, budget)
  }
  return table
}

/** How deep brackets nest at most, wherever they stand. */
function bracketsIn(text: string): number {
  let depth = 0
  let deepest = 0
  for (const letter of text) {
    if (letter === '[' || letter === '{') deepest = Math.max(deepest, ++depth)
    else if (letter === ']' || letter === '}') depth = Math.max(0, depth - 1)
  }
  return deepest
}
