// table.ts — figures as a table for a terminal. Pure.
import type { Figure } from './figure.ts'

const HEAD = ['figure', 'ours', 'peers', 'ratio', 'runs']

/** One line for each figure, columns as wide as their widest cell. */
export function table(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(row)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [lines[0], widths.map((w) => '-'.repeat(w)).join('  '), ...lines.slice(1)].join('\n')
}

function row({ figure, unit, ours, peers, ratio, runs }: Figure): string[] {
  const others = Object.entries(peers).map(([name, value]) => `${name} ${value} ${unit}`)
  return [figure, `${ours} ${unit}`, others.join(', ') || '-', ratio === null ? '-' : `${ratio}x`, String(runs.ours?.length ?? 0)]
}
