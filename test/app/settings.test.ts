import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { keepPushes, keepSetting, readSettings, shownSettings } from '../../src/app/settings.ts'
import { Refusal } from '../../src/lib/fault.ts'

async function box(toml: string) {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-settings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'parlor.toml'), toml)
  vi.stubEnv('PARLOR_CONFIG', join(folder, 'parlor.toml'))
  vi.stubEnv('PARLOR_DATA', folder)
  return folder
}
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('settings from a phone', () => {
  it('lie over those of the file from the next start on', async () => {
    const folder = await box('[box]\nname = "Kitchen"\n[hardware]\nled = "ACT"\n')
    await keepSetting(folder, 'box.name', 'Attic')
    await keepSetting(folder, 'hardware.cec', false)
    const { box: named, hardware } = await readSettings()
    expect([named.name, hardware.cec, hardware.led]).toEqual(['Attic', false, 'ACT'])
  })
  it('keep where the broadcast is sent on to, an empty list too, and never show it', async () => {
    const folder = await box('[live]\npush = ["srt://a.example:9000"]\n')
    await keepPushes(folder, ['rtmp://a.example/live/SECRET-KEY'])
    const config = await readSettings()
    expect(config.live.push).toEqual(['rtmp://a.example/live/SECRET-KEY'])
    expect(JSON.stringify(shownSettings(config).values)).not.toContain('SECRET-KEY')
    expect(await keepSetting(folder, 'live.push', [])).toBe(null)
    expect((await keepSetting(folder, 'live.push', ['srt://b.example:9000']))?.live.push).toEqual(['srt://b.example:9000'])
    expect((await readSettings()).live.push).toHaveLength(1)
    await expect(keepSetting(folder, 'live.push', ['file:///etc/passwd'])).rejects.toThrow('like rtmp://SERVER/live/KEY')
    await keepPushes(folder, [])
    expect((await readSettings()).live.push).toEqual([])
  })
  it('never reach the privacy switch: not by asking, and not by a file that says so', async () => {
    const folder = await box('[hardware]\nshutter = "GPIO22"\n')
    for (const value of ['', 'GPIO5']) await expect(keepSetting(folder, 'hardware.shutter', value)).rejects.toBeInstanceOf(Refusal)
    await expect(readFile(join(folder, 'settings.json'))).rejects.toThrow('ENOENT')
    await writeFile(join(folder, 'settings.json'), '{"hardware":{"shutter":"","cec":false}}')
    const { hardware } = await readSettings()
    expect([hardware.shutter, hardware.cec]).toEqual(['GPIO22', false])
  })
})
