// program.test.ts — the program's feed over two makers that are told what to say.
import { expect, test } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps, ms, seconds } from '../../src/lib/unit.ts'
import {
  type MakerNews,
  type PictureMaker,
  type PictureNews,
  type PictureOrder,
  ProgramFeed,
  type ProgramPlan,
  type ProgramStream,
  type SoundMaker,
} from '../../src/media/program.ts'
import { quietLog } from '../fake/quiet.ts'

type Video = Extract<ProgramStream, { track: 'video' }>
type Audio = Extract<ProgramStream, { track: 'audio' }>
const picture = { width: 1280, height: 720, fps: 30 }
const plan: ProgramPlan = { picture, videoRate: kbps(2500), soundRate: kbps(96), beside: [] }
const video: Video = { track: 'video', zero: 5, picture, encoder: 'x264', lower: [] }
const audio: Audio = { track: 'audio', zero: 7, channels: 1, sampleRate: 48_000 }

class FakeScreen implements PictureMaker {
  readonly orders: Array<PictureOrder | 'stop' | 'key' | readonly number[]> = []
  say: (news: PictureNews) => void = () => {}
  startProgram = (order: PictureOrder) => void this.orders.push(order)
  stopProgram = () => void this.orders.push('stop')
  programKeyframe = () => void this.orders.push('key')
  programLower = (rungs: readonly number[]) => void this.orders.push(rungs)
  onProgram = (listener: (news: PictureNews) => void) => {
    this.say = listener
    return () => {}
  }
}
class FakeSound implements SoundMaker {
  readonly orders: Array<number | 'stop'> = []
  say: (news: MakerNews<Audio>) => void = () => {}
  startProgram = (rate: number) => void this.orders.push(rate)
  stopProgram = () => void this.orders.push('stop')
  onProgram = (listener: (news: MakerNews<Audio>) => void) => {
    this.say = listener
    return () => {}
  }
}

function house() {
  const [screen, sound, clock] = [new FakeScreen(), new FakeSound(), new FakeClock()]
  const feed = new ProgramFeed({ screen, sound, clock, log: quietLog().log })
  const heard: string[] = []
  feed.on('began', ({ track }) => heard.push(`${track} began`))
  feed.on('coded', (track, bytes) => heard.push(`${track} ${bytes.join()}`))
  feed.on('lower', (rung, bytes) => heard.push(`rung ${rung} ${bytes.join()}`))
  feed.on('lost', (track) => heard.push(`${track} lost`))
  const both = () => {
    screen.say({ is: 'began', stream: video })
    sound.say({ is: 'began', stream: audio })
  }
  return { screen, sound, clock, feed, heard, both }
}
const NEVER = new AbortController().signal

test('it is begun when both tracks have begun, and gives what they give', async () => {
  const { screen, sound, feed, heard, both } = house()
  const begun = feed.start(plan, NEVER)
  expect(screen.orders).toMatchObject([
    { pictures: { hardware: picture, software: picture, spare: { ...picture, width: 640, height: 360 } }, rate: 2_500_000 },
  ])
  expect(sound.orders).toEqual([96_000])
  both()
  await begun
  screen.say({ is: 'coded', bytes: Uint8Array.of(1) })
  sound.say({ is: 'coded', bytes: Uint8Array.of(2) })
  expect(heard).toEqual(['video began', 'audio began', 'video 1', 'audio 2'])
})

test('after 15 seconds it says which track is missing, and goes on trying', async () => {
  const { screen, sound, clock, feed, heard } = house()
  const begun = feed.start(plan, NEVER)
  screen.say({ is: 'began', stream: video })
  const failed = expect(begun).rejects.toMatchObject({ code: 'sound-lost' })
  await clock.advance(seconds(15))
  await failed
  expect(feed.live).toBe(true)
  sound.say({ is: 'began', stream: audio })
  expect(heard).toEqual(['video began', 'audio began'])
})

test('a maker that fell is told as lost once, and nothing of it is given before it begins anew', async () => {
  const { screen, feed, heard, both } = house()
  const begun = feed.start(plan, NEVER)
  both()
  await begun
  screen.say({ is: 'lost' })
  screen.say({ is: 'lost' })
  screen.say({ is: 'coded', bytes: Uint8Array.of(9) })
  screen.say({ is: 'began', stream: video })
  screen.say({ is: 'coded', bytes: Uint8Array.of(1) })
  expect(heard.slice(2)).toEqual(['video lost', 'video began', 'video 1'])
})

test('from stop() on not one byte comes, and it is over when both makers say so', async () => {
  const { screen, sound, clock, feed, heard, both } = house()
  const begun = feed.start(plan, NEVER)
  both()
  await begun
  let over = false
  const ended = feed.stop().then(() => {
    over = true
  })
  sound.say({ is: 'coded', bytes: Uint8Array.of(1) })
  screen.say({ is: 'ended' })
  await clock.advance(ms(100))
  expect(over).toBe(false)
  sound.say({ is: 'ended' })
  await ended
  expect(heard.length).toBe(2)
  await feed.stop()
  expect(screen.orders.filter((order) => order === 'stop').length).toBe(1)
})

test('makers that do not answer are not waited for longer than two seconds', async () => {
  const { clock, feed, both } = house()
  const begun = feed.start(plan, NEVER)
  both()
  await begun
  const ended = feed.stop()
  await clock.advance(seconds(2))
  await ended
  expect(feed.live).toBe(false)
})

test('aborted, it stops what it began', async () => {
  const { screen, feed } = house()
  const abort = new AbortController()
  const begun = feed.start(plan, abort.signal)
  abort.abort(new Error('enough'))
  await expect(begun).rejects.toThrow('enough')
  expect(screen.orders.at(-1)).toBe('stop')
  expect(feed.live).toBe(false)
})

test('renditions are wanted, and given, only while it lives', async () => {
  const { screen, feed, heard, both } = house()
  feed.wantLower([0])
  screen.say({ is: 'lower', rung: 0, bytes: Uint8Array.of(1) })
  const begun = feed.start(plan, NEVER)
  both()
  await begun
  feed.wantLower([0, 2])
  screen.say({ is: 'lower', rung: 2, bytes: Uint8Array.of(2) })
  expect(screen.orders.slice(1)).toEqual([[0, 2]])
  expect(heard.at(-1)).toBe('rung 2 2')
})

test('keyframes are asked for only while it lives', async () => {
  const { screen, feed, both } = house()
  feed.keyframe()
  const begun = feed.start(plan, NEVER)
  both()
  await begun
  feed.keyframe()
  expect(screen.orders.filter((order) => order === 'key').length).toBe(1)
})
