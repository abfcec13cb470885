// boards.ts — boards as their kernels show them.
//
// The Raspberry Pis are written from documentation (the kernel's drivers and device trees, forum logs of Raspberry Pi OS with Linux
// 6.6); they were not recorded on real boards. The PC is an ordinary one with a USB webcam that encodes H.264.
import { CAPS, type FakeVideo, type Recorded } from './fake.ts'

const RAW = [{ fourcc: 'YU12' }, { fourcc: 'NV12' }]
const codec = (what: string, output: readonly { fourcc: string }[], capture: readonly { fourcc: string }[]): FakeVideo => ({
  driver: 'bcm2835-codec',
  name: `bcm2835-codec-${what}`,
  bus: 'platform:bcm2835-codec',
  caps: CAPS.m2m,
  queues: { 9: capture, 10: output },
})
const isp = (end: string, caps: number): FakeVideo => ({
  driver: 'bcm2835-isp',
  name: `bcm2835-isp-${end}`,
  bus: 'platform:bcm2835-isp',
  caps,
  queues: { 1: RAW, 2: RAW },
})
const unicam: FakeVideo = {
  driver: 'unicam',
  name: 'unicam-image',
  bus: 'platform:fe801000.csi',
  caps: CAPS.camera,
  queues: { 1: [{ fourcc: 'pRAA' }] },
}
const videoCore: Record<string, FakeVideo> = {
  video0: unicam,
  video10: codec('decode', [{ fourcc: 'H264' }, { fourcc: 'MJPG' }], RAW),
  video11: codec('encode', RAW, [{ fourcc: 'H264' }]),
  video12: codec('isp', RAW, RAW),
  video13: isp('output0', CAPS.output),
  video14: isp('capture0', CAPS.camera),
  video16: isp('stats0', CAPS.meta),
  video18: codec('image_fx', RAW, RAW),
  video31: codec('encode_image', RAW, [{ fourcc: 'JPEG' }]),
}
const cpus = (count: number, more = ''): string => `${Array.from({ length: count }, (_, i) => `processor\t: ${i}\n`).join('\n')}${more}`
const chip = (base: number, label: string, lines: number): Record<string, string> => ({
  [`/sys/class/gpio/gpiochip${base}/label`]: `${label}\n`,
  [`/sys/class/gpio/gpiochip${base}/base`]: `${base}\n`,
  [`/sys/class/gpio/gpiochip${base}/ngpio`]: `${lines}\n`,
})
const pi = {
  '/sys/class/watchdog/watchdog0/identity': 'Broadcom BCM2835 Watchdog timer\n',
  '/sys/class/leds/ACT/max_brightness': '1\n',
  '/sys/class/leds/ACT/trigger': 'none kbd-scrolllock [mmc0] timer default-on\n',
  '/sys/class/gpio/export': '',
}
const twoHdmi = {
  '/sys/class/drm/card1/device/uevent': 'DRIVER=vc4-drm\nOF_NAME=gpu\n',
  '/sys/class/drm/card1-HDMI-A-1/status': 'connected\n',
  '/sys/class/drm/card1-HDMI-A-2/status': 'disconnected\n',
  '/sys/class/drm/card1-Writeback-1/status': 'unknown\n',
  '/sys/bus/cec/devices/cec0/uevent': 'MAJOR=239\nMINOR=0\n',
  '/sys/bus/cec/devices/cec1/uevent': 'MAJOR=239\nMINOR=1\n',
}

export const pi4: Recorded = {
  files: {
    '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.5\0',
    '/proc/cpuinfo': cpus(4, 'Model\t\t: Raspberry Pi 4 Model B Rev 1.5\n'),
    '/proc/meminfo': 'MemTotal:        3885372 kB\nMemFree:         2000000 kB\n',
    ...twoHdmi,
    '/proc/asound/cards': ` 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
 2 [C920           ]: USB-Audio - HD Pro Webcam C920
                      HD Pro Webcam C920 at usb-0000:01:00.0-1.2, high speed
`,
    '/proc/asound/pcm': `00-00: bcm2835 Headphones : bcm2835 Headphones : playback 8
01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1
02-00: USB Audio : USB Audio : capture 1
`,
    ...chip(512, 'pinctrl-bcm2711', 58),
    ...chip(570, 'raspberrypi-exp-gpio', 8),
    '/sys/class/lirc/lirc0/device/uevent': 'NAME=rc-rc6-mce\nDRV_NAME=gpio_ir_recv\n',
    ...pi,
  },
  video: videoCore,
}

export const pi5: Recorded = {
  files: {
    '/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0',
    '/proc/cpuinfo': cpus(4),
    '/proc/meminfo': 'MemTotal:        8257120 kB\n',
    ...twoHdmi,
    '/proc/asound/cards': ` 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
 1 [vc4hdmi1       ]: vc4-hdmi - vc4-hdmi-1
                      vc4-hdmi-1
`,
    '/proc/asound/pcm':
      '00-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1\n01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1\n',
    ...chip(512, 'gpio-brcmstb@107d508500', 32),
    ...chip(548, 'gpio-brcmstb@107d517c00', 15),
    ...chip(571, 'pinctrl-rp1', 54),
    ...pi,
  },
  video: {
    video0: {
      driver: 'rp1-cfe',
      name: 'rp1-cfe-csi2_ch0',
      bus: 'platform:1f00110000.csi',
      caps: CAPS.graph,
      queues: { 1: [{ fourcc: 'pRAA' }] },
    },
    video19: {
      driver: 'rpi-hevc-dec',
      name: 'rpi-hevc-dec',
      bus: 'platform:rpi-hevc-dec',
      caps: CAPS.m2m,
      queues: { 9: [{ fourcc: 'NC12' }], 10: [{ fourcc: 'S265' }] },
    },
    video20: { driver: 'pispbe', name: 'pispbe-input', bus: 'platform:1000880000.pisp_be', caps: CAPS.output, queues: {} },
    video22: { driver: 'pispbe', name: 'pispbe-output0', bus: 'platform:1000880000.pisp_be', caps: CAPS.camera, queues: { 1: RAW } },
  },
}

export const zero2w: Recorded = {
  files: {
    '/proc/device-tree/model': 'Raspberry Pi Zero 2 W Rev 1.0\0',
    '/proc/cpuinfo': cpus(4),
    '/proc/meminfo': 'MemTotal:         436480 kB\n',
    '/sys/class/drm/card0/device/uevent': 'DRIVER=vc4-drm\n',
    '/sys/class/drm/card0-HDMI-A-1/status': 'connected\n',
    '/sys/bus/cec/devices/cec0/uevent': 'MAJOR=239\nMINOR=0\n',
    '/proc/asound/cards': ` 0 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi
                      vc4-hdmi
`,
    '/proc/asound/pcm': '00-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1\n',
    ...chip(512, 'pinctrl-bcm2835', 54),
    ...chip(566, 'raspberrypi-exp-gpio', 8),
    ...pi,
  },
  video: videoCore,
}

export const webcam: FakeVideo = {
  driver: 'uvcvideo',
  name: 'HD Pro Webcam C920',
  bus: 'usb-0000:00:14.0-3',
  caps: CAPS.camera,
  queues: {
    1: [
      {
        fourcc: 'YUYV',
        sizes: [
          [640, 480, [30, 15]],
          [1280, 720, [10]],
        ],
      },
      {
        fourcc: 'H264',
        sizes: [
          [1280, 720, [30]],
          [1920, 1080, [30]],
        ],
      },
      {
        fourcc: 'MJPG',
        sizes: [
          [1280, 720, [30]],
          [1920, 1080, [30]],
        ],
      },
    ],
  },
}

export const pc: Recorded = {
  files: {
    '/sys/class/dmi/id/sys_vendor': 'LENOVO\n',
    '/sys/class/dmi/id/product_name': '20XW\n',
    '/proc/cpuinfo': cpus(8, 'vendor_id\t: GenuineIntel\n'),
    '/proc/meminfo': 'MemTotal:       16111616 kB\n',
    '/sys/class/drm/card1/device/uevent': 'DRIVER=i915\nPCI_CLASS=30000\n',
    '/sys/class/drm/card1-eDP-1/status': 'connected\n',
    '/sys/class/drm/card1-HDMI-A-1/status': 'disconnected\n',
    '/proc/asound/cards': ` 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0x603d1c0000 irq 160
`,
    '/proc/asound/pcm': '00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1\n00-03: HDMI 0 : HDMI 0 : playback 1\n',
    '/sys/class/watchdog/watchdog0/identity': 'iTCO_wdt\n',
  },
  video: {
    video0: webcam,
    video1: { driver: 'uvcvideo', name: 'HD Pro Webcam C920', bus: 'usb-0000:00:14.0-3', caps: CAPS.meta, queues: {} },
  },
}
