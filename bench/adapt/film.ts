// film.ts — what both cameras film: ten seconds of a wall that passes by, with the grain of a cheap sensor, so that there is always
// more to be coded than any line here carries. Chromium reads the file itself; the box reads it from a pipe, frame by frame in time.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/e2e/kit/folder.ts'
import { chances } from '../../test/fake/dice.ts'

export const FILM = { width: 640, height: 360, fps: 15 } as const
const SECONDS = 10
const { width, height, fps } = FILM
export const FRAME_BYTES = (width * height * 3) / 2

/** Brightness steps of the grain, to each side. */
const GRAIN = 9

/** Makes the film; gives the path of a .y4m file. The same every time. */
export function makeFilm(): string {
  const dice = chances(7)
  const path = join(temporaryFolder('film'), 'film.y4m')
  const file = openSync(path, 'w')
  writeSync(file, `YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`)
  const grain = Int8Array.from({ length: 65_537 }, () => Math.round((dice() * 2 - 1) * GRAIN))
  const picture = Buffer.alloc(FRAME_BYTES, 128)
  for (let n = 0; n < SECONDS * fps; n++) {
    let die = Math.floor(dice() * grain.length)
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        const wall = 128 + 50 * Math.sin((x + 3 * n) / 9) * Math.sin(y / 13) + 30 * Math.sin((x + y + 3 * n) / 31)
        die = die + 1 < grain.length ? die + 1 : Math.floor(dice() * 100)
        picture[at] = wall + (grain[die] ?? 0)
      }
    }
    writeSync(file, 'FRAME\n')
    writeSync(file, picture)
  }
  closeSync(file)
  return path
}

/** The film as a camera of the box: a pipe, and a process that fills it in time. */
export class FilmCamera implements Disposable {
  /** For the setting camera.source. */
  readonly source: string
  readonly #child: ChildProcess

  constructor(film: string) {
    const pipe = join(temporaryFolder('film'), 'camera')
    execFileSync('mkfifo', [pipe])
    this.source = `launch:filesrc location=${pipe} blocksize=${FRAME_BYTES} do-timestamp=true ! rawvideoparse format=i420 width=${width} height=${height} framerate=${fps}/1`
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'film-child.ts'), film, pipe], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}
