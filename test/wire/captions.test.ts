// The text of captions: what is written is read again, in one way only, and whatever somebody says stays text.
import { describe, expect, it } from 'vitest'
import { CAPTION_LIMIT, CAPTIONS_INIT, type Cue, captionLine, captionsPart, cuesIn } from '../../src/wire/captions.ts'
import { bytesOf, hex, textOf, unhex } from '../../src/wire/crypto.ts'
import { entryBytes, openEntry, type ProgramId } from '../../src/wire/manifest.ts'
import vectors from '../vectors/captions.json' with { type: 'json' }
import manifest from '../vectors/manifest.json' with { type: 'json' }

const cue = (text: string, from = 3_723_004, to = 3_724_000): Cue => ({ from, to, text })

describe('a part of captions', () => {
  it('has the bytes that every version gives it, and so has what stands before it', () => {
    expect(hex(CAPTIONS_INIT)).toBe(vectors.init)
    for (const { cues, part } of vectors.parts) {
      expect(hex(captionsPart(cues))).toBe(part)
      expect(cuesIn(unhex(part))).toEqual(cues)
    }
  })
  it('is WebVTT with the times of the program', () => {
    expect(textOf(captionsPart([cue('Good evening')]))).toBe('01:02:03.004 --> 01:02:04.000\nGood evening\n\n')
  })
  it('that shows nothing is one line feed, the same always', () => {
    expect(captionsPart([])).toEqual(Uint8Array.of(10))
    expect(cuesIn(Uint8Array.of(10))).toEqual([])
  })
  it('is read as it was written', () => {
    for (const cues of [[cue('a')], [cue('a\nb\nc'), cue('d & <i>e</i>', 3_724_000, 400_000_000)], [cue('&lt; --> 00:00:01.000')]])
      expect(cuesIn(captionsPart(cues))).toEqual(cues)
  })
  it('holds nothing that a player could take for a tag or another cue', () => {
    const said = '<v Eve>hi</v> <c.red> --> 00:00:00.000 &amp;'
    const text = textOf(captionsPart([cue(said)])) ?? ''
    expect(text.split('\n')[1]).not.toMatch(/[<>]|-->/)
    expect(cuesIn(bytesOf(text))?.[0]?.text).toBe(said)
  })
  it('is refused when it is written otherwise', () => {
    const good = '00:00:01.000 --> 00:00:02.000\nHi\n\n'
    expect(cuesIn(bytesOf(good))?.length).toBe(1)
    const bad = [
      '',
      'WEBVTT\n\n',
      good.trimEnd(),
      good.replace('Hi', ''),
      good.replace('Hi', 'a\nb\nc\nd'),
      good.replace('Hi', ' Hi'),
      good.replace('Hi', 'x'.repeat(CAPTION_LIMIT + 1)),
      good.replace('Hi', 'H\u202ei'),
      good.replace('Hi', 'H\u0007i'),
      good.replace('02.000', '01.000'),
      good.replace('02.000', '02.000 line:0'),
      good.repeat(20),
    ]
    for (const text of bad) expect(cuesIn(bytesOf(text)), JSON.stringify(text.slice(0, 60))).toBeNull()
    expect(cuesIn(Uint8Array.of(0xff, 10, 10))).toBeNull()
    expect(cuesIn(new Uint8Array(64 * 1024).fill(10))).toBeNull()
  })
})

describe('a line of a caption', () => {
  it('has one blank between words and no control characters', () => {
    expect(captionLine('  Good\tevening,\r\n\u0000 all \u2028of you \u00a0')).toBe('Good evening, all of you')
  })
  it('does not turn the order of letters about, and hides nothing', () => {
    expect(captionLine('a\u202eb\u2066c\u200bd\ufeff\u{e0041}')).toBe('abcd')
  })
  it('keeps the letters and signs of all languages', () => {
    for (const text of ['Grüße', 'שלום', 'नमस्ते', '你好', '👩‍👩‍👧 🇩🇪', 'می‌خواهم']) expect(captionLine(text)).toBe(text)
  })
  it('is cut where it is too long, between letters', () => {
    expect([...captionLine('🎉'.repeat(CAPTION_LIMIT + 9))].length).toBe(CAPTION_LIMIT)
  })
  it('piles few marks upon a letter', () => {
    expect(captionLine(`x${'\u0316'.repeat(50)}`)).toBe(`x${'\u0316'.repeat(4)}`)
  })
  it('comes out the same when it is cleaned again', () => {
    for (const text of ['a  b', 'e\u0301', '\ud800x', `y${'\u0300\u0301'.repeat(9)}`, `${'ab '.repeat(99)}`])
      expect(captionLine(captionLine(text))).toBe(captionLine(text))
  })
})

describe('a captions track in the manifest', () => {
  const golden = entryBytes(vectors.entry.line) ?? new Uint8Array()
  it('is described by its language and what people call that', () => {
    const read = openEntry(golden, manifest.broadcaster.program as ProgramId)
    expect(read.ok && read.entry.inits[0]?.description).toEqual(vectors.entry.description)
  })
})
