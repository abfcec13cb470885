// reset.test.ts — the factory reset of a card: what it leaves, and what a power cut leaves of it. Cuts at every step of it: test/system/reset.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

describe.skipIf(whyNot !== null)('a factory reset of a card', { timeout: 300_000 }, () => {
  let pi: VirtualPi
  const answers = () => pi.must('until systemctl is-active -q parlor.service; do sleep 1; done', 120_000)
  beforeAll(async () => {
    pi = await bootVirtualPi({ name: 'reset', card: true, files: boxWith(SMALL_PICTURES, NO_SOUND, NO_TV) })
    await answers()
  })
  afterAll(() => pi?.[Symbol.asyncDispose]())

  const SECRETS = ['/state/network/home.nmconnection', '/media/parlor/0123456789abcdefghjkmnpqrs/1.m4s']
  const bring = async () => {
    for (const file of SECRETS) await pi.must(`install -d "$(dirname ${file})" && echo secret > ${file}`)
    await pi.must('sync')
    return (await pi.must('parlor link --json')).trim()
  }
  const isAsNew = async (before: string) => {
    for (const file of [...SECRETS, '/state/reset']) expect((await pi.run(`test -e ${file}`)).ok, file).toBe(false)
    await answers()
    const after = (await pi.must('parlor link --json')).trim()
    expect(after).not.toBe(before)
    expect(await pi.must('parlor phones; parlor contacts')).not.toMatch(/secret/)
  }

  test('a factory reset leaves nothing of its people, and the box begins as on its first day', async () => {
    const before = await bring()
    const identity = await pi.must('sha256sum /state/parlor/* /state/machine-id 2>/dev/null; true')
    // It goes down to erase, and once more to begin.
    const again = pi.bootsAgain()
    await pi.run('parlor reset everything')
    await again
    await expect
      .poll(async () => (await pi.run('test -e /state/reset').catch(() => ({ ok: true }))).ok, { timeout: 120_000, interval: 500 })
      .toBe(false)
    await isAsNew(before)
    const now = await pi.must('sha256sum /state/parlor/* /state/machine-id 2>/dev/null; true')
    const kept = now.split('\n').filter((line) => line !== '' && identity.includes(line))
    expect(kept).toEqual([])
  })

  test('a power cut after it was asked for changes nothing: the next start erases', async () => {
    const before = await bring()
    // As the steward leaves it before it starts the machine anew.
    await pi.must(': > /state/reset && sync')
    await pi.kill()
    // It starts, erases, and starts once more by itself.
    await pi.boot()
    await expect
      .poll(async () => (await pi.run('test -e /state/reset').catch(() => ({ ok: true }))).ok, { timeout: 120_000, interval: 500 })
      .toBe(false)
    await isAsNew(before)
  })
})
