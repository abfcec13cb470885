import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { boardLines, judge, kindOf, limitsOf, macroblocksOf, mayEncode } from '../../src/hw/board.ts'
import { groundAt } from '../../src/hw/ground.ts'
import { survey } from '../../src/hw/survey.ts'
import { Bug } from '../../src/lib/fault.ts'
import { pc, pi4, pi5, zero2w } from './boards.ts'
import { FakeGround, type Recorded } from './fake.ts'

const board = (recorded: Recorded, arch = 'arm64') => judge(survey(new FakeGround(recorded)), arch)
const rolesOf = (recorded: Recorded) => Object.fromEntries(board(recorded).video.map(({ path, role }) => [path.replace('/dev/', ''), role]))

describe('a board is known by what is found on it', () => {
  test('a Pi 4', () => {
    const found = board(pi4)
    expect(found).toMatchObject({ kind: 'Pi 4', model: 'Raspberry Pi 4 Model B Rev 1.5', cores: 4, memoryMb: 3794 })
    expect(found.cec).toEqual(['/dev/cec0', '/dev/cec1'])
    expect(found.screens).toEqual([
      { connector: 'HDMI-A-1', driver: 'vc4-drm', connected: true },
      { connector: 'HDMI-A-2', driver: 'vc4-drm', connected: false },
    ])
    expect(found.sound.map(({ id, plays, records }) => ({ id, plays, records }))).toEqual([
      { id: 'Headphones', plays: true, records: false },
      { id: 'vc4hdmi0', plays: true, records: false },
      { id: 'C920', plays: false, records: true },
    ])
    expect(found.gpio).toContainEqual({ label: 'pinctrl-bcm2711', base: 512, lines: 58 })
    expect(found.infrared).toEqual([{ device: '/dev/lirc0', name: 'gpio_ir_recv' }])
    expect(found.watchdogs).toEqual([{ device: '/dev/watchdog0', name: 'Broadcom BCM2835 Watchdog timer' }])
    expect(found.leds).toEqual(['ACT'])
    expect(found.limits).toEqual({ encoder: 'hardware', macroblocks: 245_760, memoryMb: 3794 })
  })

  test('on a Pi 4 each of the many video nodes has its role, and none of the codec is a camera', () => {
    expect(rolesOf(pi4)).toEqual({
      video0: 'sensor',
      video10: 'decoder',
      video11: 'encoder',
      video12: 'other',
      video13: 'sensor',
      video14: 'sensor',
      video16: 'sensor',
      video18: 'other',
      video31: 'other',
    })
  })

  test('a Pi 5 has no H.264 encoder', () => {
    const found = board(pi5)
    expect(found).toMatchObject({ kind: 'Pi 5', limits: { encoder: 'software', macroblocks: 400_000 } })
    expect(rolesOf(pi5)).toEqual({ video0: 'sensor', video19: 'decoder', video20: 'sensor', video22: 'sensor' })
    expect(found.gpio.map(({ label }) => label)).toContain('pinctrl-rp1')
  })

  test('a Zero 2 W has the encoder of a Pi 4 and an eighth of its memory', () => {
    expect(board(zero2w)).toMatchObject({ kind: 'Zero 2 W', memoryMb: 426, limits: { encoder: 'hardware', macroblocks: 245_760 } })
  })

  test('a PC, with the webcam that encodes by itself', () => {
    const found = board(pc, 'x64')
    expect(found).toMatchObject({ kind: 'PC', model: 'LENOVO 20XW', cores: 8, limits: { encoder: 'software', macroblocks: 3_200_000 } })
    const [camera] = found.video.filter(({ role }) => role === 'camera')
    expect(camera?.formats.find(({ codec }) => codec === 'h264')?.sizes).toEqual([
      { width: 1280, height: 720, rates: [30] },
      { width: 1920, height: 1080, rates: [30] },
    ])
    expect(found.gpio).toEqual([])
  })

  test('a kernel that is a process is a virtual Pi, whatever runs below it', () => {
    const uml: Recorded = { files: { '/proc/cpuinfo': 'processor\t: 0\nvendor_id\t: User Mode Linux\nmodel name\t: UML\n' }, video: {} }
    expect(board(uml, 'x64').kind).toBe('virtual Pi')
  })

  test.each([
    ['Raspberry Pi Compute Module 4 Rev 1.1', 'Pi 4'],
    ['Raspberry Pi 400 Rev 1.0', 'Pi 4'],
    ['Raspberry Pi 500 Rev 1.0', 'Pi 5'],
    ['Raspberry Pi Compute Module 5 Lite Rev 1.0', 'Pi 5'],
    ['Raspberry Pi 3 Model A Plus Rev 1.0', 'Pi 3'],
    ['Radxa ROCK 5B', 'other'],
  ] as const)('%s counts as %s', (model, kind) => {
    expect(kindOf({ model, userMode: false }, 'arm64')).toBe(kind)
  })

  test('a machine with nothing is described too, in plain words', () => {
    const bare = board({ files: {}, video: {} })
    expect(bare).toMatchObject({ kind: 'other', cores: 1, memoryMb: 0 })
    expect(boardLines(bare)).toContain('Pins: none')
    expect(boardLines(board(pi4))).toEqual([
      'Board: Pi 4 (Raspberry Pi 4 Model B Rev 1.5), 4 cores, 3794 MB of memory',
      'Cameras: one on the ribbon cable (libcamera)',
      'H.264 is encoded in hardware: 245,760 macroblocks a second (/dev/video11); hardware decoders: /dev/video10',
      'TV: HDMI-A-1 connected, HDMI-A-2 free',
      'TV remote over HDMI (CEC): /dev/cec0, /dev/cec1',
      'Sound: bcm2835 Headphones (plays), vc4-hdmi-0 (plays), HD Pro Webcam C920 (records)',
      'Pins: pinctrl-bcm2711 (58 lines from 512), raspberrypi-exp-gpio (8 lines from 570)',
      'Infrared: gpio_ir_recv (/dev/lirc0)',
      'Lights: ACT',
      'Watchdog: Broadcom BCM2835 Watchdog timer (/dev/watchdog0)',
    ])
  })

  test('while nothing may be opened, no video device is', () => {
    const ground = new FakeGround(pi4)
    expect(survey(ground, false).video).toEqual([])
    expect(ground.opened).toEqual([])
  })
})

describe('the budget of the encoder of a Pi 4', () => {
  const limits = limitsOf('Pi 4', survey(new FakeGround(pi4)))
  const p720 = { width: 1280, height: 720, fps: 30 }
  const p360 = { width: 640, height: 360, fps: 30 }

  test('is counted in macroblocks, whole ones also at the edges', () => {
    expect(macroblocksOf([{ width: 1920, height: 1080, fps: 30 }])).toBe(244_800)
    expect(macroblocksOf([p720])).toBe(108_000)
    expect(macroblocksOf([p360])).toBe(27_600)
    expect(() => macroblocksOf([{ width: 0, height: 720, fps: 30 }])).toThrow(Bug)
  })

  test('takes a call in two tiers and a small one at 57 %', () => {
    const pictures = [p720, p360, { width: 320, height: 180, fps: 15 }]
    expect(macroblocksOf(pictures) / limits.macroblocks).toBeCloseTo(0.57, 2)
    expect(mayEncode(limits, pictures)).toBe(true)
  })

  test('takes 720p60 with 360p30 at 99 %, 1080p30 alone, 720p30 twice; and nothing above', () => {
    expect(mayEncode(limits, [{ ...p720, fps: 60 }, p360])).toBe(true)
    expect(mayEncode(limits, [{ width: 1920, height: 1080, fps: 30 }])).toBe(true)
    expect(mayEncode(limits, [p720, p720])).toBe(true)
    expect(
      mayEncode(limits, [
        { width: 1920, height: 1080, fps: 30 },
        { ...p360, fps: 15 },
      ]),
    ).toBe(false)
    expect(mayEncode(limits, [p720, p720, p360, p360])).toBe(false)
  })
})

test('a folder stands for the machine: what is there is read, what is not is nothing', () => {
  const root = mkdtempSync(join(tmpdir(), 'parlor-ground-'))
  try {
    mkdirSync(join(root, 'proc/device-tree'), { recursive: true })
    writeFileSync(join(root, 'proc/device-tree/model'), 'Raspberry Pi 4 Model B Rev 1.5\0')
    for (const node of ['video10', 'video2', 'v4l-subdev0']) mkdirSync(join(root, 'sys/class/video4linux', node), { recursive: true })
    const ground = groundAt(root)
    expect(survey(ground)).toMatchObject({ model: 'Raspberry Pi 4 Model B Rev 1.5', video: [], sound: [] })
    expect(ground.list('/sys/class/video4linux')).toEqual(['v4l-subdev0', 'video2', 'video10'])
    expect(ground.stamp('/sys/class/video4linux/video2')).toBeGreaterThan(0)
    expect(ground.stamp('/sys/class/video4linux/video3')).toBeNull()
    expect(ground.read('/sys/class/video4linux')).toBeNull()
  } finally {
    rmSync(root, { recursive: true })
  }
})
