import { describe, expect, it } from 'vitest'
import { kbps } from '../../src/lib/unit.ts'
import { ENCODERS, encoderLaunch, inProgram, isMissing, keyOrder, level, rateChange } from '../../src/media/encoder.ts'

const hd = { width: 1280, height: 720, fps: 30 }

describe('every encoder', () => {
  it.each(ENCODERS)('%s gives constrained baseline as a byte stream, by the name enc', (kind) => {
    const launch = encoderLaunch(kind, hd, kbps(1500))
    expect(launch).toContain('name=enc')
    expect(launch).toContain('profile=constrained-baseline')
    expect(launch).toContain('stream-format=byte-stream,alignment=au')
    expect(launch).toMatch(/(key-int-max|gop-size|h264_i_frame_period)=300/)
  })
})
it('gives each the rate in its own unit, at the start and later', () => {
  expect(encoderLaunch('x264', hd, kbps(1500))).toContain(' bitrate=1500 ')
  expect(encoderLaunch('openh264', hd, kbps(1500))).toContain(' bitrate=1500000 ')
  expect(encoderLaunch('v4l2', hd, kbps(1500))).toContain('video_bitrate=1500000')
  expect(ENCODERS.map((kind) => rateChange(kind, kbps(300)))).toEqual([
    ['extra-controls', 'controls,video_bitrate=300000'],
    ['bitrate', '300'],
    ['bitrate', '300000'],
  ])
})
it('forces a keyframe by a control where the event is not understood', () => {
  expect(ENCODERS.map(keyOrder)).toEqual([['extra-controls', 'controls,force_key_frame=1'], null, null])
})
it('holds no frame back in x264: no B-frames, no scene cuts, slices instead of frame threads', () => {
  const launch = encoderLaunch('x264', hd, kbps(1500))
  for (const word of ['tune=zerolatency', 'bframes=0', 'scenecut=0', 'sliced-threads=true']) expect(launch).toContain(word)
})
it('names the lowest level that holds the picture', () => {
  expect([hd, { ...hd, fps: 60 }, { width: 1920, height: 1080, fps: 30 }, { width: 1920, height: 1080, fps: 60 }].map(level)).toEqual([
    '3.1',
    '4',
    '4',
    '4.2',
  ])
})
it('knows when an encoder is not on this machine', () => {
  expect(isMissing('v4l2', 'GStreamer will not build this: no element "v4l2h264enc"')).toBe(true)
  expect(isMissing('v4l2', 'GStreamer will not build this: no element "v4l2src"')).toBe(false)
})
it('keeps the frames of a call even, and lets keyframes of a program be larger', () => {
  const ahead = (launch: string) => Number(/vbv-buf-capacity=(\d+)/.exec(launch)?.[1])
  const [call, program] = [encoderLaunch('x264', hd, kbps(1500)), encoderLaunch('x264', hd, kbps(1500), 'enc', inProgram(hd, 2))]
  expect(ahead(call)).toBeLessThan(ahead(program))
  expect(ahead(encoderLaunch('x264', { ...hd, fps: 10 }, kbps(500))), 'two frames').toBe(200)
  expect(program).toContain('key-int-max=60 ')
})
