import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { connectedScreens } from '../../src/media/screen/connector.ts'
import { hdmi } from '../../src/media/screen/launch.ts'

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
  const hdmi = join(root, 'devices/card1-HDMI-A-1')
  writeFileSync(join(hdmi, 'connector_id'), '33\n')
  writeFileSync(join(hdmi, 'modes'), '3840x2160\n1920x1080\n')
  mkdirSync(join(root, 'class/drm/card1/device'), { recursive: true })
  writeFileSync(join(root, 'class/drm/card1/device/uevent'), 'DRIVER=vc4-drm\nOF_NAME=gpu\n')
  expect(connectedScreens(root)).toEqual([
    { name: 'card0-DSI-1', card: '/dev/dri/card0', id: null, driver: '', modes: [] },
    { name: 'card1-HDMI-A-1', card: '/dev/dri/card1', id: 33, driver: 'vc4-drm', modes: ['3840x2160', '1920x1080'] },
  ])
})

it('plays on a Pi as it is, and elsewhere converts, and sets the TV to our size where it can', () => {
  expect(hdmi(7, { id: 33, driver: 'vc4-drm', modes: ['1920x1080'] })).toBe('kmssink fd=7 connector-id=33 sync=false skip-vsync=false')
  expect(hdmi(7, { id: null, driver: 'i915', modes: ['1280x720'] })).toBe('videoconvert ! kmssink fd=7 sync=false skip-vsync=false')
  expect(hdmi(7, { id: null, driver: 'vkms', modes: ['1024x768', '1920x1080'] })).toMatch(/^videoconvert ! .* force-modesetting=true$/)
})
