// architecture.test.ts — the house rules hold in src/, and the test that says so can fail.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faults } from './rules.ts'

test('every import goes down the house, and through the right door', () => {
  const root = join(import.meta.dirname, '../../src')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.tsx?$/.test(f))
    .map((f) => join(root, f))
  expect(files.length).toBeGreaterThan(10)
  expect(faults(root, files, (f) => readFileSync(f, 'utf8'))).toEqual([])
})

test('it notices', () => {
  const src: Record<string, string> = {
    '/s/call/link.ts': `import { x } from '../media/gst.ts'`,
    '/s/core/plan.ts': `import mqtt from 'mqtt'`,
    '/s/hw/cec.ts': `const p = await import('node:child_process')`,
    '/s/call/werift.ts': `import { RTCPeerConnection } from 'werift'`,
    '/s/call/deep.ts': `import { x } from 'werift/lib/ice'`,
    '/s/lib/x.ts': `import leftpad from 'leftpad'`,
    '/s/media/y.ts': `const gs = createRequire(import.meta.url)('gstreamer-superficial')`,
    '/s/web/server.ts': `import { View } from './pages/view.tsx'`,
    '/s/room/who.ts': `import { randomBytes } from 'node:crypto'`,
    '/s/web/pages/join/join.ts': `import { who } from '../../../room/who.ts'\nimport type { T } from '../../../call/typed.ts'`,
    '/s/call/typed.ts': `import { hostname } from 'node:os'`,
    '/s/app/build.ts': `import { x } from '../media/gst.ts'\nexport { y } from "../call/link.ts"`,
    '/s/core/kept.ts': `type Kept = Pick<Run, 'from' | 'to'>`,
    '/s/core/up.ts': `import { main } from '../app/main.ts'`,
  }
  expect(faults('/s', Object.keys(src), (f) => src[f] ?? '')).toEqual([
    'call/link.ts: call may not import media',
    'core/plan.ts: mqtt has its own door',
    'hw/cec.ts: node:child_process has its own door',
    'call/deep.ts: werift/lib/ice has its own door',
    'lib/x.ts: leftpad has its own door',
    'media/y.ts: gstreamer-superficial has its own door',
    'web/server.ts: web may not import web/pages',
    'core/up.ts: core may not import app',
    'room/who.ts: a page reaches node:crypto (from web/pages/join/join.ts)',
  ])
})
