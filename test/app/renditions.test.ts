// renditions.test.ts — which lower pictures of a broadcast are made, and when.
import { expect, test } from 'vitest'
import { lowerTracks, Renditions } from '../../src/app/renditions.ts'
import { nothingYet, take } from '../../src/broadcast/live.ts'
import type { Update } from '../../src/broadcast/program.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps, seconds } from '../../src/lib/unit.ts'
import { ProgramFeed } from '../../src/media/program.ts'
import { making } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'
import { playedMakers } from './kit/makers.ts'

const picture = { width: 1280, height: 720, fps: 30 }

async function stage() {
  const clock = new FakeClock()
  const { screen, sound, give, asked, video } = playedMakers()
  const feed = new ProgramFeed({ screen, sound, clock, log: quietLog().log })
  const tracks = [{ kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: 1 }, ...lowerTracks(1.5)] as const
  const { program } = making({ tracks })
  const published: Update[] = []
  const renditions = new Renditions({ feed, clock })
  const off = renditions.into(program, (updates) => published.push(...updates))
  const { GdpReader } = await import('../../src/broadcast/cutter/gdp.ts')
  const reader = new GdpReader()
  feed.on('coded', (track, bytes) => {
    if (track === 'video') for (const frame of reader.take(bytes)) published.push(...program.take(0, { ...frame, pts: frame.pts + 5e9 }))
  })
  await feed.start({ picture, videoRate: kbps(2500), soundRate: kbps(96), beside: [] }, new AbortController().signal)
  const live = () => published.reduce((state, { entry }) => take(state, entry, 30), nothingYet)
  const segments = (name: string): number[] =>
    live()
      .tracks.find(({ description }) => description.name === name)
      ?.segments.map(({ number }) => number) ?? []
  /** So many seconds go by. */
  const go = async (time: number) => {
    for (let i = 0; i < time; i++) {
      give(1)
      await clock.advance(seconds(1))
    }
  }
  return { clock, renditions, go, asked, live, segments, off, video }
}

test('each is made at the beginning until everybody knows what it is, and then the smallest alone while nobody asks', async () => {
  const { go, asked, live, segments } = await stage()
  expect(asked.lower).toEqual([0, 2])
  await go(12)
  expect(asked.lower).toEqual([2])
  expect(live().tracks.map(({ description }) => description.name)).toEqual(['v0', 'v1', 'v3'])
  expect(segments('v1')).toEqual([1])
  expect(segments('v3')).toEqual([1, 2, 3, 4, 5, 6])
})

test('a larger one is made while somebody asks for it, from a segment to a segment, and a while longer', async () => {
  const { go, asked, renditions, segments } = await stage()
  await go(10)
  renditions.asked('v1', 'name')
  expect(asked.lower).toEqual([0, 2])
  await go(10)
  renditions.asked('v1', 'name')
  await go(18)
  expect(asked.lower).toEqual([0, 2])
  expect(segments('v1')).toEqual([1, ...Array.from({ length: 14 }, (_, i) => 6 + i)])
  await go(6)
  expect(asked.lower).toEqual([2])
})

test('while anybody reads playlists, of whatever, all are made: such players go from one to another unasked', async () => {
  const { go, asked, renditions } = await stage()
  await go(10)
  renditions.asked('v0', 'list')
  expect(asked.lower).toEqual([0, 2])
  await go(30)
  expect(asked.lower).toEqual([2])
})

test('other tracks, and renditions that there are not, are asked for in vain', async () => {
  const { go, asked, renditions } = await stage()
  await go(10)
  for (const name of ['v0', 'sound', 'v2', 'v9', '']) renditions.asked(name, 'name')
  expect(asked.lower).toEqual([2])
})

test('another encoder is told anew what is wanted, and after the end nothing is', async () => {
  const { go, asked, renditions, video, off } = await stage()
  await go(10)
  renditions.asked('v1', 'name')
  asked.lower = []
  video({ is: 'lost' })
  video({ is: 'began', stream: { track: 'video', zero: 5e9, picture, encoder: 'openh264', lower: [] } })
  expect(asked.lower).toEqual([])
  video({ is: 'lost' })
  const lower = [0, 2].map((rung) => ({ rung, every: 1, picture, rate: kbps(350) }))
  video({ is: 'began', stream: { track: 'video', zero: 5e9, picture, encoder: 'openh264', lower } })
  expect(asked.lower).toEqual([0, 2])
  off()
  asked.lower = []
  renditions.asked('v1', 'name')
  await go(5)
  expect(asked.lower).toEqual([])
})
