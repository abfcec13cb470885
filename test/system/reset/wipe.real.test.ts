// The factory reset on a real file system: everything is gone, nothing else is; and the power may be cut at every single step.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { machineDoers } from '../../../src/system/reset/doers.ts'
import { readMark, removeMark, setMark } from '../../../src/system/reset/mark.ts'
import { cardGround, type Ground, installedGround } from '../../../src/system/reset/places.ts'
import { wipe } from '../../../src/system/reset/wipe.ts'

const PROGRAM = '0123456789abcdefghjkmnpqrs'
const SECRET = 'a secret'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parlor-reset-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
/** Paths of all files that hold a secret. */
const secrets = (): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), 'utf8').includes(SECRET))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
const trim = async () => {}

/** Runs until the power is cut at step `at`; says whether it came to its end. */
async function wipedUntil(ground: Ground, at: number): Promise<boolean> {
  let steps = 0
  const step = () => {
    if (steps++ === at) throw new Error('the power is cut')
  }
  return wipe({ ground, trim, step }).then(
    () => true,
    (error: Error) => {
      if (error.message !== 'the power is cut') throw error
      return false
    },
  )
}

describe('on a card', () => {
  let ground: Ground
  const fill = (): void => {
    put('state/parlor/identity.json', SECRET)
    put('state/parlor/keep/room', SECRET)
    put('state/etc-parlor/parlor.toml', `password = "${SECRET}"`)
    put('state/network/home.nmconnection', `psk=${SECRET}`)
    put('state/machine-id', SECRET)
    put('state/update/pending.json', '{"is":"waiting"}')
    put('state/rauc/status', 'slots')
    put('state/systemd/random-seed', SECRET)
    put('state/systemd/timesync/clock', '')
    put(`media/${PROGRAM}/1.m4s`, SECRET)
    put('media/lost+found/x', '')
  }
  beforeEach(async () => {
    ground = cardGround(join(root, 'state'), join(root, 'media'))
    fill()
    await setMark(ground.mark)
  })

  test('keys, pairings, Wi-Fi and recordings are gone; the slots’ state and the clock stay', async () => {
    await wipe({ ground, trim })
    expect(secrets()).toEqual([])
    for (const path of ['state/update/pending.json', 'state/rauc/status', 'state/systemd/timesync/clock', 'media/lost+found'])
      expect(existsSync(join(root, path)), path).toBe(true)
    expect(await readMark(ground.mark)).toBeNull()
  })

  test('folders into which others look stay, and are empty', async () => {
    await wipe({ ground, trim })
    for (const folder of ['parlor', 'etc-parlor', 'network']) expect(readdirSync(join(root, 'state', folder)), folder).toEqual([])
  })

  test('a power cut at any step leaves the mark, and the next start ends the work', async () => {
    let cuts = 0
    for (let at = 0; ; at++) {
      fill()
      await setMark(ground.mark)
      if (await wipedUntil(ground, at)) break
      cuts++
      expect(await readMark(ground.mark), `cut at step ${at}`).not.toBeNull()
      expect(await wipedUntil(ground, Number.POSITIVE_INFINITY)).toBe(true)
      expect(secrets(), `after a cut at step ${at}`).toEqual([])
      expect(await readMark(ground.mark)).toBeNull()
    }
    expect(cuts).toBeGreaterThanOrEqual(10)
  })

  test('and so does one cut after the other, a step later each time', async () => {
    let starts = 1
    while (!(await wipedUntil(ground, starts))) starts++
    expect(secrets()).toEqual([])
  })

  test('a link leads nowhere: what it points to stays', async () => {
    put('elsewhere/treasure', SECRET)
    symlinkSync(join(root, 'elsewhere'), join(root, 'state/parlor/link'))
    symlinkSync(join(root, 'elsewhere'), join(root, 'state/link'))
    await wipe({ ground, trim })
    expect(secrets()).toEqual(['elsewhere/treasure'])
  })

  test('a card that cannot erase blocks is emptied all the same', async () => {
    await wipe({ ground, trim: () => Promise.reject(new Error('not supported')) })
    expect(secrets()).toEqual([])
    expect(await readMark(ground.mark)).toBeNull()
  })

  test('what cannot be read keeps the mark: nobody is told that all is gone', async () => {
    rmSync(join(root, 'media'), { recursive: true })
    put('media', 'no folder')
    await expect(wipe({ ground, trim })).rejects.toThrow(/cannot list/)
    expect(await readMark(ground.mark)).not.toBeNull()
  })
})

describe('on a machine of somebody’s', () => {
  test('Parlor’s keys and recordings are gone; all that is theirs stays', async () => {
    const ground = installedGround(root, join(root, 'mnt'))
    put('var/lib/parlor/identity.json', SECRET)
    put('etc/parlor/parlor.toml', SECRET)
    put(`mnt/${PROGRAM}/1.m4s`, SECRET)
    put('mnt/holidays/1.jpg', SECRET)
    put('var/lib/other/file', SECRET)
    await setMark(ground.mark, join(root, 'mnt'))
    await wipe({ ground, trim })
    expect(secrets()).toEqual(['mnt/holidays/1.jpg', 'var/lib/other/file'])
    expect(await readMark(ground.mark)).toBeNull()
  })
})

describe('the mark', () => {
  test('holds the folder of recordings, and is not there before and after', async () => {
    const path = join(root, 'reset')
    expect(await readMark(path)).toBeNull()
    await setMark(path, '/mnt/disk')
    expect(await readMark(path)).toBe('/mnt/disk')
    await removeMark(path)
    await removeMark(path)
    expect(await readMark(path)).toBeNull()
  })

  test('is written through no link', async () => {
    put('victim', SECRET)
    symlinkSync(join(root, 'victim'), join(root, 'reset'))
    await expect(setMark(join(root, 'reset'))).rejects.toThrow(/cannot write/)
    expect(secrets()).toEqual(['victim'])
  })
})

describe('the orders about the machine', () => {
  const machine = (ok: boolean) => {
    const said: string[] = []
    const mark = join(root, 'reset')
    const doers = machineDoers({
      mark,
      systemctl: async (words) => {
        said.push(`${words.join(' ')}, mark ${existsSync(mark)}`)
        return { ok, out: '', err: 'Access denied' }
      },
    })
    return { doers, said }
  }
  const signal = AbortSignal.timeout(10_000)

  test('a reset is written down before the machine starts anew', async () => {
    const { doers, said } = machine(true)
    expect(await doers['system.reset']({}, signal)).toEqual({})
    expect(said).toEqual(['--no-block reboot, mark true'])
  })

  test('starting anew and switching off erase nothing', async () => {
    const { doers, said } = machine(true)
    await doers['system.reboot']({}, signal)
    await doers['system.off']({}, signal)
    expect(said).toEqual(['--no-block reboot, mark false', '--no-block poweroff, mark false'])
  })

  test('what systemd refuses is said', async () => {
    await expect(machine(false).doers['system.off']({}, signal)).rejects.toThrow(/Access denied/)
  })
})
