// qr.tsx — a text as a square to scan: dark on white in both lights, with the quiet border of four that readers ask for (ISO/IEC 18004).
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { qr } from '../../../lib/qr.ts'

const QUIET = 4

export function Qr({ text, label }: { text: string; label: string }): VNode {
  const rows = useMemo(() => qr(text), [text])
  const size = rows.length + 2 * QUIET
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : []))).join('')
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={`M0 0h${size}v${size}h-${size}z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
