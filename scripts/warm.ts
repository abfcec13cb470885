// warm.ts — has Node read the sources of the daemon and its workers once and keep what it made of them (see scripts/parlord), so
// that the first start is as quick and as small as any later one. What would start something by being read is left out.
import { globSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../src')
const STARTS = /^app\/(main|cli|media-host)\.ts$|(^|\/)child\.ts$|capture\/main\.ts$|^web\/pages\//
for (const file of globSync('**/*.ts', { cwd: root })) if (!STARTS.test(file)) await import(join(root, file))
flushCompileCache()
process.exit(0)
