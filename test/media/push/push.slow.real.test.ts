// A broadcast sent on to real servers: nginx-rtmp and ffmpeg's SRT. What comes out of them is decoded; they are killed and come back.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Pushes } from '../../../src/app/pushes.ts'
import type { Update } from '../../../src/broadcast/program.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { Push } from '../../../src/media/push.ts'
import { fork } from '../../../src/system/process.ts'
import { type LiveProgram, liveProgram } from '../../e2e/kit/live-program.ts'
import { keepingLog } from '../quiet.ts'
import { endAll, freePort, lacks, nginx, take } from './receivers.ts'

if (lacks) console.warn(`SKIPPED: sending a broadcast on was not tried, for there is no ${lacks} here (scripts/setup --test)`)

const KEY = 'SECRET-KEY-0815'

describe.skipIf(lacks !== null)('a broadcast that is sent on', { timeout: 120_000 }, () => {
  const log = keepingLog()
  let program: LiveProgram
  let pushes: Pushes | null = null
  const headers: Update[] = []
  let [updates, longest, last] = [0, 0, 0]

  beforeAll(async () => {
    program = await liveProgram((update) => {
      updates++
      if (update.entry.inits.some(({ object }) => update.objects.some(({ promise }) => promise === object))) headers.push(update)
      if (last > 0) longest = Math.max(longest, performance.now() - last)
      last = performance.now()
      pushes?.update(update)
    })
    while (updates < 5) await sleep(100)
  })
  afterEach(async () => {
    await pushes?.close()
    pushes = null
    endAll()
  })
  afterAll(() => program?.close())

  /** As a person reads it. */
  const seen = () => pushes?.list()[0]
  async function send(address: string): Promise<void> {
    pushes = new Pushes({
      addresses: [address],
      keep: async () => {},
      open: (to) => new Push({ address: to, fork, clock: systemClock, log }),
      notices: { set: () => {} },
      onListenerError: (error) => {
        throw error
      },
    })
    // As in the box: what was published before somebody set the address is known, and nothing of it is sent.
    for (const update of headers) pushes.update(update)
    pushes.live(true)
  }

  it('arrives at nginx by RTMP, comes back when that was killed, and ends with the broadcast', async () => {
    const port = await freePort('tcp')
    const address = `rtmp://127.0.0.1:${port}/live/${KEY}`
    await send(address)
    await expect.poll(() => seen()?.is).toBe('waiting')
    expect(seen()?.said).toContain('nobody answers')
    let server = nginx(port)
    await expect.poll(() => seen()?.is).toBe('sending')
    const first = await take(address, 3).result
    expect(first.pictures, first.said).toBeGreaterThan(60)
    expect(first.loudness, first.said).toBeGreaterThan(-40)
    await server.kill()
    await expect.poll(() => seen()?.is).toBe('waiting')
    expect(seen()?.said).toContain('broke off')
    server = nginx(port)
    await expect.poll(() => seen()?.is).toBe('sending')
    const again = await take(address, 3).result
    expect(again.pictures, again.said).toBeGreaterThan(60)
    pushes?.live(false)
    await expect.poll(() => server.log()).toMatch(/deleteStream|disconnect/)
    expect(seen()).toEqual({ to: `rtmp://127.0.0.1:${port}/live/…`, is: 'resting', said: null })
    expect(JSON.stringify(log.lines)).not.toContain(KEY)
    expect(longest, 'the longest pause of the broadcast itself, ms').toBeLessThan(2000)
  })

  it('arrives at ffmpeg by SRT, encrypted, and comes back when that was killed', async () => {
    const port = await freePort('udp')
    const query = `passphrase=${KEY}`
    await send(`srt://127.0.0.1:${port}?${query}&latency=200`)
    await expect.poll(() => seen()?.is).toBe('waiting')
    expect(seen()?.said).toContain('does not answer')
    const listener = `srt://127.0.0.1:${port}?mode=listener&${query}`
    const first = take(listener, 3)
    const took = await first.result
    expect(took.pictures, took.said).toBeGreaterThan(60)
    expect(took.loudness, took.said).toBeGreaterThan(-40)
    await expect.poll(() => seen()?.is).toBe('waiting')
    const again = take(listener, 20)
    await expect.poll(() => seen()?.is).toBe('sending')
    await again.kill()
    await expect.poll(() => seen()?.is).toBe('waiting')
    const last = await take(listener, 3).result
    expect(last.pictures, last.said).toBeGreaterThan(60)
    expect(JSON.stringify(log.lines)).not.toContain(KEY)
  })
})
