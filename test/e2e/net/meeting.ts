// meeting.ts — two ends behind two routers meet in a call: how long that took, which way they went, and whether sound and picture flow.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { addProbe, readProbe, resetProbe } from '../../../bench/peer/probe.ts'
import { askLocal } from '../../../src/control/local.ts'
import { codeOf, newSecret } from '../../../src/room/link.ts'
import { Box, type BoxSettings } from '../kit/box.ts'
import { CAST, openBrowser, type Person, person } from '../kit/browser.ts'
import { keepConnections } from '../kit/connections.ts'
import { BOX } from '../kit/stage.ts'
import type { Line } from './cable.ts'
import { type Home, Lab } from './lab.ts'
import type { Pair, Way } from './matrix.ts'
import { Coturn, makeCertificate, PAGES, Rendezvous } from './server.ts'

/** The internet with a TURN server and a rendezvous on it. */
export class World implements AsyncDisposable {
  readonly lab: Lab
  readonly coturn: Coturn
  readonly rendezvous: Rendezvous
  private constructor(lab: Lab, coturn: Coturn, rendezvous: Rendezvous) {
    this.lab = lab
    this.coturn = coturn
    this.rendezvous = rendezvous
  }

  /** @param coturn further options for the TURN server */
  static async open(coturn: readonly string[] = []): Promise<World> {
    const lab = new Lab()
    try {
      const certificate = makeCertificate()
      const world = new World(lab, new Coturn(lab.server, certificate, coturn), new Rendezvous(lab.server, certificate))
      await Promise.all([world.coturn.start(), world.rendezvous.start()])
      return world
    } catch (error) {
      lab[Symbol.dispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.coturn.kill()
    await this.rendezvous[Symbol.asyncDispose]()
    this.lab[Symbol.dispose]()
  }
}

/** A room, and who comes into it from which home. */
export class Venue {
  readonly #rendezvous: Rendezvous
  readonly #code = codeOf(newSecret())

  constructor({ rendezvous }: World) {
    this.#rendezvous = rendezvous
  }

  /** A box in a home, at rest. */
  box(home: Home, settings: BoxSettings = {}): Promise<Box> {
    return Box.start(
      {
        PARLOR_BOX__NAME: BOX.name,
        PARLOR_BOX__ROOM: this.#code,
        PARLOR_CAMERA__WIDTH: '320',
        PARLOR_CAMERA__HEIGHT: '180',
        PARLOR_CAMERA__FPS: '15',
        PARLOR_CAMERA__KBPS: '300',
        PARLOR_SOUND__MICROPHONE: 'test',
        ...this.#rendezvous.settings,
        ...settings,
      },
      { join: false, namespace: home.namespace },
    )
  }

  /** A page in a home, at the door of the room, or at that of another link. Closed with its browser. */
  async page(home: Home, link = `${PAGES}/r#${this.#code}`): Promise<Person> {
    const browser = await openBrowser(home.namespace, TRUSTING)
    try {
      const ada = await person(browser, CAST[0], { fps: 10, width: 320 })
      await addProbe(ada.page)
      await keepConnections(ada.page, 'labConnections')
      await ada.open(link)
      return ada
    } catch (error) {
      await browser.close()
      throw error
    }
  }
}

/** The lab's TURN server vouches for itself; a browser must be told to take that. */
const TRUSTING = ['--ignore-certificate-errors']

export type Meeting = {
  readonly way: Way
  /** Milliseconds from the first sign of dialling to an open link, and to the first picture. */
  readonly open: number
  readonly frame: number
}

/** Box and page meet; sound and picture flow both ways when this resolves. @param line of both homes to the internet */
export async function boxMeetsPage(world: World, pair: Pair, line?: Line): Promise<Meeting> {
  using left = world.lab.home(pair.homes[0], line)
  using right = world.lab.home(pair.homes[1], line)
  const venue = new Venue(world)
  await using box = await venue.box(left)
  const ada = await venue.page(right)
  try {
    await box.enter()
    await resetProbe(ada.page)
    await ada.press('join')
    const times = await readProbe(ada.page)
    await ada.sees(BOX.name, 'live')
    await flows(box)
    await until('sound and picture in the page', async () => {
      const { frames, sounds } = await seenBy(ada.page)
      return frames > 10 && sounds > 20
    })
    await settles(box, pair.way)
    return { way: (await wayOf(box)) ?? 'relay', open: times.channel - times.start, frame: times.frame - times.start }
  } catch (cause) {
    throw new Error(`no call between ${pair.homes.join(' and ')}; the box:\n${box.tail(12)}\n${await numbers(box).catch(String)}`, {
      cause,
    })
  } finally {
    await ada.page.context().browser()?.close()
  }
}

/** Two boxes meet; sound and picture flow both ways when this resolves. `open` and `frame` are when the first packets of the picture came. */
export async function boxMeetsBox(world: World, pair: Pair): Promise<Meeting> {
  using left = world.lab.home(pair.homes[0])
  using right = world.lab.home(pair.homes[1])
  const venue = new Venue(world)
  await using a = await venue.box(left)
  await using b = await venue.box(right, { PARLOR_BOX__NAME: 'Kitchen' })
  try {
    await a.enter()
    const start = performance.now()
    await b.enter()
    await until('a link', async () => (await b.status()).people.some(({ state }) => state === 'live'))
    const open = performance.now() - start
    await until('a picture', async () => (await received(b)).camera > 0)
    const frame = performance.now() - start
    await Promise.all([flows(a), flows(b)])
    await settles(a, pair.way)
    return { way: (await wayOf(a)) ?? 'relay', open, frame }
  } catch (cause) {
    throw new Error(`no call between ${pair.homes.join(' and ')}; the boxes:\n${a.tail(12)}\n${b.tail(12)}`, { cause })
  }
}

/** Waits until more sound and more pictures come in. */
export async function flows(box: Box): Promise<void> {
  let before = await received(box)
  const more = { audio: 0, camera: 0 }
  await until('sound and picture in the box', async () => {
    const now = await received(box)
    // A new link counts from zero.
    for (const line of ['audio', 'camera'] as const) more[line] += Math.max(0, now[line] - before[line])
    before = now
    return more.audio > 20 && more.camera > 20
  })
}

/** Gives a better way some time to be found after the first one was. */
const settles = (box: Box, way: Way): Promise<void> =>
  way === 'direct' ? until('a direct way', async () => (await wayOf(box)) === 'direct', 8000).catch(() => {}) : Promise.resolve()

/** How the box's only link goes. */
export async function wayOf(box: Box): Promise<Way | null> {
  const [, way] = /^parlor_link_state\{.*way="(direct|relay)"/m.exec(await numbers(box)) ?? []
  return way === 'direct' || way === 'relay' ? way : null
}

async function received(box: Box): Promise<{ audio: number; camera: number }> {
  const text = await numbers(box)
  const of = (line: string) => Number(new RegExp(`^parlor_packets_total\\{way="${line} received"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return { audio: of('audio'), camera: of('camera') }
}

export async function numbers(box: Box): Promise<string> {
  const { text } = (await askLocal(`${box.data}/control.sock`, { do: 'numbers' }, AbortSignal.timeout(10_000))) as { text: string }
  return text
}

export async function until(what: string, isSo: () => Promise<boolean>, patience = 30_000): Promise<void> {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(100)) if (await isSo()) return
  throw new Error(`waited ${patience} ms in vain for ${what}`)
}

/** What has arrived in a page, over all of its connections. */
export const seenBy = (page: Page): Promise<{ frames: number; sounds: number; ways: string[] }> =>
  page.evaluate(async () => {
    const seen = { frames: 0, sounds: 0, ways: [] as string[] }
    for (const connection of (window as unknown as { labConnections: RTCPeerConnection[] }).labConnections) {
      if (connection.connectionState === 'closed') continue
      const all = new Map<string, Record<string, unknown>>()
      for (const [id, one] of await connection.getStats()) all.set(String(id), one as Record<string, unknown>)
      for (const one of all.values()) {
        if (one.type === 'inbound-rtp' && one.kind === 'video') seen.frames += Number(one.framesDecoded ?? 0)
        if (one.type === 'inbound-rtp' && one.kind === 'audio') seen.sounds += Number(one.packetsReceived ?? 0)
        const used = one.type === 'transport' ? all.get(String(one.selectedCandidatePairId)) : undefined
        if (used) {
          const [local, remote] = [all.get(String(used.localCandidateId)), all.get(String(used.remoteCandidateId))]
          seen.ways.push(`${local?.candidateType} ${local?.relayProtocol ?? ''} - ${remote?.candidateType}`)
        }
      }
    }
    return seen
  })
