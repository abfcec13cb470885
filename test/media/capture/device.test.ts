import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isOurs, mayBeCamera, saysItFilms } from '../../../src/media/capture/device.ts'

it.each(['HD Pro Webcam C920', 'Integrated Camera: Integrated C', 'vivid', 'Logitech BRIO', 'USB Video: HDMI Capture'])(
  'takes %s for a camera',
  (name) => expect(mayBeCamera(name)).toBe(true),
)
it.each(['bcm2835-codec-decode', 'bcm2835-isp-output0', 'unicam', 'rp1-cfe-csi2_ch0', 'pispbe-input', 'rpi-hevc-dec', 'vh264enc'])(
  'takes %s for none',
  (name) => expect(mayBeCamera(name)).toBe(false),
)

it.each([
  [':capture:', true],
  [':capture:video_output:', true],
  [':video_output:', false],
  [':', false],
])('hears from udev whether a device films: %s', (said, films) =>
  expect(saysItFilms(`S:v4l/by-path/platform-vivid.0-video-index0\nE:ID_V4L_VERSION=2\nE:ID_V4L_CAPABILITIES=${said}\nG:uaccess\n`)).toBe(
    films,
  ),
)
it('leaves open what udev does not say', () => {
  expect(saysItFilms('')).toBeNull()
  expect(saysItFilms('E:ID_V4L_VERSION=2\nE:MY_ID_V4L_CAPABILITIES=:\n')).toBeNull()
})

it('knows what is not ours to open, or not there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-'))
  const path = join(folder, 'video0')
  expect(isOurs(path)).toBe(false)
  writeFileSync(path, '')
  expect(isOurs(path)).toBe(true)
  chmodSync(path, 0)
  // Root may open everything.
  expect(isOurs(path)).toBe(process.getuid?.() === 0)
  rmSync(folder, { recursive: true })
})
