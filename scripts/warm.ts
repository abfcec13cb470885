// warm.ts — has Node read the sources of the daemon and its workers once and keep what it made of them (see scripts/parlord), so
// that the first start is as quick and as small as any later one: one source that it has to strip of its types costs a process 10 MB and
// a tenth of a second. Workers end by being killed and keep nothing themselves. What would start something by being read is left out.
import { globSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../src')
const STARTS = /^app\/cli\.ts$|^web\/pages\//
for (const file of globSync('**/*.ts', { cwd: root })) if (!STARTS.test(file)) await import(join(root, file))
flushCompileCache()
process.exit(0)
