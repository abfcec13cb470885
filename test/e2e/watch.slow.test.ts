// watch.slow.test.ts — a real box shows a real program on its TV: at live, half a minute back, standing still; a call interrupts it; the line is cut and
// joined; it ends. Camera and microphone stay closed but in the call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { barcode } from './kit/barcode.ts'
import { Box } from './kit/box.ts'
import { BarcodeTv, Loudspeaker, readIn, type TvFrame } from './kit/fifo.ts'
import { artefact } from './kit/folder.ts'
import { line } from './kit/line.ts'
import { type LiveProgram, liveProgram } from './kit/live-program.ts'
import { level } from './kit/tone.ts'

const SOON = { timeout: 20_000, interval: 100 }
const WHOLE = [0, 0, 1, 1] as const

describe('a broadcast on the TV of a box', () => {
  let live: LiveProgram
  let far: Awaited<ReturnType<typeof line>>
  let box: Box
  const tv = new BarcodeTv()
  const speaker = new Loudspeaker()
  let frame: TvFrame | null = null
  beforeAll(async () => {
    live = await liveProgram()
    far = await line(Number(new URL(live.url).port))
    box = await Box.start(
      {
        PARLOR_TV__OUTPUT: tv.output,
        PARLOR_SOUND__SPEAKER: speaker.sink,
        PARLOR_BOX__NAME: 'Living room',
      },
      { join: false },
    )
    tv.watch((shown) => {
      frame = shown
    })
  })
  afterAll(async () => {
    await box?.stop()
    far?.close()
    live?.close()
    tv[Symbol.dispose]()
    speaker[Symbol.dispose]()
  })
  const is = async () => (await box.status()).watch?.is ?? null
  /** How old what is seen is, ms; null: no picture of the program is. */
  const age = (): number | null => {
    const time = frame && readIn(frame, WHOLE)
    return frame && time !== null ? barcode.age(time, frame.at) : null
  }
  const tone = () => Math.round(level(speaker.last(300), Loudspeaker.rate, 440))
  const shot = (name: string) => box.parlor('tv', artefact('watch', name))

  test('it is seen and heard, little more than a second late, and neither camera nor microphone is open', async () => {
    await box.parlor('watch', `http://127.0.0.1:${far.port}/w/${live.program.id}`)
    await shot('1-comes.jpg')
    await expect.poll(is, SOON).toBe('plays')
    await expect.poll(age, SOON).not.toBeNull()
    await expect.poll(tone, SOON).toBeGreaterThan(-40)
    const ages: number[] = []
    for (const end = Date.now() + 6000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) ages.push(age() ?? 99_999)
    ages.sort((a, b) => a - b)
    console.info(`the TV is ${ages[30]} ms late (${ages[0]} to ${ages.at(-1)})`)
    expect(ages[30]).toBeLessThan(2500)
    await shot('2-plays.jpg')
    expect((await box.status()).actual).toMatchObject({ camera: 'closed', sound: 'open', hears: false })
    expect(live.origin.viewers).toBe(1)
  })

  test('a key stands still and goes on, another one goes back, and one is live again', async () => {
    await box.parlor('key', 'play')
    await expect.poll(is, SOON).toBe('paused')
    await expect.poll(tone, SOON).toBeLessThan(-70)
    await shot('3-paused.jpg')
    await new Promise((done) => setTimeout(done, 3000))
    await box.parlor('key', 'play')
    await expect.poll(() => age() ?? 0, SOON).toBeGreaterThan(4000)
    await expect.poll(tone, SOON).toBeGreaterThan(-40)
    await box.parlor('key', 'left')
    await expect.poll(() => age() ?? 0, SOON).toBeGreaterThan(9000)
    await shot('4-behind.jpg')
    await box.parlor('key', 'right')
    await expect.poll(() => age() ?? 99_999, SOON).toBeLessThan(2500)
    await expect.poll(is, SOON).toBe('plays')
  })

  test('who comes to the door rings over it; declined, it goes on; answered, there is nothing of it in the call; after the call it goes on', async () => {
    await using guest = await Box.start({ PARLOR_BOX__NAME: 'Ann', PARLOR_CAMERA__SOURCE: 'none' }, { join: false })
    const door = await box.link()
    await guest.parlor('join', door)
    await expect.poll(async () => (await box.status()).actual.ringing?.name ?? null, SOON).toBe('Ann')
    await expect.poll(is, SOON).toBeNull()
    await expect.poll(age, SOON).toBeNull()
    await shot('5-ringing.jpg')
    await box.parlor('decline')
    await expect.poll(is, SOON).toBe('plays')
    await expect.poll(() => age() ?? 99_999, SOON).toBeLessThan(2500)
    await guest.exit()
    await guest.parlor('join', door)
    await expect.poll(async () => (await box.status()).actual.ringing?.name ?? null, SOON).toBe('Ann')
    await box.parlor('answer')
    await expect.poll(async () => (await box.status()).inCall, SOON).toBe(true)
    expect((await box.status()).watch).toBeNull()
    expect(await box.parlor('watch', `${live.url}/w/${live.program.id}`).catch((error: Error) => error.message)).toContain('In a call')
    await expect.poll(tone, SOON).toBeLessThan(-60)
    await box.parlor('leave')
    await expect.poll(is, SOON).toBe('plays')
    expect((await box.status()).actual).toMatchObject({ camera: 'closed', hears: false })
  })

  test('a line that is cut is said, and when it is joined it is live again', async () => {
    far.cut()
    await expect.poll(is, SOON).toBe('lost')
    await shot('6-lost.jpg')
    far.join()
    await expect.poll(is, SOON).toBe('plays')
    await expect.poll(() => age() ?? 99_999, SOON).toBeLessThan(2500)
    await expect.poll(tone, SOON).toBeGreaterThan(-40)
  })

  test('its end is said, and BACK puts everything back', async () => {
    for (const update of live.program.end()) live.origin.update(update)
    await expect.poll(is, SOON).toBe('ended')
    await shot('7-ended.jpg')
    await box.parlor('key', 'back')
    await expect.poll(async () => (await box.status()).actual, SOON).toMatchObject({ sound: 'closed', set: 'as it was' })
    expect(await is()).toBeNull()
  })
})
