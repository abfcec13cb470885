import { describe, expect, test } from 'vitest'
import { en } from '../../src/core/text/en.ts'
import { layout, safeArea } from '../../src/media/layout.ts'
import { ground } from '../../src/media/screen/card/ground.ts'
import { INK, initials, plain, shorten, widthOf, wrap } from '../../src/media/screen/card/ink.ts'
import { label } from '../../src/media/screen/card/label.ts'
import { linkLines } from '../../src/media/screen/card/link.ts'
import { menu } from '../../src/media/screen/card/menu.ts'
import { notice } from '../../src/media/screen/card/notice.ts'
import { drawFrame, yuv } from '../../src/media/screen/frame.ts'
import { choose, why } from '../../src/media/screen/output.ts'
import { aScene, aShare, aTile } from './scenes.ts'

const NOON = new Date(2026, 10, 21, 12, 5)
const all = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)
const HOSTILE = [
  `</text><script>alert(1)</script>`,
  `"><image href="file:///etc/passwd"/>`,
  `<span size="999999">big</span>`,
  `&lt;&#0;&bogus; ]]> <!-- `,
  `\u202egnp.exe\u2066\u2069\u200f`,
  `\u0000\u0007\u001b[31mred\ud800`,
  `Z${'\u0301'.repeat(500)}algo`,
  'W'.repeat(5000),
  '\u200b\u200b',
  '👩‍👩‍👧‍👦'.repeat(40),
  '',
]

/** Every `<` begins one of our own tags, all are closed, and no forbidden character is left: so it is well-formed and only ours. */
function isOurs(svg: string): void {
  const tags = svg.match(/<[^>]*>/g) ?? []
  const open: string[] = []
  for (const tag of tags) {
    const [, slash, name, end] = /^<(\/?)(svg|rect|text|circle|path|g|image)\b[^<]*?(\/?)>$/.exec(tag) ?? []
    expect(name, tag).toBeDefined()
    if (slash) expect(open.pop()).toBe(name)
    else if (!end) open.push(String(name))
  }
  expect(open).toEqual([])
  expect(svg.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/)
  expect(svg.isWellFormed()).toBe(true)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the question
  expect(svg).not.toMatch(/[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/)
}

describe.each(HOSTILE)('a name like %j', (name) => {
  test('is text on every card and breaks none', () => {
    const tiles = [1, 2, 3, 4, 5].map((seat) => aTile(seat, { name, camera: seat !== 2, muted: true, emoji: [name, name, name, name] }))
    const scenes = [
      aScene(5, {
        people: tiles,
        self: aTile(0, { name, camera: false }),
        share: { ...aShare(name) },
        notice: name,
        roomName: name,
        link: name,
      }),
      aScene(0, { show: 'ringing', caller: name, roomName: name }),
      aScene(0, { show: 'idle', roomName: name, link: name }),
      aScene(0, { roomName: name, link: name }),
    ]
    for (const scene of scenes) {
      isOurs(ground(scene, () => 'none', NOON))
      isOurs(ground(scene, () => 'faint', NOON))
      const banner = notice(scene.notice, name)
      if (banner) isOurs(banner.svg)
      for (const place of layout(scene)) {
        const tile = [...tiles, scene.self, scene.share].find((t) => t?.seat === place.seat)
        const strip = tile && label(tile, place, en, () => name)
        if (strip) isOurs(strip.svg)
      }
    }
  })
})

describe('names', () => {
  test('lose what is hidden and keep what is seen', () => {
    expect(plain(' Ada\u202e\n Lovelace\u0007 ')).toBe('Ada Lovelace')
    expect(plain('Zoë Łukasz 李雷 محمد 👩‍👧')).toBe('Zoë Łukasz 李雷 محمد 👩‍👧')
    expect(plain('\u200b\u2066')).toBe('')
  })
  test('are cut with an ellipsis, between letters, where room ends', () => {
    expect(shorten('Ada', 40, 300)).toBe('Ada')
    const cut = shorten('Bertil Åkesson-Lindqvist the Younger', 40, 300)
    expect(cut).toMatch(/^Bertil .*…$/)
    expect(widthOf(cut, 40)).toBeLessThanOrEqual(300)
    expect(shorten('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 40, 120)).toBe('👩‍👩‍👧‍👦…')
  })
  test('have initials', () => {
    expect(['Ada', 'grandma ingrid', '', 'Åke von Öst', '👩‍👧 Bo'].map(initials)).toEqual(['A', 'GI', '?', 'ÅÖ', '👩‍👧B'])
  })
})

describe('labels', () => {
  const scenes = [1, 2, 3, 4, 5].flatMap((n) => [
    aScene(n),
    aScene(n, { self: null }),
    aScene(n, { share: aShare() }),
    aScene(n, { large: 1 }),
  ])
  test('stand inside the safe area and at their own tile, evenly, whatever the name', () => {
    const safe = safeArea()
    for (const scene of scenes)
      for (const place of layout(scene))
        for (const name of ['Bo', 'Bertil Åkesson-Lindqvist the Younger', 'WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW'])
          for (const muted of [true, false]) {
            const strip = label(aTile(place.seat, { name, muted, speaking: true, emoji: ['🐳', '🌵', '🎈', '🍋'] }), place, en)
            if (!strip) continue
            for (const n of [strip.x, strip.y, strip.width, strip.height]) expect(n % 2).toBe(0)
            expect(strip.x).toBeGreaterThanOrEqual(Math.max(safe.x, place.x))
            expect(strip.y).toBeGreaterThanOrEqual(place.y)
            expect(strip.x + strip.width).toBeLessThanOrEqual(Math.min(safe.x + safe.width, place.x + place.width))
            expect(strip.y + strip.height).toBeLessThanOrEqual(safe.y + safe.height)
          }
  })
  test('say muted in a word and with a sign, in every tile', () => {
    for (const scene of scenes)
      for (const place of layout(scene).filter((p) => p.seat > 0 && p.seat < 6)) {
        const strip = label(aTile(place.seat, { name: 'Bertil Åkesson', muted: true }), place, en)
        expect(all(strip?.svg ?? '')).toContain('Muted')
        expect(strip?.svg).toContain('<path')
      }
    const [self] = layout(aScene(1)).filter((p) => p.seat === 0)
    if (!self) throw new Error('we are not on the screen')
    expect(all(label(aTile(0, { muted: true }), self, en)?.svg ?? '')).toEqual(['You are muted'])
    expect(label(aTile(0), self, en)).toBe(null)
  })
  test('mark who speaks with a sign, not by the frame alone', () => {
    const [place] = layout(aScene(2))
    if (!place) throw new Error('nobody on the screen')
    expect(label(aTile(1, { speaking: true }), place, en)?.svg).toContain('<path')
    expect(label(aTile(1), place, en)?.svg).not.toContain('<path')
  })
})

describe('cards', () => {
  test('idle tells the time, the day, the room, and how to call it', () => {
    const svg = ground(aScene(0, { show: 'idle' }), () => 'none', NOON)
    expect(all(svg)).toEqual(expect.arrayContaining(['12:05', 'Saturday 21 November', 'Living room', 'Scan to call this room']))
    expect(svg).toContain('crispEdges')
  })
  test('a box that does not know the date shows no clock; without a link there is no code', () => {
    expect(all(ground(aScene(0, { show: 'idle', link: null }), () => 'none', new Date(1970, 0, 1)))).toEqual(['Living room'])
  })
  test('ringing names who calls', () => {
    expect(all(ground(aScene(0, { show: 'ringing', caller: 'Ingrid' }), () => 'none', NOON))).toContain('Ingrid')
  })
  test('alone in a call one sees the way in', () => {
    expect(all(ground(aScene(0), () => 'none', NOON))).toContain('Nobody else is here yet')
    expect(all(ground(aScene(1), () => 'none', NOON))).not.toContain('Nobody else is here yet')
  })
  test('a tile without a picture says why', () => {
    const why = (more: object) =>
      all(ground(aScene(2, { people: [aTile(1, more), aTile(2)], self: null }), (s) => (s === 1 ? 'none' : 'shown'), NOON))
    expect(why({ camera: false })).toContain('Camera is off')
    expect(why({ state: 'reconnecting' })).toContain('Reconnecting …')
    expect(why({ state: 'arriving' })).toContain('Connecting …')
    expect(why({})).toContain('The picture is coming …')
  })
  test('the link is read out in its groups', () => {
    expect(linkLines('https://10.0.0.2:8443/r#K7QF-2M3N-8HJK-4RST-9WXY-1ABC-DE', 32, 560).join('')).toBe(
      '10.0.0.2:8443/r#K7QF-2M3N-8HJK-4RST-9WXY-1ABC-DE',
    )
  })
  test('all text is 32 px or more', () => {
    for (const scene of [
      aScene(0, { show: 'idle' }),
      aScene(0),
      aScene(0, { show: 'ringing' }),
      aScene(5, { share: aShare(), notice: 'The camera is gone' }),
    ])
      for (const picture of ['none', 'faint'] as const)
        for (const [, size] of ground(scene, () => picture, NOON).matchAll(/font-size="([\d.]+)"/g))
          expect(Number(size)).toBeGreaterThanOrEqual(32)
  })
})

test('every colour of text stands out by 7:1 on every ground it is used on', () => {
  const light = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: string, b: string) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05)
  for (const ink of [INK.text, INK.quiet, INK.accent])
    for (const on of [INK.ground, INK.tile]) expect(contrast(ink, on)).toBeGreaterThanOrEqual(7)
  expect(contrast(INK.text, INK.disc)).toBeGreaterThanOrEqual(7)
  expect(contrast(INK.dot, INK.paper)).toBeGreaterThanOrEqual(7)
})

test('a frame is drawn around a tile and nowhere else', () => {
  const raw = Buffer.alloc(64 * 32 * 1.5, 16)
  drawFrame(raw, 64, 32, { x: 8, y: 8, width: 16, height: 8 }, 4, yuv('#ffffff'))
  const lit = Array.from({ length: 32 }, (_, y) => Array.from({ length: 64 }, (_, x) => (raw[y * 64 + x] === 235 ? '#' : '.')).join(''))
  expect(lit[3]).not.toContain('#')
  expect(lit[4]?.slice(0, 30)).toBe('....########################..')
  expect(lit[10]?.slice(0, 30)).toBe('....####................####..')
  expect(lit[19]?.slice(0, 30)).toBe('....########################..')
  expect(lit[20]).not.toContain('#')
})

test('the TV setting means a sink', () => {
  expect(choose('none', { DISPLAY: ':0' })).toBe(null)
  expect(choose('auto', { DISPLAY: ':0' })?.output).toBe('window')
  expect(choose('auto', {})?.output).toBe('hdmi')
  expect(choose('hdmi', { WAYLAND_DISPLAY: 'wayland-0' })?.output).toBe('hdmi')
  expect(choose('launch:videoscale ! fakesink', {})).toEqual({ output: 'launch', sink: 'videoscale ! fakesink' })
  expect(why('hdmi', 'Could not find a valid monitor connector\nmore')).toEqual({
    is: 'HDMI fails',
    said: 'Could not find a valid monitor connector',
  })
})

describe('what is read on the TV breaks into lines', () => {
  test('between words, and no line is too long for its place', () => {
    const text = 'Das Mikrofon funktioniert nicht; die anderen hören diesen Raum nicht.'
    const lines = wrap(text, 40, 500, 9)
    expect(lines.join(' ')).toBe(text)
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(widthOf(line, 40)).toBeLessThanOrEqual(500)
  })
  test('as many as there may be; the rest is left out, and a word that fits nowhere too', () => {
    expect(wrap('one two three four five six seven', 40, 200, 2).at(-1)).toMatch(/…$/)
    expect(wrap('one two three four five six seven', 40, 200, 2)).toHaveLength(2)
    expect(wrap('x'.repeat(400), 40, 200, 3).every((line) => widthOf(line, 40) <= 200)).toBe(true)
    expect(wrap('', 40, 200, 3)).toEqual([''])
  })
  test('so a notice is read to its end, inside the safe area', () => {
    const sentence = 'There are already six people in this room. Ask one of them to leave, or open another room.'
    const strip = notice(sentence)
    expect(all(strip?.svg ?? '').join(' ')).toBe(sentence)
    expect((strip?.x ?? 0) + (strip?.width ?? 0)).toBeLessThanOrEqual(1920 - 96)
  })
  test('and that the call is broadcast is said with it and without it, inside the safe area', () => {
    for (const sentence of [null, 'The camera is gone', 'word '.repeat(60)]) {
      const strip = notice(sentence, 'LIVE · 12 watching')
      expect(all(strip?.svg ?? '').join(' ')).toContain('LIVE · 12 watching')
      expect(strip?.svg).toContain('<circle')
      expect(strip?.x).toBeGreaterThanOrEqual(96)
      expect((strip?.x ?? 0) + (strip?.width ?? 0)).toBeLessThanOrEqual(1920 - 96)
    }
    expect(notice(null, null)).toBeNull()
  })
  test('and the idle picture says when a broadcast is to begin, and whose calls were missed, each in its line', () => {
    const scene = aScene(0, {
      show: 'idle',
      link: 'https://box/r#K',
      missed: ['Ada'],
      announced: { title: 'A concert <3', begins: NOON.getTime() + 3_600_000 },
    })
    const said = all(ground(scene, () => 'none', NOON))
    expect(said).toContain('Missed: Ada')
    expect(said.find((line) => line?.startsWith('Live at 13:05: A concert'))).toBeDefined()
    const tomorrow = { ...scene, announced: { title: '', begins: NOON.getTime() + 25 * 3_600_000 } }
    expect(all(ground(tomorrow, () => 'none', NOON)).join()).toMatch(/Live at \w+day/)
    expect(all(ground({ ...scene, announced: null }, () => 'none', NOON)).join()).not.toContain('Live at')
  })
  test('and in the menu the focus is always seen, however long sentences before it are', () => {
    const items = Array.from({ length: 20 }, (_, i) => ({
      text: `Item ${i}. ${'word '.repeat((i % 4) * 12)}`,
      value: '',
      mark: null,
      prose: i % 2 === 0,
    }))
    for (let focus = 0; focus < items.length; focus++) {
      const svg = menu({ title: 'T', hint: '', focus, items })?.svg ?? ''
      expect(all(svg).some((line) => line?.startsWith(`Item ${focus}.`))).toBe(true)
      const lowest = Math.max(...[...svg.matchAll(/<text[^>]* y="([\d.]+)"/g)].map(([, y]) => Number(y)))
      expect(lowest).toBeLessThanOrEqual(972)
    }
  })
})
