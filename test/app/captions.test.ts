// Captions on their way in: what a program or a person writes, as text, becomes captions of the broadcast, or is refused with a sentence.
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Captions } from '../../src/app/captions.ts'
import { type CaptionIn, CaptionsIn } from '../../src/app/captions-in.ts'
import { captions, carry } from '../../src/app/cli/captions.ts'
import type { Caption } from '../../src/broadcast/captions.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { captionsPart, cuesIn } from '../../src/wire/captions.ts'

function stage(language = 'en') {
  const clock = new FakeClock()
  const said: Caption[] = []
  const air = { isLive: true }
  const broadcast = {
    caption: (caption: Caption) => {
      if (air.isLive) said.push(caption)
      return air.isLive
    },
  }
  return { clock, said, air, captions: new Captions({ broadcast, language, clock }) }
}
const refusal = (act: () => void): string | null => {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

describe('a caption that somebody writes', () => {
  test('is said in the language of the box until somebody says another', () => {
    const { captions, said } = stage()
    captions.say({ text: 'Good evening' })
    captions.say({ text: 'Guten Abend', language: 'de' })
    captions.say({ text: 'Und willkommen', stands: 2500 })
    expect(said).toEqual([
      { text: 'Good evening', stands: 7000, language: 'en', label: 'English' },
      { text: 'Guten Abend', stands: 7000, language: 'de', label: 'Deutsch' },
      { text: 'Und willkommen', stands: 2500, language: 'de', label: 'Deutsch' },
    ])
  })
  test('stays text, whatever is in it, and is read again as it is shown', () => {
    const { captions, said } = stage()
    captions.say({ text: '<script>alert(1)</script>\u202e\u0007 --> \n\n  WEBVTT \n<v Eve>&amp;\nfour' })
    const [caption] = said
    expect(caption?.text).toBe('<script>alert(1)</script> -->\nWEBVTT\n<v Eve>&amp;')
    expect(cuesIn(captionsPart([{ from: 0, to: 1000, text: caption?.text ?? '' }]))?.[0]?.text).toBe(caption?.text)
  })
  test('stands neither too short nor for ever', () => {
    const { captions, said } = stage()
    for (const stands of [0, 1e9, Number.NaN]) captions.say({ text: 'x', stands })
    expect(said.map(({ stands }) => stands)).toEqual([500, 20_000, 7000])
  })
  test('is refused when it is too long, too quick, in no language, or nothing is broadcast', async () => {
    const { captions, said, air, clock } = stage()
    expect(refusal(() => captions.say({ text: 'x'.repeat(1001) }))).toMatch(/1000 letters/)
    for (const language of ['', 'german', 'd', 'de"\nX', '__proto__'])
      expect(refusal(() => captions.say({ text: 'x', language }))).toMatch(/language/)
    const refused = Array.from({ length: 60 }, () => refusal(() => captions.say({ text: 'x' }))).filter((why) => why !== null)
    expect(said.length).toBeLessThan(20)
    expect(refused[0]).toMatch(/quicker than anybody reads/)
    await clock.advance(seconds(2))
    air.isLive = false
    expect(refusal(() => captions.say({ text: 'x' }))).toMatch(/nothing is broadcast/)
  })
  test('of every language has a name that a playlist can carry', () => {
    const { captions, said, clock } = stage()
    for (const language of ['pt-BR', 'zh-Hant', 'ar', 'sr-Latn', 'tlh', 'gsw']) {
      void clock.advance(seconds(1))
      captions.say({ text: 'x', language })
    }
    for (const { label } of said) expect(label).toMatch(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} ().,'’·-]{0,39}$/u)
  })
})

const readIn = (text: string, piece = text.length): CaptionIn[] => {
  const reader = new CaptionsIn()
  const found: CaptionIn[] = []
  for (let i = 0; i < text.length; i += piece) found.push(...reader.take(text.slice(i, i + piece)))
  return [...found, ...reader.end()]
}
const now = (text: string): CaptionIn => ({ text, at: null, stands: null })

describe('captions that come in as text', () => {
  test('are lines, however they are cut into pieces; an empty one is a caption that shows nothing', () => {
    for (const piece of [1, 3, 1000])
      expect(readIn('Good evening\r\n\nand welcome\n<b>dear</b> all', piece)).toEqual(
        ['Good evening', '', 'and welcome', '<b>dear</b> all'].map(now),
      )
  })
  test('are cut between words where they are long, and heard no further where they are endless', () => {
    const [first, second] = readIn(`${'word '.repeat(60)}end\n`)
    expect([first?.text.length, second?.text.endsWith('end')]).toEqual([199, true])
    expect(readIn(`${'x'.repeat(100_000)}\n`, 997).length).toBeLessThanOrEqual(20)
  })
  test('are WebVTT when the first line says so: times from its beginning, no tags, no notes and styles', () => {
    const text = `\ufeffWEBVTT - made by a machine
Kind: captions

NOTE
00:01.000 is no time

STYLE
::cue { color: red }

7
00:01.500 --> 00:03.000 align:start line:0
<v Ann>Good <i>evening</i></v>
&lt;all&gt; &amp; sundry

01:00:00.000 --> 01:00:02.500
later

00:05.000 --> 00:04.000
backwards

00:09.000 --> 00:10.000`
    for (const piece of [2, 5000])
      expect(readIn(text, piece)).toEqual([
        { text: 'Good evening\n<all> & sundry', at: 1500, stands: 1500 },
        { text: 'later', at: 3_600_000, stands: 2500 },
      ])
  })
  test('of any kind give no caption that could not be shown', () => {
    let seed = 1
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const pieces = [
      'WEBVTT\n',
      '\n\n',
      '00:00:01.000 --> 00:00:02.000\n',
      '<',
      '>',
      '&amp;',
      '-->',
      '\u202e',
      '\r',
      '\ud800',
      'é',
      'x'.repeat(300),
      '\u0000',
      ' ',
    ]
    for (let i = 0; i < 300; i++) {
      const text = Array.from({ length: 30 }, () => pieces[random(pieces.length)]).join('')
      for (const each of readIn(text, 1 + random(40)))
        if (each.text !== '') expect(cuesIn(captionsPart([{ from: 0, to: 1, text: each.text }]))?.[0]?.text).toBe(each.text)
    }
  })
})

describe('the command for captions', () => {
  async function carried(text: string, language: string | null = null) {
    const clock = new FakeClock()
    const asked: Array<{ readonly at: number; readonly what: unknown }> = []
    const ask = async (order: string, more = {}) => void asked.push({ at: clock.now(), what: { do: order, ...more } })
    let count = -1
    const done = carry(Readable.from([Buffer.from(text)]), { ask }, language, clock).then((number) => {
      count = number
    })
    for (let i = 0; i < 200 && count < 0; i++) await clock.advance(ms(100))
    await done
    return { asked, count }
  }
  test('asks the box to show each line, no quicker than the box takes them', async () => {
    const { asked, count } = await carried('one\ntwo\n\nthree', 'de')
    expect(asked.map(({ what }) => what)).toEqual(['one', 'two', '', 'three'].map((text) => ({ do: 'caption', text, language: 'de' })))
    for (const [i, { at }] of asked.entries()) if (i > 0) expect(at - (asked[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(300)
    expect(count).toBe(3)
  })
  test('shows cues of WebVTT when they are due, and what is late at once', async () => {
    const { asked } = await carried('WEBVTT\n\n00:02.000 --> 00:03.000\nlater\n\n00:01.000 --> 00:01.500\nlate\n')
    expect(asked.map(({ what }) => what)).toEqual([
      { do: 'caption', text: 'later', stands: 1000 },
      { do: 'caption', text: 'late', stands: 500 },
    ])
    expect(asked[0]?.at).toBeGreaterThanOrEqual(2000)
    expect(asked[1]?.at).toBeLessThan(2600)
  })
  test('takes a language and nothing else', async () => {
    const cli = { name: 'captions', phone: false, ask: async () => ({}), say: () => {} }
    for (const words of [['de'], ['--lang'], ['--lang', 'german'], ['--lang', 'de', 'x'], ['--lang="de']])
      await expect(captions.run({ ...cli, words })).rejects.toThrow(Refusal)
  })
})
