// store.ts — what the page knows, as signals that the views read, and what a person can do with it.
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { type Clock, systemClock } from '../../../lib/clock.ts'
import { seconds } from '../../../lib/unit.ts'
import { identityFrom, newIdentity } from '../../../room/identity.ts'
import { type About, openAbout } from '../../../wire/about.ts'
import { type ChatAsk, chatPath, isLine } from '../../../wire/chat.ts'
import { hex, systemRandom, unhex } from '../../../wire/crypto.ts'
import type { Identity } from '../../../wire/key.ts'
import { isPersonName } from '../../../wire/schema.ts'
import { unsealTitle } from '../../../wire/watch-key.ts'
import type { OpenSocket } from '../kit/remote-line.ts'
import { type CaptionNow, CaptionReel } from './captions.ts'
import { ChatLine, type ChatNow, NO_CHAT } from './chat-line.ts'
import type { Arrival } from './place.ts'
import { type Flaw, Player, type PlayerNow } from './player.ts'
import { type Scene, sceneOf } from './scene.ts'
import { canFeed, canPlay, Screen } from './screen.ts'
import { Way } from './way.ts'
import type { Words } from './words/words.ts'

const NOTHING_YET: PlayerNow = {
  tail: 'looking',
  fit: 'yes',
  isOver: false,
  hasEnded: false,
  hasPicture: false,
  isPlaying: false,
  isWaiting: true,
  isLive: true,
  needsTouch: false,
  behind: null,
  position: null,
  edge: null,
  from: null,
  renditions: [],
  choice: 'auto',
  shown: null,
  stalls: 0,
}
/** What was refused: an entry, an object, a word of the chat, what is said of the program. */
export type Refused = Flaw | 'chat' | 'about'

const [KEY, NAME, VOLUME, CAPTIONS] = ['parlor.chat.key', 'parlor.name', 'parlor.volume', 'parlor.captions']
/** The sentence stays so long after the last that was refused. */
const SHOWN = seconds(12)
const ABOUT_EVERY = seconds(5)

export class Store {
  readonly arrival: Arrival
  readonly words: Words
  readonly now = signal<PlayerNow>(NOTHING_YET)
  readonly about = signal<About | null>(null)
  readonly chat = signal<ChatNow>(NO_CHAT)
  readonly refused = signal<Refused | null>(null)
  /** How often something was refused, ever. */
  readonly refusals = signal(0)
  readonly name = signal('')
  readonly muted = signal(false)
  readonly volume = signal(1)
  readonly chatOpen = signal(true)
  /** The captions that there are where the picture is; null: none. */
  readonly captions = signal<CaptionNow | null>(null)
  readonly captionsOn = signal(false)
  readonly scene: ReadonlySignal<Scene> = computed(() => sceneOf(this.now.value, this.about.value, canFeed()))
  /** What the program is called; empty: nobody said, or not to us. */
  readonly title: ReadonlySignal<string> = computed(() => this.#titleIn(this.about.value))
  readonly isPlaying: ReadonlySignal<boolean> = computed(() => this.now.value.isPlaying)
  readonly #clock: Clock
  readonly #memory: Storage | null
  readonly #way: Way
  readonly #reel = new CaptionReel(() => this.#caption())
  #player: Player | null = null
  #line: ChatLine | null = null
  #calm = new AbortController()

  constructor(arrival: Arrival, words: Words, memory: Storage | null, clock: Clock = systemClock) {
    this.arrival = arrival
    this.words = words
    this.#memory = memory
    this.#clock = clock
    this.captionsOn.value = memory?.getItem(CAPTIONS) === 'on'
    this.#way = new Way(arrival.program)
  }

  /** Plays into this element, until the signal is aborted. */
  watch(video: HTMLVideoElement, signal: AbortSignal): void {
    this.#remember(video)
    const player = new Player({
      program: this.arrival.program,
      key: this.arrival.key,
      way: this.#way,
      screen: new Screen(video),
      clock: this.#clock,
      now: () => Date.now(),
      seat: hex(systemRandom(8)),
      canPlay,
      changed: (now) => {
        this.now.value = now
        this.#caption()
      },
      said: (part, init, get) => this.#reel.hear(part, init, get),
      refused: (why) => this.#refuse(why),
    })
    this.#player = player
    const report = (error: unknown): void => {
      if (!signal.aborted) reportError(error)
    }
    player.run(signal).catch(report)
    this.askAbout(signal).catch(report)
  }

  /** Asks what the program says of itself, again and again. */
  async askAbout(signal: AbortSignal): Promise<void> {
    for (;;) {
      const said = await this.#way.about(signal)
      const about = said === null ? null : openAbout(said, this.arrival.program)
      if (said !== null && !about) this.#refuse('about')
      const before = this.about.value
      if (about && (!before || about.at >= before.at)) this.about.value = about
      await this.#clock.sleep('before asking about the program again', ABOUT_EVERY, signal)
    }
  }

  talk(open: (path: string) => OpenSocket, signal: AbortSignal): void {
    this.name.value = this.#memory?.getItem(NAME) ?? ''
    const line = new ChatLine({
      program: this.arrival.program,
      socket: open(chatPath(this.arrival.program)),
      identity: this.#identity(),
      secret: this.arrival.secret,
      key: this.arrival.key,
      clock: this.#clock,
      random: systemRandom,
      changed: (now) => {
        this.chat.value = now
      },
      refused: () => this.#refuse('chat'),
    })
    this.#line = line
    line.run(signal).catch((error: unknown) => {
      if (!signal.aborted) reportError(error)
    })
  }

  #titleIn(about: About | null): string {
    const { key } = this.arrival
    if (!about?.sealed) return about?.title ?? ''
    return (key?.lock === about.sealed.lock && unsealTitle(key, unhex(about.sealed.title))) || ''
  }

  get me(): string {
    return this.#line?.me ?? ''
  }

  rename(name: string): boolean {
    const fit = name.trim()
    if (!isPersonName(fit)) return false
    this.name.value = fit
    this.#memory?.setItem(NAME, fit)
    return true
  }
  /** False when it cannot be said. */
  say(text: string): boolean {
    const fit = text.trim()
    return isLine(fit) && isPersonName(this.name.value) && this.ask({ ask: 'say', name: this.name.value, text: fit })
  }
  ask(ask: ChatAsk): boolean {
    return this.#line?.ask(ask) ?? false
  }

  toggle(): void {
    if (this.#player?.isWanted && this.now.value.isPlaying) this.#player.pause()
    else this.#player?.play()
  }
  step(by: number): void {
    this.#player?.step(by)
  }
  seek(wall: number): void {
    this.#player?.seek(wall)
  }
  goLive(): void {
    this.#player?.goLive()
  }
  fromStart(): void {
    const from = this.about.value?.from ?? this.now.value.from
    if (from !== null) {
      this.#player?.play()
      this.#player?.seek(from)
    }
  }
  pick(choice: PlayerNow['choice']): void {
    this.#player?.pick(choice)
  }

  /** Shows captions, or no longer; remembered. */
  toggleCaptions(): void {
    if (!this.captions.value) return
    this.captionsOn.value = !this.captionsOn.value
    this.#memory?.setItem(CAPTIONS, this.captionsOn.value ? 'on' : 'off')
    this.#caption()
  }

  #caption(): void {
    const { position } = this.now.value
    const before = this.captions.value
    // While another place is looked for, nobody knows what there is.
    const now = position === null ? before && { ...before, text: '' } : this.#reel.at(position, this.captionsOn.value)
    if (now?.text !== before?.text || now?.label !== before?.label) this.captions.value = now
  }

  #refuse(why: Refused): void {
    this.refused.value = why
    this.refusals.value++
    this.#calm.abort()
    const calm = new AbortController()
    this.#calm = calm
    const hide = (): void => {
      this.refused.value = null
    }
    this.#clock.sleep('a refusal is shown', SHOWN, calm.signal).then(hide, () => {})
  }

  #identity(): Identity {
    const kept = this.#memory?.getItem(KEY) ?? ''
    if (/^[0-9a-f]{64}$/.test(kept)) return identityFrom(unhex(kept))
    const made = newIdentity()
    this.#memory?.setItem(KEY, hex(made.secretKey))
    return made
  }

  #remember(video: HTMLVideoElement): void {
    const kept = Number(this.#memory?.getItem(VOLUME) ?? 1)
    video.volume = kept >= 0 && kept <= 1 ? kept : 1
    const hear = (): void => {
      this.muted.value = video.muted
      this.volume.value = video.volume
      this.#memory?.setItem(VOLUME, String(video.volume))
    }
    video.addEventListener('volumechange', hear)
    hear()
  }
}
