// press.ts — runs inside the virtual Pi: a finger on a bad button. Presses it so many times, each time with the sparks of a worn contact,
// while listen.ts, a process of its own, listens as Parlor does. Ends with what was heard, as JSON.
//
//   press.ts <how many> <file that sets the level> <line> <hold: ms, or "until heard">
//
// A finger that holds "until heard" lets go when the listener has told the press (a busy machine may take its time); a
// press that is lost is held for ten seconds, and then counted as lost.
import { spawn } from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [count = '', file = '', line = '', hold = 'until heard'] = process.argv.slice(2)
const level = openSync(file, 'w')
const set = (pressed: boolean): void => void writeSync(level, pressed ? 'pull-down' : 'pull-up')
const pause = (ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end);
}
let seed = 11
const random = (): number => {
  seed = (seed * 1664525 + 1013904223) % 2 ** 32
  return seed / 2 ** 32
}

const listener = spawn(process.execPath, [fileURLToPath(new URL('listen.ts', import.meta.url)), 'button', line], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const heard: string[] = []
let wake = (): void => {}
let rest = ''
listener.stdout.on('data', (bytes: Buffer) => {
  const lines = (rest + bytes).split('\n')
  rest = lines.pop() ?? ''
  heard.push(...lines)
  wake()
})
const ended = new Promise((done) => listener.once('exit', done))
/** Waits until so many lines were heard; false after ten seconds. */
const hears = async (lines: number): Promise<boolean> => {
  const end = performance.now() + 10_000
  while (heard.length < lines && performance.now() < end)
    await new Promise<void>((done) => {
      const timer = setTimeout(done, 100)
      wake = () => {
        clearTimeout(timer)
        done()
      }
    })
  return heard.length >= lines
}

set(false)
if (!(await hears(2))) throw new Error(`the listener does not begin: ${heard}`)
const first = heard.length
let edges = 0
let lost = 0
for (let turn = 0; turn < 2 * Number(count); turn++) {
  const pressed = turn % 2 === 0
  for (let sparks = Math.floor(random() * 5); sparks > 0; sparks--) {
    for (const to of [pressed, !pressed]) {
      set(to)
      edges++
      pause(0.05 + random() * 2)
    }
  }
  set(pressed)
  edges++
  if (hold !== 'until heard') await new Promise((done) => setTimeout(done, Number(hold)))
  else if (!(await hears(first + turn + 1 - lost))) lost++
}
await new Promise((done) => setTimeout(done, 500))
listener.kill('SIGTERM')
await ended
const told = heard.slice(first).filter((word) => word !== 'ended')
const doubled = told.filter((word, i) => word !== (i % 2 === 0 ? 'on' : 'off')).length
process.stdout.write(
  `${JSON.stringify({ presses: Number(count), edges, on: told.filter((w) => w === 'on').length, off: told.filter((w) => w === 'off').length, doubled, lost })}\n`,
)
