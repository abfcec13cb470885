// What closes the card: the files that are laid over its system, and image/close, tried on a tree.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const FILES = join(ROOT, 'image/files')
const BUILT = 1_790_000_000

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe('what is laid over the system', () => {
  const settings = filesUnder(join(FILES, 'etc')).filter((file) => file.endsWith('60-card.conf') || file.endsWith('60-parlor.conf'))

  test.each(settings.map((file) => [relative(FILES, file), file]))(
    '%s says what it is for, and gives each part a reason',
    (_name, file) => {
      const lines = readFileSync(file, 'utf8').split('\n')
      expect(lines[0]).toMatch(/^# 60-(card|parlor)\.conf — /)
      // A part is what stands together under one comment.
      const bare = lines.filter((line, at) => {
        if (!/^-?[\w.]+ ?=/.test(line)) return false
        for (let above = at - 1; above >= 0; above--) {
          if (lines[above]?.startsWith('#')) return false
          if (lines[above] === '' || lines[above]?.startsWith('['))
            return !(lines[above]?.startsWith('[') && lines[above - 1]?.startsWith('#'))
        }
        return true
      })
      expect(bare).toEqual([])
    },
  )

  const canCheck = spawnSync('sh', ['-c', 'command -v nft && unshare -n true'], { stdio: 'ignore' }).status === 0
  test.skipIf(!canCheck)('nftables understands every line of the firewall, and of that of a development card', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlor-nft-'))
    try {
      const whole = join(folder, 'whole.nft')
      const more = join(ROOT, 'image/development/etc/nftables.d/development.nft')
      writeFileSync(whole, readFileSync(join(FILES, 'etc/nftables.conf'), 'utf8').replace('/etc/nftables.d/*.nft', more))
      for (const file of [join(FILES, 'etc/nftables.conf'), whole])
        expect(spawnSync('unshare', ['-n', 'nft', '-c', '-f', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('image/close', () => {
  let tree: string
  const at = (path: string) => join(tree, path)
  const isMasked = (unit: string) => {
    const path = at(`etc/systemd/system/${unit}`)
    return existsSync(path) && readlinkSync(path) === '/dev/null'
  }
  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), 'parlor-close-'))
    for (const folder of ['etc/systemd/system', 'usr/lib']) mkdirSync(at(folder), { recursive: true })
    writeFileSync(at('etc/shadow'), 'root::19000:0:99999:7:::\npi:$y$j9T$abc$def:19000:0:99999:7:::\nparlor:!:19000::::::\n')
  })
  afterEach(() => rmSync(tree, { recursive: true, force: true }))

  test.each(['release', 'development'])('%s: nobody has a password, and there is nowhere to say one', (kind) => {
    execFileSync(join(ROOT, 'image/close'), [tree, String(BUILT), kind])
    const passwords = readFileSync(at('etc/shadow'), 'utf8').trim().split('\n')
    expect(passwords.map((line) => line.split(':')[1])).toEqual(['!*', '!*', '!*'])
    for (const unit of ['getty@.service', 'serial-getty@.service', 'console-getty.service', 'debug-shell.service'])
      expect(isMasked(unit), unit).toBe(true)
  })

  test('ssh is there on a development card alone', () => {
    execFileSync(join(ROOT, 'image/close'), [tree, String(BUILT)])
    expect(isMasked('ssh.service') && isMasked('ssh.socket')).toBe(true)
    expect(existsSync(at('etc/nftables.d/development.nft'))).toBe(false)
    rmSync(at('etc/systemd/system'), { recursive: true })
    execFileSync(join(ROOT, 'image/close'), [tree, String(BUILT), 'development'])
    expect(isMasked('ssh.service')).toBe(false)
    expect(existsSync(at('etc/nftables.d/development.nft'))).toBe(true)
  })

  test('the jobs that write or wake are masked, the firewall starts with the system, the clock has its floor', () => {
    execFileSync(join(ROOT, 'image/close'), [tree, String(BUILT)])
    for (const unit of [
      'apt-daily.timer',
      'apt-daily-upgrade.timer',
      'man-db.timer',
      'dpkg-db-backup.timer',
      'e2scrub_all.timer',
      'fstrim.timer',
      'swap.target',
    ])
      expect(isMasked(unit), unit).toBe(true)
    expect(readlinkSync(at('etc/systemd/system/sysinit.target.wants/nftables.service'))).toMatch(/nftables\.service$/)
    expect(statSync(at('usr/lib/clock-epoch')).mtimeMs / 1000).toBe(BUILT)
  })
})
