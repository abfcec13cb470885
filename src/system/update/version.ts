// version.ts — which of two versions is older. Pure. Semantic Versioning 2.0.0, sections 2, 9 to 11.

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z-]{1,20}(?:\.[0-9A-Za-z-]{1,20}){0,4}))?(?:\+[0-9A-Za-z.-]{1,40})?$/

/** Whether a text is a version that we can compare: 0.5.0, 0.5.0-rc.1, 0.5.0+9f3c. */
export const isVersion = (text: string): boolean => VERSION.test(text)

/**
 * Below 0: a is older; 0: neither (what stands behind + tells nothing of age); above 0: a is newer.
 * One that is no version is older than all that are: a card never goes there by itself.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)]
  if (!left || !right) return Number(left !== null) - Number(right !== null)
  for (let i = 1; i <= 3; i++) {
    const by = Number(left[i]) - Number(right[i])
    if (by !== 0) return by
  }
  return comparePre(left[4], right[4])
}

/** What stands behind the -: one that has none is the newer. */
function comparePre(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  const [left, right] = [a.split('.'), b.split('.')]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]]
    if (x === undefined || y === undefined) return Number(x !== undefined) - Number(y !== undefined)
    const by = comparePart(x, y)
    if (by !== 0) return by
  }
  return 0
}

function comparePart(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (left && right) return Number(a) - Number(b)
  if (left !== right) return left ? -1 : 1
  return a < b ? -1 : Number(a > b)
}
