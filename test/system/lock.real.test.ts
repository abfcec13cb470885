import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFolder } from '../../src/system/lock.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'parlor-lock-'))

/** Another process that takes the lock and holds it. */
async function otherHolding(place: string) {
  const lock = JSON.stringify(new URL('../../src/system/lock.ts', import.meta.url).href)
  const code = `const { lockFolder } = await import(${lock}); await lockFolder(${JSON.stringify(place)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

test('a second daemon on the same folder is refused, and told which process holds it', async () => {
  const place = folder()
  const lock = await lockFolder(place)
  await expect(lockFolder(place)).rejects.toMatchObject({
    code: 'already-running',
    message: expect.stringContaining(`process ${process.pid}`),
  })
  await lock.release()
  await (await lockFolder(place)).release()
})

test('two folders are two locks', async () => {
  const locks = await Promise.all([lockFolder(folder()), lockFolder(folder())])
  await Promise.all(locks.map((lock) => lock.release()))
  expect(locks).toHaveLength(2)
})

test('a holder killed with -9 leaves no lock', async () => {
  const place = folder()
  const child = await otherHolding(place)
  await expect(lockFolder(place)).rejects.toMatchObject({ message: expect.stringContaining(`process ${child.pid}`) })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await lockFolder(place)).release()
})

test('a holder that is frozen still holds, and the refusal comes without its number', async () => {
  const place = folder()
  const child = await otherHolding(place)
  child.kill('SIGSTOP')
  try {
    await expect(lockFolder(place)).rejects.toMatchObject({ code: 'already-running' })
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})
