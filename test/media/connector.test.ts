import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { connectedScreens } from '../../src/media/screen/connector.ts'

it('finds the screens that are plugged in, on any card, and nothing where there is no card', () => {
  const root = mkdtempSync(join(tmpdir(), 'parlor-sys-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  expect(connectedScreens(root)).toEqual([])
  for (const [name, status] of [
    ['card1-HDMI-A-1', 'connected'],
    ['card1-HDMI-A-2', 'disconnected'],
    ['card0-DSI-1', 'connected'],
    ['renderD128', 'connected'],
  ] as const) {
    // As the kernel has it: the folder of the class holds links alone.
    mkdirSync(join(root, 'devices', name), { recursive: true })
    writeFileSync(join(root, 'devices', name, 'status'), `${status}\n`)
    mkdirSync(join(root, 'class/drm'), { recursive: true })
    symlinkSync(join('../../devices', name), join(root, 'class/drm', name))
  }
  expect(connectedScreens(root)).toEqual(['card0-DSI-1', 'card1-HDMI-A-1'])
})
