import { describe, expect, it } from 'vitest'
import { kbps } from '../../../src/lib/unit.ts'
import { attempts, bestFirst, cameraLaunch, probeLaunch } from '../../../src/media/capture/attempt.ts'
import { formName, forms, isEncoded, parseSource, quoted, sourceLaunch } from '../../../src/media/capture/source.ts'

const hd = { width: 1280, height: 720, fps: 30 }
const names = (launch: string): string[] => [...launch.matchAll(/name=(\w+)/g)].map(([, name = '']) => name)

describe('the setting camera.source', () => {
  it('is read as what it says', () => {
    expect(['auto', 'none', 'test', 'libcamera'].map(parseSource)).toEqual([
      { kind: 'auto' },
      { kind: 'none' },
      { kind: 'test' },
      { kind: 'libcamera' },
    ])
    expect(parseSource('/dev/v4l/by-id/usb-cam')).toEqual({ kind: 'device', path: '/dev/v4l/by-id/usb-cam' })
    expect(parseSource('file:/srv/a b: c.mp4')).toEqual({ kind: 'file', path: '/srv/a b: c.mp4' })
    expect(parseSource('launch: videotestsrc is-live=true')).toEqual({ kind: 'launch', launch: 'videotestsrc is-live=true' })
  })
  it.each(['', 'webcam', 'file:', 'launch: ', 'video0', 'Auto'])('refuses "%s" with a sentence', (text) => {
    expect(() => parseSource(text)).toThrow(/camera\.source .* is none of: auto, none, test/)
  })
})

describe('what is tried', () => {
  const found = { devices: ['/dev/video0', '/dev/video2'], libcamera: true }
  it('is, by itself, a Pi camera first, then each device: its own H.264, MJPEG, raw, then whatever it has', () => {
    expect(forms({ kind: 'auto' }, found).map(formName)).toEqual([
      'libcamera',
      ...['/dev/video0', '/dev/video2'].flatMap((path) => ['h264', 'mjpeg', 'raw', 'any mjpeg', 'any raw'].map((as) => `${path} (${as})`)),
    ])
  })
  it('is nothing when there is nothing, and when nothing is wanted', () => {
    expect(forms({ kind: 'auto' }, { devices: [], libcamera: false })).toEqual([])
    expect(forms({ kind: 'none' }, found)).toEqual([])
    expect(forms({ kind: 'device', path: '/dev/video9' }, found)).toEqual([])
  })
  it('is a camera that encodes by itself before all others, then every form with the best encoder, then with the next', () => {
    const list = attempts(forms({ kind: 'device', path: '/dev/video0' }, found), ['v4l2', 'x264'])
    expect(list.map(({ form, encoder }) => `${form.from === 'device' ? form.as : ''} ${encoder}`)).toEqual([
      'h264 null',
      'mjpeg v4l2',
      'raw v4l2',
      'any mjpeg v4l2',
      'any raw v4l2',
      'mjpeg x264',
      'raw x264',
      'any mjpeg x264',
      'any raw x264',
    ])
  })
  it('is first of all what is known to work, and then all else in its order', () => {
    const list = attempts(forms({ kind: 'device', path: '/dev/video0' }, found), ['v4l2', 'x264'])
    const first = bestFirst(list, ({ form, encoder }) => form.from === 'device' && form.as === 'any raw' && encoder === 'x264')
    expect(first[0]).toEqual({ form: { from: 'device', path: '/dev/video0', as: 'any raw' }, encoder: 'x264' })
    expect(first.slice(1)).toEqual(list.slice(0, -1))
    expect(bestFirst(list, () => false)).toEqual(list)
  })
})

describe('the pipeline', () => {
  const all = [
    ...forms({ kind: 'auto' }, { devices: ['/dev/video0'], libcamera: true }),
    ...forms({ kind: 'test' }, { devices: [], libcamera: false }),
    ...forms(parseSource('file:/a.mp4'), { devices: [], libcamera: false }),
    ...forms(parseSource('launch:videotestsrc is-live=true'), { devices: [], libcamera: false }),
  ]
  it.each(all.map((form) => [formName(form), form] as const))('of %s counts, pays and sends to loopback without waiting', (_, form) => {
    const launch = cameraLaunch({ form, encoder: isEncoded(form) ? null : 'x264' }, hd, kbps(1500), 40000)
    expect(names(launch)).toEqual(expect.arrayContaining(['count', 'pay', 'out']))
    expect(launch).toContain('pt=96')
    expect(launch).toContain('host=127.0.0.1 port=40000 sync=false')
    expect(launch).not.toContain('undefined')
  })
  it('loses raw frames rather than be late, but never coded ones', () => {
    const [coded, raw] = attempts(forms({ kind: 'device', path: '/dev/video0' }, { devices: ['/dev/video0'], libcamera: false }), ['x264'])
    expect(coded && cameraLaunch(coded, hd, kbps(1), 1)).not.toContain('leaky')
    expect(raw && cameraLaunch(raw, hd, kbps(1), 1)).toContain('leaky=downstream max-size-buffers=2')
    expect(coded && cameraLaunch(coded, hd, kbps(1), 1)).not.toContain('enc ')
  })
  it('gives the hardware encoder no more frames than were asked for, as its budget is counted by them', () => {
    const launch = (as: 'raw' | 'any raw' | 'any mjpeg', encoder: 'v4l2' | 'x264') =>
      cameraLaunch({ form: { from: 'device', path: '/dev/video0', as }, encoder }, hd, kbps(1), 1)
    expect(launch('raw', 'v4l2')).toContain('videorate drop-only=true max-rate=30 ! v4l2h264enc ')
    expect(launch('any raw', 'x264')).not.toContain('videorate')
    // Where there may be more of them, before they are converted.
    expect(launch('any raw', 'v4l2')).toContain('video/x-raw ! videorate drop-only=true max-rate=30 ! videoconvert ')
    expect(launch('any mjpeg', 'v4l2')).toContain('image/jpeg ! videorate drop-only=true max-rate=30 ! jpegdec ')
    expect(launch('any raw', 'v4l2').match(/videorate/g)).toHaveLength(1)
  })
  it('that probes ends by itself', () => {
    expect(probeLaunch({ from: 'test', words: 'x' }, hd)).toContain('eos-after=2')
  })
  it('takes any file name', () => {
    expect(quoted('/a "b"\\c')).toBe('"/a \\"b\\"\\\\c"')
    expect(sourceLaunch({ from: 'file', path: '/a b.mp4' }, hd)).toContain('location="/a b.mp4"')
  })
})
