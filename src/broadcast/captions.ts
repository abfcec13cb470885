// captions.ts — a captions track beside the picture: lines that somebody says now, into parts of a second that go along with the lead's. Pure.
//
// A part is made when its second begins, not when it is over: who watches has it before the picture of that second is there, however near live
// they are. So a line waits a second at most; it is shown from when it was said, or from where the caption before it had been promised to stand.
// A caption stands until the next one or for its time. The track begins with the first caption and goes on to the end of the run;
// while nothing is said, its parts are all one object (wire/captions.ts).
//
// Segments have the numbers of the lead's, and begin with them. Where the lead's segment ends sooner than meant, the captions have promised more than there
// was, and their next segment begins where that ends.
import { CAPTION_LINES, CAPTIONS_INIT, type Cue, captionsPart } from '../wire/captions.ts'
import type { Description } from '../wire/manifest.ts'
import type { Cut, PartCut } from './cutter/cut.ts'

/** What somebody says. */
export type Caption = {
  /** One to three lines, each as `captionLine` gives it; empty: the caption is taken away. */
  readonly text: string
  /** ms that it stands at most. */
  readonly stands: number
  /** BCP 47, and what people call it. */
  readonly language: string
  readonly label: string
}

/** The track's number, above all that a program is planned with; and its name in addresses. */
export const CAPTIONS_TRACK = 64
const NAME = 'captions'
/** Seconds of a part, about. */
const PART = 1
/** Bits a second, at most. */
const BANDWIDTH = 20_000
/** Lines that may wait for the next part; of more, the newest are shown. */
const WAITING = CAPTION_LINES

type Waiting = Pick<Caption, 'text' | 'stands'> & { readonly at: number }
type Language = Pick<Caption, 'language' | 'label'>

export class CaptionTrack {
  readonly #leadTrack: number
  #lead: Description | null = null
  #leadBegan: PartCut | null = null
  #sequence: number
  #language: Language | null = null
  #told: Language | null = null
  #waiting: readonly Waiting[] = []
  #shown: { readonly text: string; readonly until: number } | null = null
  /** Ticks of the lead: where its last part ended, where our own last part ends, and until where a caption has been promised. */
  #edge = 0
  #end = 0
  #promised = 0
  #segment = -1
  #at = 0

  /** @param lead number of the track that leads @param sequence of the first part */
  constructor(lead: number, sequence: number) {
    this.#leadTrack = lead
    this.#sequence = sequence
  }

  /** Somebody says this, now. */
  say({ text, stands, language, label }: Caption): void {
    if (this.#language?.language !== language || this.#language.label !== label) this.#language = { language, label }
    const before = text === '' ? [] : this.#waiting
    this.#waiting = [...before, { text, stands, at: this.#edge }].slice(-WAITING)
  }

  /** What was cut just now, with what of the captions goes along with it. */
  with(cuts: readonly Cut[]): readonly Cut[] {
    return cuts.flatMap((cut) => (cut.track === this.#leadTrack ? [cut, ...this.#beside(cut)] : [cut]))
  }

  #beside(cut: Cut): Cut[] {
    if (cut.is === 'init') {
      this.#lead = cut.description
      return []
    }
    if (cut.firstOfSegment) this.#leadBegan = cut
    const edge = cut.start + cut.duration
    const part = this.#language && this.#lead && edge > this.#end ? this.#part(cut, this.#lead, this.#language) : []
    this.#edge = edge
    return part
  }

  #part(cut: PartCut, lead: Description, language: Language): Cut[] {
    const start = Math.max(cut.start, this.#end)
    const meant = Math.max(1, Math.round((PART * lead.timescale) / lead.partTarget)) * lead.partTarget
    const left = (this.#leadBegan?.start ?? cut.start) + lead.segmentTarget - start
    const duration = left > 0 ? Math.min(meant, left) : cut.start + cut.duration - start
    const firstOfSegment = cut.segment !== this.#segment
    this.#segment = cut.segment
    this.#end = start + duration
    this.#at = Math.max(this.#at, Math.round(cut.at + ((start - cut.start) * 1000) / lead.timescale))
    const init = this.#told === language ? [] : [this.#init(lead, meant, language)]
    return [
      ...init,
      {
        is: 'part',
        track: CAPTIONS_TRACK,
        sequence: this.#sequence++,
        segment: cut.segment,
        independent: true,
        firstOfSegment,
        afterBreak: firstOfSegment && (this.#leadBegan?.afterBreak ?? false),
        ...{ start, duration, at: this.#at },
        bytes: captionsPart(this.#cues(start, this.#end, lead.timescale)),
      },
    ]
  }

  #init(lead: Description, partTarget: number, language: Language): Cut {
    this.#told = language
    const { timescale, segmentTarget } = lead
    const times = { timescale, partTarget, segmentTarget }
    const description = { kind: 'text' as const, name: NAME, codecs: 'wvtt', ...times, bandwidth: BANDWIDTH, ...language }
    return { is: 'init', track: CAPTIONS_TRACK, description, bytes: CAPTIONS_INIT }
  }

  /** What is shown in the part from there to there, ticks. */
  #cues(start: number, end: number, timescale: number): Cue[] {
    const ms = (ticks: number): number => Math.round((ticks * 1000) / timescale)
    const lines = this.#waiting.slice(this.#waiting.findLastIndex(({ text }) => text === '') + 1)
    const [first, last] = [lines[0], lines.at(-1)]
    let from = start
    if (first && last) {
      from = Math.min(Math.max(first.at, this.#promised), start)
      const text = lines.flatMap((line) => line.text.split('\n')).slice(-CAPTION_LINES)
      this.#shown = { text: text.join('\n'), until: start + (last.stands * timescale) / 1000 }
    } else if (this.#waiting.length > 0) this.#shown = null
    this.#waiting = []
    const until = Math.min(this.#shown?.until ?? 0, end)
    if (!this.#shown || ms(until) <= ms(from)) return []
    this.#promised = until
    return [{ from: ms(from), to: ms(until), text: this.#shown.text }]
  }
}
