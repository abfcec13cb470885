import { expect, it } from 'vitest'
import { mayBeCamera } from '../../../src/media/capture/device.ts'

it.each(['HD Pro Webcam C920', 'Integrated Camera: Integrated C', 'vivid', 'Logitech BRIO', 'USB Video: HDMI Capture'])(
  'takes %s for a camera',
  (name) => expect(mayBeCamera(name)).toBe(true),
)
it.each(['bcm2835-codec-decode', 'bcm2835-isp-output0', 'unicam', 'rp1-cfe-csi2_ch0', 'pispbe-input', 'rpi-hevc-dec', 'vh264enc'])(
  'takes %s for none',
  (name) => expect(mayBeCamera(name)).toBe(false),
)
