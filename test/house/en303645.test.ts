// The table of EN 303 645 keeps its word: each provision is there and names tests that exist, by file and title.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const page = read('docs/en303645.md')
const rows = [...page.matchAll(/^\| (5\.\d+) \|.*$/gm)].map(([row, number = '']) => ({ number, row }))

/** What of the tests that a text names is not there. */
const missing = (text: string): string[] =>
  [...text.matchAll(/`(test\/[\w./-]+\.ts) › ([^`]+)`/g)].flatMap(([, file = '', title = '']) => {
    if (!existsSync(join(ROOT, file))) return [`there is no ${file}`]
    // As it stands in the source, in either kind of quotes.
    return read(file).includes(`'${title}'`) || read(file).includes(`"${title}"`) ? [] : [`${file} has no test "${title}"`]
  })

test('all thirteen provisions of EN 303 645 are in the table, in their order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 13 }, (_, n) => `5.${n + 1}`))
})

test.each(rows)('the tests that show $number are there', ({ row }) => {
  expect(row.match(/`test\/[^`]+ › [^`]+`/g)?.length ?? 0).toBeGreaterThan(0)
  expect(missing(row)).toEqual([])
})

test('a test that is not there is noticed', () => {
  expect(missing('`test/house/nothing.test.ts › x`')).toEqual(['there is no test/house/nothing.test.ts'])
  expect(missing('`test/house/en303645.test.ts › no such title`')).toHaveLength(1)
})

test('SECURITY.md says how to report, until when versions are mended, and what is not protected', () => {
  const security = read('SECURITY.md')
  for (const head of ['How to report', 'Support period', 'What we do not protect against']) expect(security).toContain(`\n## ${head}\n`)
  expect(security).toMatch(/\| \*?\*?\d{1,2} \w+ 20\d\d\*?\*? \|/)
  // Every file that it names as the place of a promise is there.
  for (const [, path = ''] of security.matchAll(/`(src\/[\w./-]+)`/g)) expect(existsSync(join(ROOT, path)), path).toBe(true)
})
