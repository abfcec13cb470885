// measure.ts — a box in a call goes live before many: what the viewers wait for their parts, what the call's guest notices of it, and what becomes of
// one viewer too many.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { rssOf } from '../../test/e2e/kit/box.ts'
import type { Person } from '../../test/e2e/kit/browser.ts'
import { BOX, type Stage } from '../../test/e2e/kit/stage.ts'
import { Audience } from './audience.ts'
import type { Kept } from './viewer.ts'

/** The settings of a box that may have so many viewers, each taking little enough that two processors can hold both ends. */
export const settingsFor = (viewers: number) => ({
  PARLOR_LIVE__VIEWERS: String(viewers),
  PARLOR_LIVE__UPLOAD: '1000',
  PARLOR_LIVE__KBPS: '600',
})

export type Measured = {
  readonly viewers: readonly Kept[]
  /** Frames of the box that the guest decoded in a second: before, and meanwhile. */
  readonly fps: { readonly before: number; readonly during: number }
  /** Looks at the call that did not find everybody live. */
  readonly down: readonly string[]
  /** What came to one viewer more than there are seats. */
  readonly oneMore: { readonly status: number; readonly said: string; readonly ms: number }
  /** What the daemon needed: of one processor, in per cent, and MB at the end; before and with the viewers. */
  readonly cpu: { readonly before: number; readonly during: number }
  readonly rss: { readonly before: number; readonly during: number }
  readonly watching: number
}

/** Brings a call with one guest, goes live, and has so many watch for so long. */
export async function beforeMany(stage: Stage, count: number, ms: number, say: (line: string) => void): Promise<Measured> {
  const { box } = stage
  const [guest] = await stage.call(1, { fps: 15, microphone: false })
  if (!guest) throw new Error('nobody came')
  const { link } = (await box.parlor('live', 'on')) as { link: string }
  const path = `/live/${new URL(link).pathname.replace('/w/', '')}/index.m3u8`
  const port = Number(new URL(box.origin).port)
  await sleep(5000)
  const before = await during(stage, guest, Math.min(ms, 15_000))
  const rss = rssOf(box.pid)
  say(
    `alone: ${before.fps.toFixed(1)} frames a second at the guest, the daemon takes ${before.cpu.toFixed(0)} % of a processor, ${rss.toFixed(0)} MB`,
  )
  using audience = await Audience.seat(count, port, path)
  await sleep(2000)
  const half = await during(stage, guest, ms / 2)
  const asked = performance.now()
  const answer = await fetch(`${box.origin}${path}`)
  const oneMore = { status: answer.status, said: await answer.text(), ms: performance.now() - asked }
  const rest = await during(stage, guest, ms / 2)
  const [now, watching] = [rssOf(box.pid), (await box.status()).live?.watching ?? 0]
  const viewers = await audience.end()
  const mean = (of: (one: typeof half) => number) => (of(half) + of(rest)) / 2
  return {
    ...{ viewers, oneMore, watching },
    fps: { before: before.fps, during: mean(({ fps }) => fps) },
    cpu: { before: before.cpu, during: mean(({ cpu }) => cpu) },
    rss: { before: rss, during: now },
    down: [...half.down, ...rest.down],
  }
}

type During = { readonly fps: number; readonly cpu: number; readonly down: readonly string[] }

/** Looks at the call for so long. */
async function during({ box }: Stage, guest: Person, ms: number): Promise<During> {
  const down: string[] = []
  const [begun, frames, spent] = [performance.now(), await framesOf(guest), cpuMs(box.pid)]
  while (performance.now() - begun < ms) {
    await sleep(1000)
    const { people } = await box.status()
    if (people.length !== 1 || people.some(({ state }) => state !== 'live')) down.push(JSON.stringify(people))
  }
  const seconds = (performance.now() - begun) / 1000
  return { fps: ((await framesOf(guest)) - frames) / seconds, cpu: (cpuMs(box.pid) - spent) / seconds / 10, down }
}

const framesOf = (guest: Person): Promise<number> =>
  guest.page.evaluate(
    (selector) => document.querySelector<HTMLVideoElement>(selector)?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
    guest.videoOf(BOX.name),
  )

/** What a process has used of the processors since it began; proc(5) counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
