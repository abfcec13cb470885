// m3u8.ts — a reader of playlists for tests, written from draft-pantos-hls-rfc8216bis and nothing of src/: what it finds wrong, it says.

export type Attributes = Readonly<Record<string, string>>
export type Line = { readonly tag: string; readonly value: string; readonly attributes: Attributes }

export function attributes(value: string): Attributes {
  const found: Record<string, string> = {}
  for (const [, name = '', quoted, plain = ''] of value.matchAll(/([A-Z0-9-]+)=(?:"([^"\r\n]*)"|([^",\s]*))(?:,|$)/g)) {
    if (name in found) throw new Error(`attribute ${name} twice`)
    found[name] = quoted ?? plain
  }
  return found
}

export function lines(text: string): Line[] {
  if (!text.endsWith('\n') || /\r|\p{Cc}/u.test(text.replaceAll('\n', ''))) throw new Error('control characters, or no end of line')
  return text.trimEnd().split('\n').map((line) => {
    if (!line.startsWith('#')) return { tag: '', value: line, attributes: {} }
    const [tag = '', ...rest] = line.split(':')
    return { tag, value: rest.join(':'), attributes: attributes(rest.join(':')) }
  }) // biome-ignore format: one line
}

export type ReadPart = { readonly uri: string; readonly duration: number; readonly independent: boolean }
export type ReadSegment = {
  readonly msn: number
  readonly discontinuity: boolean
  readonly map: string
  readonly date: number | null
  readonly parts: readonly ReadPart[]
  readonly uri: string | null
  readonly duration: number
}
export type Media = {
  readonly target: number
  readonly partTarget: number
  readonly control: Attributes
  readonly first: number
  readonly skipped: number
  readonly segments: readonly ReadSegment[]
  readonly hint: string | null
  readonly reports: readonly Attributes[]
  readonly ended: boolean
  readonly discontinuities: number
}

/** Reads a media playlist; a delta update needs the one before it. */
export function readMedia(text: string, before?: Media): Media {
  const all = lines(text)
  const one = (tag: string) => {
    const fits = all.filter((line) => line.tag === tag)
    if (fits.length > 1) throw new Error(`${tag} twice`)
    return fits[0]
  }
  if (all[0]?.tag !== '#EXTM3U') throw new Error('no #EXTM3U')
  const first = Number(one('#EXT-X-MEDIA-SEQUENCE')?.value ?? 0)
  const skipped = Number(one('#EXT-X-SKIP')?.attributes['SKIPPED-SEGMENTS'] ?? 0)
  const old = before ? before.segments.filter(({ msn }) => msn >= first && msn < first + skipped) : []
  if (old.length !== skipped) throw new Error('segments skipped that nobody has')
  const segments: ReadSegment[] = [...old]
  let [discontinuity, map, date, parts]: [boolean, string, number | null, ReadPart[]] = [false, old.at(-1)?.map ?? '', null, []]
  let [duration, hint, reports]: [number | null, string | null, Attributes[]] = [null, null, []]
  const close = (uri: string | null, length: number) => {
    segments.push({ msn: first + segments.length, discontinuity, map, date, parts, uri, duration: length })
    discontinuity = false
    date = null
    parts = []
    duration = null
  }
  for (const { tag, value, attributes: at } of all) {
    if (tag === '#EXT-X-DISCONTINUITY') discontinuity = true
    else if (tag === '#EXT-X-MAP') map = at.URI ?? ''
    else if (tag === '#EXT-X-PROGRAM-DATE-TIME') date = Date.parse(value)
    else if (tag === '#EXT-X-PART') parts.push({ uri: at.URI ?? '', duration: Number(at.DURATION), independent: at.INDEPENDENT === 'YES' })
    else if (tag === '#EXTINF') duration = Number.parseFloat(value)
    else if (tag === '#EXT-X-PRELOAD-HINT') hint = at.URI ?? ''
    else if (tag === '#EXT-X-RENDITION-REPORT') reports = [...reports, at]
    else if (tag === '') {
      if (duration === null) throw new Error(`${value} without #EXTINF`)
      close(value, duration)
    }
  }
  if (parts.length > 0) close(null, parts.reduce((sum, part) => sum + part.duration, 0)) // biome-ignore format: one line
  return {
    target: Number(one('#EXT-X-TARGETDURATION')?.value),
    partTarget: Number(one('#EXT-X-PART-INF')?.attributes['PART-TARGET']),
    control: one('#EXT-X-SERVER-CONTROL')?.attributes ?? {},
    first,
    skipped,
    segments,
    hint,
    reports,
    ended: one('#EXT-X-ENDLIST') !== undefined,
    discontinuities: Number(one('#EXT-X-DISCONTINUITY-SEQUENCE')?.value ?? 0),
  }
}

/** Every rule of the draft that this playlist breaks, by section. */
export function breaches(media: Media, text: string): string[] {
  const { target, partTarget, control, segments, hint, ended } = media
  const found: string[] = []
  const rule = (holds: boolean, sentence: string) => void (holds || found.push(sentence))
  const version = Number(lines(text).find(({ tag }) => tag === '#EXT-X-VERSION')?.value ?? 1)
  rule(version >= (media.skipped > 0 ? 9 : 6), '8: version too low for its tags')
  rule(Number.isInteger(target) && target > 0, '4.4.3.1: target duration is a whole number')
  rule(partTarget > 0, '4.4.3.7: part target is there when there are parts')
  rule(Number(control['PART-HOLD-BACK']) >= 2 * partTarget, '4.4.3.8: part hold back of two part targets')
  rule(Number(control['HOLD-BACK']) >= 3 * target, '4.4.3.8: hold back of three target durations')
  rule(Number(control['CAN-SKIP-UNTIL']) >= 6 * target, '4.4.3.8: skip boundary of six target durations')
  const isText = segments.some((segment) => segment.parts.some(({ uri }) => uri.endsWith('.vtt')))
  const uris = segments.flatMap(({ uri, parts }) => [uri, ...parts.map((part) => part.uri)]).filter((uri) => uri !== null)
  rule(new Set(uris).size === uris.length, '6.2.1: an address twice')
  segments.forEach((segment, i) => {
    const isOpen = segment.uri === null
    rule(!isOpen || i === segments.length - 1, '4.4.4.9: parts without a segment before the end')
    rule(isText ? segment.map === '' : segment.map !== '', '4.4.4.5: fMP4 needs a map, WebVTT brings its own header')
    rule(Math.round(segment.duration) <= target, `4.4.3.1: segment ${segment.msn} longer than the target`)
    rule(segment.date !== null || i < media.skipped, '4.4.4.6: no date')
    const next = segments[i + 1]
    if (next && next.date !== null && segment.date !== null && !next.discontinuity)
      rule(Math.abs(next.date - segment.date - segment.duration * 1000) < 60, '4.4.4.6: dates that do not follow the durations')
    if (segment.parts.length === 0) return
    rule(segment.parts[0]?.independent ?? false, '4.4.1.2: independent segments begin with an independent part')
    segment.parts.forEach(({ duration }, k) => {
      rule(duration <= partTarget + 1e-4, '4.4.4.9: a part longer than the part target')
      rule(duration >= 0.85 * partTarget || k === segment.parts.length - 1, '4.4.4.9: a part shorter than 85 % of the part target')
    })
    const sum = segment.parts.reduce((all, { duration }) => all + duration, 0)
    rule(isOpen || Math.abs(sum - segment.duration) < 0.001, '4.4.4.9: parts that do not make up their segment')
  })
  const partsBegin = segments.findIndex(({ parts }) => parts.length > 0)
  const behind = segments.slice(partsBegin + 1).reduce((sum, { duration }) => sum + duration, 0)
  rule(behind <= 4 * target + partTarget, '4.4.4.9: parts listed further than needed')
  rule(
    segments.slice(partsBegin).every(({ parts }) => parts.length > 0),
    '4.4.4.9: parts listed with holes',
  )
  rule(ended === (hint === null), '4.4.5.3: a hint while it goes on, and none after the end')
  rule(hint === null || !uris.includes(hint), '4.4.5.3: a hint at what is there')
  return found
}

/** Every rule of the draft that a multivariant playlist breaks, by section. */
export function breachesOfMaster(text: string): string[] {
  const found: string[] = []
  const rule = (holds: boolean, sentence: string) => void (holds || found.push(sentence))
  const all = lines(text)
  const media = all.filter(({ tag }) => tag === '#EXT-X-MEDIA').map(({ attributes: at }) => at)
  const variants = all.filter(({ tag }) => tag === '#EXT-X-STREAM-INF').map(({ attributes: at }) => at)
  for (const at of media) {
    rule(
      ['AUDIO', 'SUBTITLES'].includes(at.TYPE ?? '') && (at['GROUP-ID'] ?? '') !== '' && (at.NAME ?? '') !== '',
      '4.4.6.1: type, group and name',
    )
    rule(at.TYPE !== 'SUBTITLES' || (at.URI ?? '') !== '', '4.4.6.1: subtitles need an address')
    rule(at.DEFAULT !== 'YES' || at.AUTOSELECT !== 'NO', '4.4.6.1: what is default is selected by itself')
    rule(at.TYPE === 'SUBTITLES' || at.FORCED === undefined, '4.4.6.1: only subtitles are forced')
    rule(at['INSTREAM-ID'] === undefined, '4.4.6.1: only closed captions are in the stream')
    const same = media.filter((each) => each.TYPE === at.TYPE && each['GROUP-ID'] === at['GROUP-ID'])
    rule(same.filter(({ NAME }) => NAME === at.NAME).length === 1, '4.4.6.1.1: a name twice in a group')
    rule(same.filter(({ DEFAULT }) => DEFAULT === 'YES').length <= 1, '4.4.6.1.1: one default in a group')
  }
  for (const at of variants)
    for (const [name, type] of [['AUDIO', 'AUDIO'], ['SUBTITLES', 'SUBTITLES']] as const) // biome-ignore format: one line
      rule(at[name] === undefined || media.some((each) => each.TYPE === type && each['GROUP-ID'] === at[name]), `4.4.6.2: ${name} names no group`) // biome-ignore format: one line
  for (const name of ['AUDIO', 'SUBTITLES'])
    rule(new Set(variants.map((at) => at[name] ?? '')).size <= 1, `4.4.6.2.1: variants that differ in ${name} alone`)
  rule(variants.length > 0 && variants.every((at) => Number(at.BANDWIDTH) > 0), '4.4.6.2: every variant says its bandwidth')
  return found
}
