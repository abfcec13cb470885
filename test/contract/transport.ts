// transport.ts — what every Transport promises, as one list that the box's, the page's and the fake one keep.
//
// Ends may live in another process, so what a Transport answers at once is a promise here.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Candidate } from '../../src/call/transport.ts'
import { Refusal } from '../../src/lib/fault.ts'

export interface End {
  offer(options: { iceRestart: boolean }): Promise<string>
  answer(offer: string): Promise<string>
  accept(answer: string): Promise<void>
  addCandidate(candidate: Candidate): Promise<void>
  fingerprints(): Promise<{ readonly local: string; readonly remote: string } | null>
  send(text: string): Promise<boolean>
  release(): Promise<void>
  close(): Promise<void>
  /** How often 'open' was said. */
  opened(): Promise<number>
  /** The texts that came. */
  messages(): Promise<readonly string[]>
  /** Local candidates that were told after the description. */
  onCandidate(take: (candidate: Candidate) => void): Promise<void>
  /** What was not taken, counted. */
  odd(): Promise<number>
  /** Wants to send media on every line from now on, again and again. */
  play(): Promise<void>
  /** Media that somebody was given. */
  heard(): Promise<number>
}
/** `a` will offer, `b` answer. */
export type Ends = { readonly a: End; readonly b: End }

const SOON = { timeout: 20_000, interval: 20 }
const until = (what: () => Promise<boolean>) => vi.waitFor(async () => expect(await what()).toBe(true), SOON)

async function describeTo({ a, b }: Ends, iceRestart: boolean): Promise<string> {
  const offer = await a.offer({ iceRestart })
  await a.accept(await b.answer(offer))
  return offer
}

async function connect(ends: Ends): Promise<void> {
  const { a, b } = ends
  // As negotiation.ts does: candidates wait for the description they belong to.
  const early: Array<() => void> = []
  let described = false
  const give = (to: End) => (candidate: Candidate) => {
    if (described) void to.addCandidate(candidate)
    else early.push(() => void to.addCandidate(candidate))
  }
  await a.onCandidate(give(b))
  await b.onCandidate(give(a))
  await describeTo(ends, false)
  described = true
  for (const deliver of early) deliver()
  await until(async () => (await a.opened()) + (await b.opened()) === 2)
}

/** Both ways, so that each end has certainly seen what was on the way before. */
async function exchange({ a, b }: Ends, text: string): Promise<void> {
  expect(await a.send(text)).toBe(true)
  await until(async () => (await b.messages()).includes(text))
  expect(await b.send(text)).toBe(true)
  await until(async () => (await a.messages()).includes(text))
}

export function keepsItsPromises(name: string, openEnds: () => Promise<Ends>): void {
  let open: Ends | null = null
  const opened = async (): Promise<Ends> => (open = await openEnds())
  const connected = async (): Promise<Ends> => {
    const ends = await opened()
    await connect(ends)
    return ends
  }

  describe(`${name}: a transport`, () => {
    afterEach(async () => {
      await Promise.all([open?.a.close(), open?.b.close()])
      open = null
    })

    test('opens its channel at both ends, once, and carries texts both ways and in order', async () => {
      const { a, b } = await connected()
      const texts = Array.from({ length: 50 }, (_, i) => `word ${i} with an é`)
      for (const text of texts) {
        expect(await a.send(text)).toBe(true)
        expect(await b.send(text)).toBe(true)
      }
      await until(async () => (await a.messages()).length === 50 && (await b.messages()).length === 50)
      expect(await a.messages()).toEqual(texts)
      expect(await b.messages()).toEqual(texts)
      expect([await a.opened(), await b.opened()]).toEqual([1, 1])
    })

    test('knows the fingerprints of both ends once it is open, not before; each sees the other’s', async () => {
      const ends = await opened()
      expect([await ends.a.fingerprints(), await ends.b.fingerprints()]).toEqual([null, null])
      await connect(ends)
      const [a, b] = [await ends.a.fingerprints(), await ends.b.fingerprints()]
      expect(a?.local).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/)
      expect(a).toEqual({ local: b?.remote, remote: b?.local })
    })

    test('takes texts of 16 KiB, drops longer ones and counts them', async () => {
      const { a, b } = await connected()
      const longest = 'x'.repeat(16 * 1024)
      const before = await b.odd()
      await a.send(`${longest}x`)
      await a.send('é'.repeat(8 * 1024 + 1))
      await a.send(longest)
      await until(async () => (await b.messages()).length > 0)
      expect((await b.messages()).map((text) => text.length)).toEqual([longest.length])
      expect(await b.odd()).toBe(before + 2)
    })

    test('lets no media out and none in before release()', async () => {
      const ends = await connected()
      const { a, b } = ends
      await a.play()
      await b.play()
      await exchange(ends, 'nobody is released')
      await sleep(300)
      expect([await a.heard(), await b.heard()]).toEqual([0, 0])
      await a.release()
      await exchange(ends, 'one is released')
      await sleep(300)
      expect([await a.heard(), await b.heard()]).toEqual([0, 0])
      await b.release()
      await until(async () => (await a.heard()) > 10 && (await b.heard()) > 10)
    })

    test('keeps channel and media over an ICE restart', async () => {
      const ends = await connected()
      const { a, b } = ends
      await a.release()
      await b.release()
      await a.play()
      await b.play()
      await until(async () => (await a.heard()) > 10 && (await b.heard()) > 10)
      const first = await a.fingerprints()
      for (const turn of [1, 2]) {
        await describeTo(ends, true)
        await exchange(ends, `restarted ${turn}`)
        const [was, were] = [await a.heard(), await b.heard()]
        await until(async () => (await a.heard()) > was + 10 && (await b.heard()) > were + 10)
      }
      expect(await a.fingerprints()).toEqual(first)
      expect([await a.opened(), await b.opened()]).toEqual([1, 1])
    })

    test('leaves candidates with names, and counts them', async () => {
      const ends = await connected()
      for (const end of [ends.a, ends.b]) {
        const before = await end.odd()
        await end.addCandidate({ candidate: 'candidate:1 1 udp 2113937151 tracker.example.com 9 typ host', mid: '0' })
        await until(async () => (await end.odd()) === before + 1)
      }
      await exchange(ends, 'still here')
    })

    const wrong: ReadonlyArray<readonly [what: string, spoil: (sdp: string) => string]> = [
      ['nothing in it', () => ''],
      ['no screen', (sdp) => withoutSection(sdp, 2)],
      ['no data channel', (sdp) => withoutSection(sdp, 3)],
      ['a line more', (sdp) => sdp + section(sdp, 2)],
      ['another order', (sdp) => swapped(sdp)],
      ['too much in it', (sdp) => sdp + 'a=x:parlor\r\n'.repeat(2000)],
    ]
    for (const [what, spoil] of wrong)
      test(`refuses a description with ${what}`, async () => {
        const { a, b } = await opened()
        const offer = await a.offer({ iceRestart: false })
        await expect(b.answer(spoil(offer))).rejects.toBeInstanceOf(Refusal)
      })

    test('refuses an answer with wrong lines', async () => {
      const { a, b } = await opened()
      const answer = await b.answer(await a.offer({ iceRestart: false }))
      await expect(a.accept(withoutSection(answer, 2))).rejects.toBeInstanceOf(Refusal)
    })

    test('says false to what is sent before it is open and after it is closed; closes twice', async () => {
      const ends = await opened()
      expect(await ends.a.send('too early')).toBe(false)
      await connect(ends)
      await ends.a.close()
      expect(await ends.a.send('too late')).toBe(false)
      await ends.a.close()
      await ends.b.close()
      await ends.b.close()
    })

    test('closes also when nothing has begun', async () => {
      const { a, b } = await opened()
      await a.close()
      await b.offer({ iceRestart: false })
      await b.close()
    })
  })
}

const sections = (sdp: string): string[] => sdp.split(/^(?=m=)/m)
const section = (sdp: string, at: number): string => sections(sdp)[at + 1] ?? ''
const withoutSection = (sdp: string, at: number): string =>
  sections(sdp)
    .toSpliced(at + 1, 1)
    .join('')
const swapped = (sdp: string): string => {
  const [head = '', audio = '', camera = '', ...rest] = sections(sdp)
  return [head, camera, audio, ...rest].join('')
}
