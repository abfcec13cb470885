// codec.test.ts — the virtual Pi's H.264 encoder (hw/virtual/vh264enc) in the kernel: as programs find it, as Parlor's camera drives it, and
// with every trouble it can make. What is asserted is what happened, by the driver's own counters, never how fast.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { artefact } from '../e2e/kit/folder.ts'
import { bootVirtualPi, type Running, type VirtualPi, whyNot } from './kit/pi.ts'

const GUEST = '/opt/parlor/test/virtual/guest'
const MODES = '/sys/module/vh264enc/parameters'
const COUNTERS = '/sys/kernel/debug/vh264enc'
const DRIVER = '/sys/bus/platform/drivers/vh264enc'
/** A picture in which everything changes all the time: it uses whatever bit rate it is given. */
const SNOW = 'videotestsrc is-live=true pattern=snow ! video/x-raw,format=I420,width=640,height=360,framerate=30/1'
const CODED = 'video/x-h264,level=(string)3.1,profile=constrained-baseline,stream-format=byte-stream,alignment=au'
const encode = (source: string, sink: string): string =>
  `gst-launch-1.0 -q ${source} ! v4l2h264enc extra-controls="controls,video_bitrate=1000000,repeat_sequence_header=1" ! "${CODED}" ! ${sink}`

type Counters = Readonly<
  Record<'instances' | 'bitrate' | 'bytes_out' | 'frames_in' | 'frames_out' | 'frames_lost' | 'keyframes_forced' | 'eaten_kb', number>
>

describe.skipIf(whyNot !== null)('the encoder of the virtual Pi', () => {
  let pi: VirtualPi
  let node = ''
  let camera = ''
  const counters = async (): Promise<Counters> =>
    Object.fromEntries((await pi.must(`cd ${COUNTERS} && grep . *`)).trim().split('\n').map(counter)) as Counters
  const mode = (name: 'delay_us' | 'hang' | 'fail_after' | 'eat_kb' | 'memory_kb', value: number) =>
    pi.write(`${MODES}/${name}`, `${value}`)
  const well = async (): Promise<void> => {
    for (const name of ['delay_us', 'hang', 'fail_after', 'eat_kb'] as const) await mode(name, 0)
    await mode('memory_kb', 262_144)
  }
  const film = (source: string, file: string): Running =>
    pi.start(`cd /opt/parlor && here=$PWD && . scripts/env && exec node ${GUEST}/film.ts '${source}' 640 360 ${file}`)
  let started: Running | undefined
  const start = (command: string): Running => {
    started = pi.start(command)
    return started
  }
  /** What those wait for who are at work. */
  const waits = async (): Promise<string> => {
    const threads = 'for task in /proc/$pid/task/*; do echo "$(cat $task/comm): $(tr "\\n" " " < $task/stack)"; done'
    const { out } = await pi.run(`for pid in $(pidof gst-launch-1.0 node); do ${threads}; done; dmesg | tail -n 5`)
    return `${JSON.stringify(await counters())}\n${started?.err}\n${out}`
  }
  /** The counters have moved by so much. Where they do not, it says what those wait for who should move them. */
  const until = async (name: keyof Counters, least: number): Promise<void> => {
    try {
      await expect.poll(async () => (await counters())[name], { timeout: 60_000, interval: 200 }).toBeGreaterThanOrEqual(least)
    } catch (cause) {
      throw new Error(`${name} did not come to ${least}: ${await waits()}`, { cause })
    }
  }
  /** It ends by itself; likewise. */
  const ended = async (running: Running): Promise<string> => {
    const told = await Promise.race([running.ended, sleep(45_000, null, { ref: false })])
    if (!told) throw new Error(`it does not end: ${await waits()}`)
    return told.err
  }
  /** What the encoder is asked for makes it make so much: that is up to 15 % more or less (media/capture/made.ts). */
  const asked = async (meant: number): Promise<void> => {
    const off = async () => Math.abs((await counters()).bitrate / meant - 1)
    await expect.poll(off, { timeout: 60_000, interval: 200 }).toBeLessThan(0.16)
  }
  const file = async (path: string): Promise<string> => {
    await pi.must(`cp ${path} /host/`)
    return join(pi.share, path.slice(path.lastIndexOf('/') + 1))
  }

  beforeAll(async () => {
    pi = await bootVirtualPi({
      name: 'codec',
      args: ['systemd.mask=parlor.service'],
      files: { [`${GUEST}/film.ts`]: readFileSync(new URL('guest/film.ts', import.meta.url)) },
    })
    const names = await pi.must('grep . /sys/class/video4linux/video*/name')
    node = `/dev/${/(video\d+)\/name:bcm2835-codec-encode/.exec(names)?.[1]}`
    camera = `/dev/${/(video\d+)\/name:vivid-.*-vid-cap/.exec(names)?.[1]}`
    await pi.must(`mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug`)
  })
  afterEach(well)
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })

  test("passes the kernel's own test of encoders, streaming and all", async () => {
    const { out } = await pi.run(`v4l2-compliance -d ${node} -s10 -e ${camera}`, 120_000)
    expect(out).toMatch(/Driver name\s+: bcm2835-codec/)
    expect(out).toMatch(/Detected Stateful Encoder/)
    expect(out.split('\n').filter((line) => /fail|warn/i.test(line))).toEqual([expect.stringMatching(/Failed: 0, Warnings: 0$/)])
  }, 150_000)

  test('is v4l2h264enc to GStreamer; what the camera films decodes, picture for picture', async () => {
    expect(await pi.must('gst-inspect-1.0 v4l2h264enc')).toMatch(/V4L2 H\.264 Encoder/)
    const raw = 'video/x-raw,width=1280,height=720'
    await pi.must(encode(`v4l2src device=${camera} num-buffers=60 ! ${raw} ! videoconvert`, 'h264parse ! filesink location=/tmp/film.h264'))
    const stream = await file('/tmp/film.h264')
    expect(probe(stream)).toEqual({ profile: 'Constrained Baseline', width: 1280, height: 720, level: 31, nb_read_frames: '60' })
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', stream, '-frames:v', '1', artefact('virtual', 'codec-vivid.png')])
  })

  describe("driven by Parlor's own camera", () => {
    test('takes another bit rate and gives keyframes while it runs: the same encoder, one whole stream', async () => {
      await using filming = film(`launch:${SNOW}`, '/tmp/snow.h264')
      await filming.says(/ready/)
      filming.write('open\n')
      await filming.says(/opened/, 60_000)
      expect(filming.out).toMatch(/v4l2, 640x360 at 30/)
      const first = await counters()
      expect(first.instances).toBe(1)
      await asked(1_000_000)

      /** Bytes a frame takes, over so many frames. */
      const weight = async (frames: number): Promise<number> => {
        const from = await counters()
        await until('frames_out', from.frames_out + frames)
        const to = await counters()
        return (to.bytes_out - from.bytes_out) / (to.frames_out - from.frames_out)
      }
      const heavy = await weight(60)
      filming.write('rate 300000\n')
      await asked(300_000)
      await weight(30)
      const light = await weight(60)
      console.log('bytes a frame at 1,000 and 300 kbit/s:', heavy, light)
      expect(light).toBeLessThan(heavy * 0.6)

      filming.write('key\nkey\nkey\n')
      await until('keyframes_forced', first.keyframes_forced + 1)
      filming.write('rate 2000000\n')
      await asked(2_000_000)
      await weight(30)
      const last = await counters()
      expect(last).toMatchObject({ instances: 1, frames_lost: first.frames_lost })
      // Three asked at once: one now, and one for those who came too late for it.
      expect(last.keyframes_forced - first.keyframes_forced).toBeLessThanOrEqual(2)
      expect(filming.out).not.toMatch(/fault/)
      await filming.stop()

      const { nb_read_frames, ...stream } = probe(await file('/tmp/snow.h264'))
      expect(stream).toEqual({ profile: 'Constrained Baseline', width: 640, height: 360, level: 31 })
      expect(Number(nb_read_frames)).toBeGreaterThan(150)
    })

    test('hangs: the camera goes on with the CPU, and with the hardware when it is opened anew', async () => {
      await using filming = film(`launch:${SNOW}`, '/dev/null')
      await filming.says(/ready/)
      filming.write('open\n')
      await filming.says(/v4l2, 640x360[\s\S]*opened/, 60_000)
      await mode('hang', 1)
      await filming.says(/fault worker-stalled[\s\S]*(x264|openh264), 640x360/, 60_000)
      await mode('hang', 0)
      filming.write('close\n')
      await filming.says(/closed/)
      expect((await counters()).instances).toBe(0)
      filming.write('open\n')
      await filming.says(/closed[\s\S]*v4l2, 640x360[\s\S]*opened/, 60_000)
    })
  })

  describe('in trouble', () => {
    test('slow: every picture takes its time, and comes', async () => {
      const before = await counters()
      await mode('delay_us', 50_000)
      const began = performance.now()
      await pi.must(encode(SNOW.replace('is-live=true', 'num-buffers=20'), 'h264parse ! filesink location=/tmp/slow.h264'))
      expect(performance.now() - began).toBeGreaterThan(20 * 50)
      expect((await counters()).frames_out - before.frames_out).toBe(20)
      expect(probe(await file('/tmp/slow.h264')).nb_read_frames).toBe('20')
    })

    test('hung, it swallows pictures, and still lets itself be stopped', async () => {
      const before = await counters()
      await mode('hang', 1)
      await using running = start(encode(SNOW, 'fakesink'))
      await until('frames_lost', before.frames_lost + 20)
      expect((await counters()).frames_out).toBe(before.frames_out)
      await running.stop(2)
      expect((await counters()).instances).toBe(0)
    })

    test('hung so that no buffer comes back, it can be killed, and heals while it runs', async () => {
      await mode('hang', 2)
      const before = await counters()
      await using killed = start(encode(SNOW, 'fakesink'))
      await until('instances', 1)
      await pi.must('sleep 1')
      expect(await counters()).toMatchObject({ frames_in: before.frames_in, frames_out: before.frames_out })
      await killed.stop(9)
      await expect.poll(async () => (await counters()).instances).toBe(0)

      await using healed = start(encode(SNOW, 'fakesink'))
      await until('instances', 1)
      await mode('hang', 0)
      await until('frames_out', before.frames_out + 30)
      await healed.stop(9)
    })

    test('it fails after so many pictures, and not one later', async () => {
      const before = await counters()
      await mode('fail_after', 25)
      await using running = start(encode(SNOW, 'fakesink'))
      await until('frames_lost', before.frames_lost + 5)
      expect((await counters()).frames_out - before.frames_out).toBe(25)
      expect(await pi.file(`${MODES}/hang`)).toBe('1\n')
      await running.stop(9)
    })

    test('hungry, it eats memory until there is none for it, and gives it back when it is closed', async () => {
      const free = async () => Number(/MemFree:\s+(\d+)/.exec(await pi.file('/proc/meminfo'))?.[1])
      const [before, freeBefore] = [await counters(), await free()]
      await mode('memory_kb', 65_536)
      await mode('eat_kb', 1024)
      await using running = start(encode(SNOW, 'fakesink'))
      await until('frames_lost', before.frames_lost + 1)
      expect((await counters()).eaten_kb).toBe(65_536)
      expect(await free()).toBeLessThan(freeBefore - 50_000)
      // Nobody else gets a buffer now.
      expect((await pi.run(encode(SNOW, 'fakesink'))).ok).toBe(false)
      await running.stop(9)
      await expect.poll(async () => (await counters()).eaten_kb).toBe(0)
    })

    test('two at once are served in turn, and one that is killed does not disturb the other', async () => {
      const before = await counters()
      await using one = start(encode(SNOW, 'fakesink'))
      await using other = start(encode(SNOW, 'fakesink'))
      await until('instances', 2)
      await until('frames_out', before.frames_out + 60)
      await one.stop(9)
      await expect.poll(async () => (await counters()).instances).toBe(1)
      await until('frames_out', (await counters()).frames_out + 30)
      await other.stop(9)
    })

    test('taken away in the middle, hung or not, and given back: programs are told, and the next one works', async () => {
      for (const hang of [0, 2]) {
        await using running = start(encode(SNOW, 'fakesink'))
        await until('frames_out', (await counters()).frames_out + 10)
        await mode('hang', hang)
        await pi.write(`${DRIVER}/unbind`, 'vh264enc')
        expect(await ended(running)).toMatch(/ERROR: .*v4l2h264enc/)
        await mode('hang', 0)
        await pi.write(`${DRIVER}/bind`, 'vh264enc')
        await pi.must(encode(SNOW.replace('is-live=true', 'num-buffers=10'), 'fakesink'))
        expect((await counters()).frames_out).toBe(10)
      }
    })

    test('in all this the kernel had nothing to complain of', async () => {
      const words = await pi.must('dmesg')
      const complaints = words.split('\n').filter((line) => /WARNING:|BUG:|Oops|Call Trace|blocked for more/.test(line))
      // In its first second this kernel complains of the PCI bus it does not have.
      expect(complaints.filter((line) => !/^\[ {4}0\./.test(line))).toEqual([])
    })
  })
})

const counter = (line: string): [string, number] => {
  const [name = '', value = ''] = line.split(':')
  return [name, Number(value)]
}

/** What a stream is, every picture of it decoded. */
function probe(path: string): Record<'profile' | 'width' | 'height' | 'level' | 'nb_read_frames', unknown> {
  const entries = 'stream=profile,level,width,height,nb_read_frames'
  const told = execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', entries, '-of', 'json', path], {
    encoding: 'utf8',
  })
  return (JSON.parse(told) as { streams: [ReturnType<typeof probe>] }).streams[0]
}
