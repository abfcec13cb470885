// llhls.ts — how old a broadcast is when it is seen, and whether it ever stands still. The box's camera burns the time into its picture; it is read off
// the composed program, at the tile of that camera, in real Chromium viewers.
//
// A whole box in a call with one guest goes live. Viewers in turns, each in a page of its own: hls.js with its defaults, hls.js as somebody sets it
// who wants it quick, our own page, and a page that plays by WebRTC (WHEP); beside them, the same camera as the guest sees it in the call. The common peer is nginx-rtmp with HLS in hls.js with its defaults; while it runs the box is not live
// and in no call. The first third of each look is left out.
//
// --minutes N looks for so long each time, instead of half a minute.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import { TUNED } from '../test/e2e/kit/tuning.ts'
import { blank, play } from '../test/e2e/kit/whep.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf, percentile } from './figure.ts'
import { giveEyes, look, placesOfBox, type Seen, type Where } from './llhls/look.ts'
import { hasNginx, nginxLive } from './llhls/nginx.ts'
import { playInHls, servePage } from './llhls/page.ts'

export const name = 'llhls'

const LOOK = 30_000
const WAYS = ['default', 'tuned', 'page', 'whep', 'call', 'nginx-rtmp'] as const
type Way = (typeof WAYS)[number]
type Judged = { readonly p50: number; readonly p95: number; readonly stalls: number; readonly first: number }

/** @throws when hardly anything could be read: a figure of ten frames says nothing */
function judged(way: Way, { shown, waits, errors, first }: Seen, ms: number, say: (line: string) => void): Judged {
  const late = shown.filter(({ at }) => at > ms / 3)
  if (late.length < ms / 500) throw new Error(`${way}: only ${late.length} pictures could be read in ${ms} ms; ${errors.join(' ')}`)
  const of = (what: (one: (typeof late)[number]) => number, p: number) => Math.round(percentile(late.map(what), p))
  const [p50, p95] = [of(({ age }) => age, 0.5), of(({ age }) => age, 0.95)]
  const stalls = waits.filter((at) => at > ms / 3).length
  const dated = late.some(({ sinceCoded }) => sinceCoded !== null)
  const parts = dated
    ? `, of it ${of(({ age, sinceCoded }) => age - (sinceCoded ?? 0), 0.5)} ms until coded, ${of(({ sinceCoded }) => sinceCoded ?? 0, 0.5)} ms after`
    : ''
  say(
    `${way}: p50 ${p50} ms, p95 ${p95} ms${parts}; ${of(({ ahead }) => ahead, 0.5)} ms lie ahead (least ${of(({ ahead }) => ahead, 0.02)}), ${late.length} frames, stalls ${stalls}, first picture after ${first} ms${errors.length > 0 ? `, errors ${errors.join(' ')}` : ''}`,
  )
  return { p50, p95, stalls, first }
}

export async function run({ runs, scope, say, minutes }: Context): Promise<Figure[]> {
  const ms = minutes === null ? LOOK : minutes * 60_000
  const stage = await Stage.open()
  scope.defer(() => stage[Symbol.asyncDispose]())
  const { box, browser } = stage
  const html = await servePage(scope)
  const places = placesOfBox()
  const [guest] = await stage.call(1, { fps: 15, microphone: false })
  if (!guest) throw new Error('nobody came')
  const took: Record<Way, Judged[]> = { default: [], tuned: [], page: [], whep: [], call: [], 'nginx-rtmp': [] }

  const watch = async (way: Way, where: readonly Where[], open: (page: Page) => Promise<unknown>): Promise<void> => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await open(page)
    took[way].push(judged(way, await look(page, where, ms), ms, say))
    await page.close()
  }
  /** The camera of the box in the guest's own page. */
  const watchCall = async (): Promise<void> => {
    const { frames } = await guest.look(guest.videoOf(BOX.name), ms)
    const begun = frames[0]?.at ?? 0
    const shown = frames.flatMap(({ at, age }) => (age === null ? [] : [{ at: at - begun, age, sinceCoded: null, ahead: 0 }]))
    took.call.push(judged('call', { shown, waits: [], errors: [], first: 0 }, ms, say))
  }
  for (let i = 1; i <= runs; i++) {
    say(`run ${i} of ${runs}`)
    await box.enter()
    const { link } = (await box.parlor('live', 'on')) as { link: string }
    const program = new URL(link).pathname.replace('/w/', '')
    await sleep(5000)
    const playlist = `${box.origin}/live/${program}/index.m3u8`
    await watch('default', places, (page) => playInHls(page, html, playlist, {}))
    await watch('tuned', places, (page) => playInHls(page, html, playlist, TUNED))
    await watch('page', places, async (page) => {
      await giveEyes(page)
      await page.goto(`${box.origin}/w/${program}`)
    })
    await watch('whep', places, async (page) => {
      await blank(page)
      await play(page, `${box.origin}/w/${program}/whep`)
    })
    await watchCall()
    await box.parlor('live', 'off')
    await box.exit()
    if (!hasNginx) continue
    const peer = await nginxLive(scope)
    await sleep(6000)
    await watch('nginx-rtmp', [[0, 0, 1, 1]], (page) => playInHls(page, html, peer.playlist, {}))
    peer.end()
  }
  const each = (way: Way, of: (one: Judged) => number) => took[way].map(of)
  const figure = (title: string, unit: string, way: Way, of: (one: Judged) => number) =>
    figureOf(title, unit, 'less', each(way, of), hasNginx ? { 'nginx-rtmp': each('nginx-rtmp', of) } : {})
  const ours = (['default', 'tuned', 'page', 'whep'] as const).flatMap((way) => [
    figure(`${way} p50`, 'ms', way, ({ p50 }) => p50),
    figure(`${way} p95`, 'ms', way, ({ p95 }) => p95),
    figure(`${way} stalls`, 'stalls', way, ({ stalls }) => stalls),
    figure(`${way} first picture`, 'ms', way, ({ first }) => first),
  ])
  return [...ours, figure('call p50', 'ms', 'call', ({ p50 }) => p50)]
}
