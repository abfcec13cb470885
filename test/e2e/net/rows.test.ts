// rows.test.ts — datagrams of one length in a row go to the system in one piece and arrive as they were; where a way is too narrow for that, one by one.
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { whyNoNamespaces } from '../kit/net.ts'
import { addNamespace, inside, ip, nameOf, removeNamespace, tidy } from './netns.ts'

const why = whyNoNamespaces()
if (why) console.warn(`\n!!!! SKIPPED: NO NAMESPACES ON THIS MACHINE: ${why}\n`)

const NAME = nameOf('rows')
beforeEach(() => {
  tidy()
  addNamespace(NAME)
})
afterEach(() => removeNamespace(NAME))

type Said = { readonly handed: number; readonly sent: string[][]; readonly heard: string[][] }
const send = (pictures: readonly number[][]): Said =>
  JSON.parse(inside(NAME, process.execPath, [join(import.meta.dirname, 'rows-child.ts'), JSON.stringify(pictures)])) as Said

const many = (count: number, length: number): number[] => Array.from({ length: count }, () => length)

test.runIf(!why).each([
  ['a picture whose last packet is short', [[...many(8, 1200), 300]], 1],
  ['sound between pictures', [[1200, 1200, 120, 1200, 1200, 1200]], 2],
  ['each longer than the one before', [[100, 200, 300]], 3],
  ['each shorter than the one before', [[300, 200, 100]], 2],
  ['a keyframe longer than one row, and than one datagram may be', [many(90, 1200)], 2],
  ['one alone, again and again', many(20, 700).map((length) => [length]), 20],
])('%s', (_, pictures, rows) => {
  const { handed, sent, heard } = send(pictures)
  expect(heard).toEqual(sent)
  expect(handed, 'pieces for each of two').toBe(2 * rows)
})

test.runIf(!why)('where one packet is more than the way takes, all arrive all the same, in order', () => {
  ip(['link set lo mtu 1000'], NAME)
  const pictures = [[...many(8, 1200), 300], many(90, 1200), [...many(5, 400), 20], many(3, 1200)]
  const { handed, sent, heard } = send(pictures)
  expect(heard).toEqual(sent)
  expect(handed).toBe(2 * pictures.flat().length)
})
