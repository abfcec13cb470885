// relays.slow.test.ts — a house with two relays and four who watch, and another with one who watches: as much comes in over the one's way to the internet
// as over the other's. What the routers' interfaces count is compared, in the same seconds of the same broadcast.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { often } from '../../often.ts'
import type { ReaderLine } from '../kit/readers.ts'
import { whyNoBadCables } from './cable.ts'
import { Lab, SERVER } from './lab.ts'
import { incomingOf, Lan } from './lan.ts'
import { hasLab } from './may.ts'

const ROOT = join(import.meta.dirname, '../../..')
const KBPS = 2500
/** The way to the internet carries three streams, and four want to watch. */
const LINE = { delay: 25, jitter: 4, rate: 8000 }
const SECONDS = often(30, 15)

const children: ChildProcess[] = []
const said = new Map<ChildProcess, string>()
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** One of our programs on a machine of the laboratory. */
function start(namespace: string, script: string, ...args: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, join(ROOT, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  said.set(child, '')
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => said.set(child, (said.get(child) ?? '') + text))
  return child
}
const heard = (child: ChildProcess) => said.get(child) ?? ''
async function until(what: string, isSo: () => boolean, patience = 30_000): Promise<void> {
  for (let waited = 0; !isSo(); waited += 50) {
    if (waited > patience) throw new Error(`${what}: not after ${patience} ms\n${children.map(heard).join('\n---\n').slice(-4000)}`)
    await sleep(50)
  }
}
const times = (text: string, what: string): number => text.split(what).length - 1
function lastLine(child: ChildProcess): ReaderLine | null {
  const text = heard(child)
    .split('\n')
    .filter((line) => line.startsWith('{"at"'))
    .at(-1)
  return text ? (JSON.parse(text) as ReaderLine) : null
}

describe.skipIf(!hasLab || whyNoBadCables() !== null)('the relays of a house', () => {
  test('four watch at home by two relays, and one copy comes in; when the one that leads dies, the other goes on', async () => {
    using lab = new Lab()
    using house = lab.home('port restricted', LINE)
    using lan = new Lan(house)
    using other = lab.home('port restricted', LINE)
    const origin = start(lab.server, 'test/e2e/kit/made-origin.ts', '8080', String(KBPS))
    await until('the broadcast begins', () => /made \d{5}/.test(heard(origin)))
    const program = /\/w\/(\w+)/.exec(heard(origin))?.[1] ?? ''
    const link = `http://${SERVER}:8080/w/${program}`

    const [one, two, sofa] = [lan.machine('one'), lan.machine('two'), lan.machine('sofa')]
    const first = start(one.namespace, 'src/app/cli.ts', 'relay', link, '8090')
    await until('the first leads', () => heard(first).includes('reads the broadcast from its origin'))
    const second = start(two.namespace, 'src/app/cli.ts', 'relay', link, '8090')
    const finds = 'reads the broadcast from another relay in the house'
    await until('one finds the other', () => [first, second].some((relay) => heard(relay).includes(finds)))
    // Who began first leads, but for two that begin in the same second.
    const [leads, follows, place] = heard(second).includes(finds) ? [first, second, 2] : [second, first, 0]
    const at = (machine: { readonly address: string }) => `http://${machine.address}:8090`
    const four = start(
      sofa.namespace,
      'test/e2e/kit/readers.ts',
      program,
      ...[`page=${at(one)}`, `hls=${at(one)}`, `page=${at(two)}`, `hls=${at(two)}`],
    )
    const alone = start(other.namespace, 'test/e2e/kit/readers.ts', program, `page=http://${SERVER}:8080`)
    await until(
      'everybody watches',
      () => (lastLine(four)?.bytes.every((bytes) => bytes > 500_000) ?? false) && (lastLine(alone)?.bytes[0] ?? 0) > 500_000,
    )
    await sleep(2000)

    const before = { house: lan.incoming, other: incomingOf(other), four: lastLine(four), alone: lastLine(alone) }
    await sleep(SECONDS * 1000)
    const after = { house: lan.incoming, other: incomingOf(other), four: lastLine(four), alone: lastLine(alone) }
    const [inHouse, inOther] = [after.house - before.house, after.other - before.other]
    const seen = (after.four?.bytes ?? []).map((bytes, i) => bytes - (before.four?.bytes[i] ?? 0))
    const stream = (after.alone?.bytes[0] ?? 0) - (before.alone?.bytes[0] ?? 0)
    console.log(
      `into the house ${inHouse} bytes, into that of one viewer ${inOther}: ${(inHouse / inOther).toFixed(3)}; of objects alone ${stream}: ${(inHouse / stream).toFixed(3)}; seen by the four: ${seen.join(', ')}; late ${after.four?.late} ms, alone ${after.alone?.late} ms`,
    )
    expect(inHouse / inOther).toBeGreaterThan(0.95)
    expect(inHouse / inOther).toBeLessThan(1.05)
    // All four had all of it: the readers of playlists watch the picture alone.
    for (const bytes of seen) expect(bytes / stream).toBeGreaterThan(0.85)
    expect(after.four?.odd).toEqual([])

    // The one that leads dies.
    const newest = lastLine(four)?.newest[place] ?? 0
    const led = times(heard(follows), 'reads the broadcast from its origin')
    const dies = Date.now()
    leads.kill('SIGKILL')
    await until('the other leads', () => times(heard(follows), 'reads the broadcast from its origin') > led)
    const taken = Date.now() - dies
    await until('those who watch at the other go on', () => (lastLine(four)?.newest[place] ?? 0) > newest + 50)
    console.log(`the other took over after ${taken} ms`)
    expect(lastLine(four)?.odd.filter((each) => each.startsWith(`${place}:`) || each.startsWith('a part of'))).toEqual([])

    // And the next one is cut off without a word, when a third is there.
    const [next, gone] = [leads === first ? two : one, leads === first ? one : two]
    const third = start(gone.namespace, 'src/app/cli.ts', 'relay', link, '8091')
    await until('the third finds the one that leads', () => heard(third).includes(finds))
    const was = times(heard(third), 'reads the broadcast from its origin')
    const cut = Date.now()
    next.unplug()
    await until('the third leads', () => times(heard(third), 'reads the broadcast from its origin') > was)
    console.log(`a third took over ${Date.now() - cut} ms after the cable was pulled`)
    expect(Date.now() - cut).toBeLessThan(15_000)
  }, 280_000)
})
