// systemd.test.ts — Parlor as systemd runs it, on the virtual Pi: it is ready when it is, it comes back from whatever fells it and walks back
// into its call, and it stops flapping when it cannot. Times are those of the guest's journal, and are said; the promises are for a Pi, and
// this machine is a program on a shared one, so what is asserted is LATE times as much.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Parlord, RELAY_FILES } from './kit/parlord.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'
import { NO_SOUND, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

/** The promises of a board, seconds. */
const KILLED = 6
const WATCHED = 20
const LATE = 4
const PATIENCE = 120_000
const DROP_IN = '/run/systemd/system'

type Entry = { readonly at: number; readonly unit: string; readonly text: string }

describe.skipIf(whyNot !== null)('Parlor under systemd', { timeout: 300_000 }, () => {
  let pi: VirtualPi
  let parlord: Parlord | null = null
  beforeAll(async () => {
    // No sound, and no TV: here it is not the picture that is tried.
    pi = await bootVirtualPi({
      name: 'systemd',
      files: { '/etc/parlor/parlor.toml': [SMALL_PICTURES, NO_SOUND, NO_TV].join(''), ...RELAY_FILES },
    })
  })
  afterAll(async () => {
    await parlord?.[Symbol.asyncDispose]()
    await pi?.[Symbol.asyncDispose]()
  })
  // Whoever was felled on purpose did not fail.
  afterEach(() => pi.run('systemctl reset-failed'))

  const show = async (unit: string, property: string) => (await pi.must(`systemctl show -P ${property} ${unit}`)).trim()
  const pidOf = async (unit: string) => Number(await show(unit, 'MainPID'))
  const isActive = async (unit: string) => (await show(unit, 'ActiveState')) === 'active'
  const until = (what: string, is: () => Promise<boolean>) =>
    expect.poll(is, { timeout: PATIENCE, interval: 400, message: `it did not come to this: ${what}` }).toBe(true)
  const ready = () => until('both services are ready', async () => (await isActive('parlor')) && (await isActive('parlor-media')))
  const another = (unit: string, before: number) =>
    until(`another ${unit} is ready`, async () => (await isActive(unit)) && (await pidOf(unit)) !== before)
  /** Speaks with the daemon that runs now. */
  const daemon = async (): Promise<Parlord> => {
    await parlord?.[Symbol.asyncDispose]()
    parlord = null
    await ready()
    parlord = await Parlord.reach(pi)
    return parlord
  }
  /** Whichever daemon it is by then. */
  const isInCall = async (): Promise<void> => {
    for (const end = performance.now() + PATIENCE; ; ) {
      try {
        await (await daemon()).until('in its call, with its camera', ({ inCall, actual }) => inCall && actual.camera === 'open')
        return
      } catch (error) {
        if (performance.now() > end) throw error
      }
    }
  }
  const comeHome = async () => {
    const here = await daemon()
    await here.ask('join')
    await here.until('in its call, with its camera', ({ inCall, actual }) => inCall && actual.camera === 'open')
    // What it would walk back into must have been written down.
    await pi.must('sync')
    return here
  }
  const now = async () => Number((await pi.file('/proc/uptime')).split(' ')[0])
  const journal = async (since = 0): Promise<Entry[]> => {
    const text = await pi.must('journalctl -b -u parlor -u parlor-media -u parlor-failsafe --no-pager -o short-monotonic')
    return text.split('\n').flatMap((line) => {
      const [, at, unit = '', text = ''] = /^\[ *([\d.]+)\] \S+ ([\w-]+)\[\d+\]: (.*)$/.exec(line) ?? []
      return Number(at) >= since ? [{ at: Number(at), unit, text }] : []
    })
  }
  /** Says how long after `from` each of these was in the journal, and gives that of the last. */
  const times = async (what: string, from: number, steps: Readonly<Record<string, RegExp>>): Promise<number> => {
    const entries = await journal(from)
    const found = Object.entries(steps).map(([name, line]) => {
      const entry = entries.find(({ text }) => line.test(text))
      if (!entry) throw new Error(`${what}: the journal has no "${name}"`)
      return { name, took: entry.at - from }
    })
    console.log(`${what}: ${found.map(({ name, took }) => `${name} after ${took.toFixed(1)} s`).join(', ')}`)
    return found.at(-1)?.took ?? 0
  }
  const STARTED = { 'started anew': /^Starting parlor\.service/, ready: /^Started parlor\.service/ }

  test('it is ready after its doors are open, and answers from then on', async () => {
    await ready()
    const entries = await journal()
    const at = (line: RegExp) => entries.find(({ text }) => line.test(text))?.at ?? Number.NaN
    expect(at(/^Started parlor\.service/)).toBeGreaterThanOrEqual(at(/INFO: ready/))
    expect(at(/^Starting parlor\.service/)).toBeLessThan(at(/INFO: ready/))
    expect((await (await daemon()).status()).actual.tv).toBe('on')
    expect(await show('parlor', 'StatusText')).toMatch(/^At rest\./)
  })

  test('it is not ready while there are no workers, though its doors are open; and is when they come', async () => {
    await pi.must('systemctl stop parlor parlor-media')
    await pi.must(
      `mkdir -p ${DROP_IN}/parlor-media.service.d && printf "[Unit]\\nConditionPathExists=/run/never\\n" > ${DROP_IN}/parlor-media.service.d/no.conf && systemctl daemon-reload && systemctl start --no-block parlor`,
    )
    await until('it answers', async () => (await pi.run('parlor status')).ok)
    expect(await show('parlor', 'ActiveState')).toBe('activating')
    await pi.must(`rm -r ${DROP_IN}/parlor-media.service.d && systemctl daemon-reload && systemctl start parlor-media`)
    await ready()
  })

  test.each(['parlor', 'parlor-media', 'parlor-failsafe'])('%s is locked up: at most 1.5 of 10 is open to attack', async (unit) => {
    const said = await pi.run(`systemd-analyze security ${unit}.service --no-pager | tail -1`)
    const [, score = '10'] = /Overall exposure level for \S+: ([\d.]+)/.exec(said.out) ?? []
    console.log(`systemd-analyze security ${unit}: ${score}`)
    expect(Number(score)).toBeLessThanOrEqual(1.5)
  })

  test('systemd understands every line of the units', async () => {
    const { out, err } = await pi.run(
      'systemd-analyze verify --man=no parlor.service parlor-media.service parlor-failsafe.service parlor.slice',
    )
    expect(`${out}${err}`).not.toMatch(/parlor/)
  })

  test('each has what it needs, and neither what the other has', async () => {
    await comeHome()
    const text = await pi.must(
      'for p in $(cat /sys/fs/cgroup/parlor.slice/*.service/cgroup.procs); do echo "p $(tr "\\0" " " </proc/$p/cmdline)"; ls -l /proc/$p/fd | sed -n "s/.* -> //p"; done',
    )
    const opened = (program: RegExp): string[] =>
      text.split(/^p /m).flatMap((one) => {
        const [what = '', ...files] = one.split('\n')
        return program.test(what) ? files.filter((file) => file.startsWith('/dev/')) : []
      })
    expect(opened(/app\/main\.ts/).filter((file) => /video|snd|dri|media/.test(file))).toEqual([])
    const workers = opened(/media-host\.ts|child\.ts|capture/)
    expect(workers).toContainEqual(expect.stringMatching(/^\/dev\/video\d+$/))
    expect(workers.filter((file) => /input|cec|gpio/.test(file))).toEqual([])
  })

  test('kill -9: the daemon is back soon, and walks back into its call', async () => {
    await comeHome()
    const before = await pidOf('parlor')
    const from = await now()
    await pi.must(`kill -9 ${before}`)
    await another('parlor', before)
    await isInCall()
    expect(await times('kill -9 of the daemon', from, STARTED)).toBeLessThan(LATE * KILLED)
    await times('kill -9 of the daemon', from, { 'in its room': /in the room/ })
    expect((await journal(from)).filter(({ text }) => /failsafe|has stopped/.test(text))).toEqual([])
  })

  test('a frozen event loop is ended by the watchdog, and the box walks back into its call', async () => {
    await comeHome()
    const before = await pidOf('parlor')
    const from = await now()
    await pi.must(`kill -STOP ${before}`)
    await another('parlor', before)
    await isInCall()
    expect(await times('a frozen event loop', from, { noticed: /Watchdog timeout/, ...STARTED })).toBeLessThan(LATE * WATCHED)
    await times('a frozen event loop', from, { 'in its room': /in the room/ })
  })

  test('a media service that is killed is back soon; the daemon stays, and so does the call', async () => {
    // Who is to blame when this machine has no time for either is not what is tried here.
    await pi.must('systemctl service-watchdogs no')
    const here = await comeHome()
    const [daemonPid, before] = [await pidOf('parlor'), await pidOf('parlor-media')]
    const from = await now()
    await pi.must(`kill -9 ${before}`)
    await another('parlor-media', before)
    await here.until(
      'its camera is open again',
      ({ inCall, actual, notices }) => inCall && actual.camera === 'open' && notices.length === 0,
    )
    console.log(`kill -9 of the media service: camera open again after ${((await now()) - from).toFixed(1)} s`)
    expect(await times('kill -9 of the media service', from, { ready: /^Started parlor-media/ })).toBeLessThan(LATE * KILLED)
    expect(await pidOf('parlor')).toBe(daemonPid)
    await pi.must('systemctl service-watchdogs yes')
  })

  test('a media path that is dead, frozen with its workers, is ended by its watchdog; the daemon comes back with its call if it fell too', async () => {
    await comeHome()
    const before = await pidOf('parlor-media')
    const from = await now()
    await pi.must('for p in $(cat /sys/fs/cgroup/parlor.slice/parlor-media.service/cgroup.procs); do kill -STOP $p; done')
    await another('parlor-media', before)
    await isInCall()
    expect(
      await times('a frozen media service', from, { noticed: /parlor-media.*Watchdog timeout/, ready: /^Started parlor-media/ }),
    ).toBeLessThan(LATE * WATCHED)
    console.log(`a frozen media service: in its call with camera ${((await now()) - from).toFixed(1)} s later`)
  })

  test('workers that cannot be had in a call: the daemon is not fed, begins anew, and is in its call when they can', async () => {
    await comeHome()
    const before = await pidOf('parlor')
    const from = await now()
    await pi.must(`chmod 000 /run/parlor/media.sock && pkill -9 -P ${await pidOf('parlor-media')}`)
    await until('another daemon has been started', async () => ![0, before].includes(await pidOf('parlor')))
    expect(
      await times('a dead media path', from, { noticed: /parlor\.service: Watchdog timeout/, 'started anew': /^Starting parlor\.service/ }),
    ).toBeLessThan(LATE * WATCHED)
    await pi.must('chmod 660 /run/parlor/media.sock')
    await isInCall()
  })

  test('what fails again and again is stopped, with a sign; the machine goes on, and the owner can mend it', async () => {
    const boot = await pi.file('/proc/sys/kernel/random/boot_id')
    await pi.must('systemctl stop parlor')
    await pi.must('echo "this is no setting" >> /etc/parlor/parlor.toml; systemctl start --no-block parlor')
    await until('the sign is shown', () => isActive('parlor-failsafe'))
    expect(await show('parlor', 'ActiveState')).toBe('failed')
    await pi.must(`sed -i '$d' /etc/parlor/parlor.toml; systemctl reset-failed parlor; systemctl start parlor`)
    await ready()
    expect(await isActive('parlor-failsafe')).toBe(false)
    expect(await pi.file('/proc/sys/kernel/random/boot_id')).toBe(boot)
  })

  test('when the time of the sign is up it is tried again by itself', async () => {
    await pi.must('systemctl stop parlor')
    await pi.must(
      `mkdir -p ${DROP_IN}/parlor-failsafe.service.d && printf "[Service]\\nExecStart=\\nExecStart=/opt/parlor/scripts/failsafe 1\\n" > ${DROP_IN}/parlor-failsafe.service.d/soon.conf && systemctl daemon-reload && systemctl start --no-block parlor-failsafe`,
    )
    await ready()
    await pi.must(`rm -r ${DROP_IN}/parlor-failsafe.service.d && systemctl daemon-reload`)
    expect(await isActive('parlor-failsafe')).toBe(false)
  })
})
