import { expect, test } from 'vitest'
import { qr, qrPath } from '../../src/lib/qr.ts'

const LINK = 'https://192.168.1.20:8443/r#K7QF-1234-ABCD-EFGH-JKMN-PQRS-TV'
/** The finder pattern that stands in three corners of every QR code. */
const FINDER = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######']
const corner = (dots: readonly (readonly boolean[])[], x: number, y: number) =>
  Array.from({ length: 7 }, (_, j) => Array.from({ length: 7 }, (_, i) => (dots[y + j]?.[x + i] ? '#' : '.')).join(''))

test('a link is a square of dots with its three finders', () => {
  const dots = qr(LINK)
  expect((dots.length - 17) % 4).toBe(0)
  for (const row of dots) expect(row.length).toBe(dots.length)
  expect(corner(dots, 0, 0)).toEqual(FINDER)
  expect(corner(dots, dots.length - 7, 0)).toEqual(FINDER)
  expect(corner(dots, 0, dots.length - 7)).toEqual(FINDER)
  expect(corner(dots, dots.length - 7, dots.length - 7)).not.toEqual(FINDER)
})

test('the same text gives the same dots, another text others', () => {
  expect(qr(LINK)).toEqual(qr(LINK))
  expect(qr(LINK)).not.toEqual(qr(`${LINK}0`))
})

test('the path covers exactly the dark dots', () => {
  const dots = qr(LINK)
  const drawn = [...qrPath(dots).matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)].flatMap(([, x, y, run]) =>
    Array.from({ length: Number(run) }, (_, i) => `${Number(x) + i},${y}`),
  )
  const dark = dots.flatMap((row, y) => row.flatMap((is, x) => (is ? [`${x},${y}`] : [])))
  expect(drawn.toSorted()).toEqual(dark.toSorted())
})
