// folder.ts — folders that are gone when the process ends, and the one where tests leave what a person may want to look at.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../../..')

const made: string[] = []
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `parlor-${name}-`))
  made.push(folder)
  return folder
}

/** Where a test keeps pictures of what it saw: artefacts/TEST/FILE. */
export function artefact(test: string, file: string): string {
  const folder = join(ROOT, 'artefacts', test)
  mkdirSync(folder, { recursive: true })
  return join(folder, file)
}
