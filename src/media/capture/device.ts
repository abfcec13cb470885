// device.ts — the video devices of this machine that may be cameras, as the kernel lists them.
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'

const LIST = '/sys/class/video4linux'
const RECORDS = '/run/udev/data'
/** Nodes of codecs, scalers and of camera sensors that only libcamera can drive. */
const NO_CAMERA = /codec|\bisp|pisp|hevc|cfe|unicam|h264enc|encoder|decoder|image_fx/i

/** May a video device with this kernel name be a camera? */
export const mayBeCamera = (name: string): boolean => !NO_CAMERA.test(name)

/**
 * Does udev's record of a video device say that it gives pictures? Many cameras have a second node, of metadata, and some drivers one
 * that only takes pictures. Null: it does not say.
 * @param record text of /run/udev/data/cMAJOR:MINOR; its property is ":capture:video_output:", for example
 */
export function saysItFilms(record: string): boolean | null {
  const said = /^E:ID_V4L_CAPABILITIES=(.*)$/m.exec(record)?.[1]
  return said === undefined ? null : said.split(':').includes('capture')
}

/** Device paths, in the kernel's order; those behind a fixed name (`/dev/v4l/by-id/...`) are asked for by `wanted`. */
export function videoDevices(wanted: string | null): readonly string[] {
  const listed = nodes()
    .filter(({ node, name }) => mayBeCamera(name) && saysItFilms(recordOf(node)) !== false)
    .map(({ path }) => path)
  return wanted !== null && !listed.includes(wanted) && existsSync(wanted) ? [...listed, wanted] : listed
}

/** May we open it? A node that has just come is nobody's until udev has been there. */
export function isOurs(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** What the kernel calls a device; null: there is none at this path, or it has a fixed name of udev's. */
export const deviceName = (path: string): string | null => nodes().find((node) => node.path === path)?.name ?? null

function nodes(): Array<{ node: string; path: string; name: string }> {
  try {
    return readdirSync(LIST)
      .filter((node) => /^video\d+$/.test(node))
      .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
      .map((node) => ({ node, path: `/dev/${node}`, name: sys(node, 'name') }))
      .filter(({ path }) => existsSync(path))
  } catch {
    // No such folder: no video devices. A node that went while we looked: none this time, we look again soon.
    return []
  }
}

const sys = (node: string, file: string): string => readFileSync(`${LIST}/${node}/${file}`, 'utf8').trim()

/** What udev says of a device; empty when it does not run here, or has not been there yet. */
function recordOf(node: string): string {
  try {
    return readFileSync(`${RECORDS}/c${sys(node, 'dev')}`, 'utf8')
  } catch {
    return ''
  }
}
