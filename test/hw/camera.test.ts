import { describe, expect, test } from 'vitest'
import { Cameras } from '../../src/hw/camera.ts'
import { describeVideo } from '../../src/hw/v4l2.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms } from '../../src/lib/unit.ts'
import { pi4, webcam } from './boards.ts'
import { askVideo, CAPS, FakeGround, type FakeVideo, type Recorded } from './fake.ts'

const nothing: Recorded = { files: {}, video: {} }
function watched(recorded: Recorded, mayOpen = () => true) {
  const ground = new FakeGround(recorded)
  const clock = new FakeClock()
  const end = new AbortController()
  let change = (): void => {}
  const cameras = new Cameras({
    ground,
    clock,
    mayOpen,
    changes: (onChange) => {
      change = onChange
    },
    onListenerError: (error) => {
      throw error
    },
  })
  const heard: string[] = []
  for (const event of ['came', 'went', 'known'] as const) cameras.on(event, ({ path, name }) => heard.push(`${event} ${path} ${name}`))
  const watching = cameras.watch(end.signal)
  return { ground, clock, end, cameras, heard, watching, change: () => change() }
}

describe('cameras', () => {
  test('of a Pi with a webcam: one, though the board has ten video nodes', () => {
    const { cameras, heard } = watched({ files: pi4.files, video: { ...pi4.video, video32: webcam } })
    expect(cameras.list).toHaveLength(1)
    expect(cameras.list[0]).toMatchObject({ path: '/dev/video32', name: 'HD Pro Webcam C920', bus: 'usb-0000:00:14.0-3' })
    expect(cameras.list[0]?.formats?.map(({ codec }) => codec)).toEqual(['raw', 'h264', 'mjpeg'])
    expect(heard).toEqual(['came /dev/video32 HD Pro Webcam C920'])
  })

  test('one that is pulled out went, one that is plugged in came', () => {
    const { ground, heard, change, cameras } = watched({ files: {}, video: { video0: webcam } })
    ground.unplug('video0')
    change()
    expect(cameras.list).toEqual([])
    ground.plugIn('video0', webcam)
    change()
    expect(heard.map((h) => h.split(' ')[0])).toEqual(['came', 'went', 'came'])
  })

  test('one that went and came while nobody looked is another: it went and came', () => {
    const { ground, heard, change } = watched({ files: {}, video: { video0: webcam } })
    ground.unplug('video0')
    ground.plugIn('video0', { ...webcam, name: 'Another' })
    change()
    expect(heard).toEqual(['came /dev/video0 HD Pro Webcam C920', 'went /dev/video0 HD Pro Webcam C920', 'came /dev/video0 Another'])
  })

  test('are also found without a hint from the kernel, within two seconds', async () => {
    const { ground, clock, heard, end, watching } = watched(nothing)
    ground.plugIn('video0', webcam)
    await clock.advance(ms(2000))
    expect(heard).toHaveLength(1)
    end.abort()
    await watching
    ground.unplug('video0')
    await clock.advance(ms(10_000))
    expect(heard).toHaveLength(1)
  })

  test('are asked once, not at every look', async () => {
    const { ground, clock } = watched({ files: {}, video: { video0: webcam } })
    await clock.advance(ms(20_000))
    expect(ground.opened).toEqual(['/dev/video0'])
  })

  test('are not opened while the privacy switch is shut, yet listed; when it opens they are asked', async () => {
    let open = false
    const { ground, clock, cameras, heard } = watched({ files: pi4.files, video: { ...pi4.video, video32: webcam } }, () => open)
    await clock.advance(ms(60_000))
    expect(ground.opened).toEqual([])
    expect(cameras.list).toEqual([{ path: '/dev/video32', name: 'HD Pro Webcam C920', bus: '', formats: null }])
    open = true
    await clock.advance(ms(2000))
    expect(cameras.list[0]?.formats).toHaveLength(3)
    expect(heard).toEqual(['came /dev/video32 HD Pro Webcam C920', 'known /dev/video32 HD Pro Webcam C920'])
  })
})

describe('what a device says of itself', () => {
  test('any size and any rate becomes the sizes and rates that are in use', () => {
    const sizes = [{ from: [2, 1] as [number, number], to: [1280, 960] as [number, number], step: 1 }]
    const found = describeVideo(askVideo({ ...webcam, queues: { 1: [{ fourcc: 'YUYV', sizes }] } }))
    expect(found?.formats[0]?.sizes.map(({ width, height }) => `${width}x${height}`)).toEqual([
      '1280x720',
      '960x540',
      '640x480',
      '640x360',
      '320x180',
    ])
    expect(found?.formats[0]?.sizes[0]?.rates).toEqual([60, 50, 30, 25, 15, 10])
  })

  test('is cut off where it has no end, and nonsense is left out', () => {
    const endless: FakeVideo = {
      driver: 'uvcvideo',
      name: 'evil\u001b[2J\u0007 cam',
      bus: 'usb',
      caps: CAPS.camera,
      queues: {
        1: Array.from({ length: 100 }, (_, i) => ({
          fourcc: `X${String(i).padStart(3, '0')}`.slice(0, 4),
          sizes: Array.from({ length: 100 }, () => [0, 4_000_000_000, [30]] as const),
        })),
      },
    }
    let asked = 0
    const ask = askVideo(endless)
    const found = describeVideo((request, buffer) => {
      asked++
      return ask(request, buffer)
    })
    expect(found?.name).toBe('evil[2J cam')
    expect(found?.formats).toHaveLength(64)
    expect(found?.formats.every(({ sizes }) => sizes.length === 0)).toBe(true)
    expect(asked).toBeLessThan(64 * 66 + 10)
  })

  test('a rate of nothing in no time is no rate', () => {
    const found = describeVideo(askVideo({ ...webcam, queues: { 1: [{ fourcc: 'MJPG', sizes: [[640, 480, [0, 30]]] }] } }))
    expect(found?.formats[0]?.sizes).toEqual([{ width: 640, height: 480, rates: [30] }])
  })

  test('a node that does not know the question is none of ours', () => {
    expect(describeVideo(() => -25)).toBeNull()
  })
})
