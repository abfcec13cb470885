// still.ts — the pixels of a JPEG of the TV.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/** The TV as raw RGB, by place. @param folder for files that are written over each time */
export function pixels(jpeg: Uint8Array, folder: string): (x: number, y: number) => number[] {
  const [file, raw] = [join(folder, 'still.jpg'), join(folder, 'rgb')]
  writeFileSync(file, jpeg)
  const launch = `filesrc location=${file} ! jpegdec ! videoconvert ! video/x-raw,format=RGB,width=1920,height=1080 ! filesink location=${raw}`
  const out = spawnSync('gst-launch-1.0', ['-q', ...launch.split(' ')])
  expect(out.status, String(out.stderr)).toBe(0)
  const bytes = readFileSync(raw)
  expect(bytes.length).toBe(1920 * 1080 * 3)
  return (x, y) => [...bytes.subarray((y * 1920 + x) * 3, (y * 1920 + x) * 3 + 3)]
}
