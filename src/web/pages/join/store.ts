// store.ts — what the page knows, as signals that the views read, and the few things a person can do with it.
import { batch, computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals'
import type { Person } from '../../../call/person.ts'
import type { CallTrouble } from '../../../call/trouble.ts'
import type { PeerId, RoomId } from '../../../core/id.ts'
import { systemClock } from '../../../lib/clock.ts'
import { Fault, Refusal } from '../../../lib/fault.ts'
import { linkOf, roomKeys } from '../../../room/link.ts'
import type { Info } from '../kit/info.ts'
import { type Notice, noticesOf } from './notice.ts'
import { Own } from './own.ts'
import { next, type Stage, type Turn } from './stage.ts'
import type { Visit } from './visit.ts'
import { comings } from './words.ts'

/** Everybody in a room, we included. */
export const LIMIT = 6
export type Sheet = 'invite' | 'devices' | { readonly compare: PeerId } | null
type Lines = ReadonlyMap<PeerId, { track(line: 'audio' | 'camera' | 'screen'): MediaStreamTrack | null }>
const NAME_KEY = 'parlor.name'

export class Store {
  readonly stage = signal<Stage>({ at: 'astray', why: '' })
  readonly name = signal('')
  readonly own = new Own(systemClock)
  readonly people = signal<readonly Person[]>([])
  readonly lines = signal<Lines>(new Map())
  readonly sheet = signal<Sheet>(null)
  /** For those who listen to the page: who came and went. */
  readonly said = signal('')
  readonly soundHeldBack = signal(false)
  readonly soundTries = signal(0)
  readonly brokerAway = signal(false)
  readonly callTrouble = signal<CallTrouble | null>(null)
  readonly refused = signal<string | null>(null)
  readonly secure = signal<string | null>(null)
  readonly link: ReadonlySignal<string> = computed(() => {
    const stage = this.stage.value
    return stage.at === 'astray' ? '' : linkOf(location.origin, stage.secret)
  })
  readonly secureLink: ReadonlySignal<string> = computed(() => {
    const stage = this.stage.value
    const origin = this.secure.value ?? `https://${location.host}`
    return stage.at === 'astray' ? origin : linkOf(origin, stage.secret)
  })
  readonly troubleAtDoor: ReadonlySignal<string | null> = computed(() =>
    this.stage.value.at === 'joining' && this.brokerAway.value
      ? 'The box does not answer. Is it on, and are you on the same network? We keep trying.'
      : this.refused.value,
  )
  readonly notices: ReadonlySignal<readonly Notice[]> = computed(() =>
    noticesOf({
      speaksMuted: this.own.speaksMuted.value,
      liveBy: this.people.value.find(({ live }) => live)?.name ?? null,
      brokerAway: this.brokerAway.value,
      call: this.callTrouble.value,
      devices: this.own.troubles.value,
      forgetCall: () => {
        this.callTrouble.value = null
      },
      forgetDevices: () => {
        this.own.troubles.value = []
      },
    }),
  )
  readonly #ask: (room: RoomId | null) => Promise<Info>
  #info: Promise<Info> | null = null
  #visit: Visit | null = null
  #entering = new AbortController()
  #unfollow: () => void = () => {}

  constructor(ask: (room: RoomId | null) => Promise<Info>) {
    this.#ask = ask
  }

  /** Reads the address and what was remembered. */
  arrive(href: string, memory: Storage | null): void {
    this.#turn({ is: 'link', href })
    this.name.value = new URL(href).searchParams.get('name') ?? memory?.getItem(NAME_KEY) ?? ''
    effect(() => {
      const name = this.name.value
      memory?.setItem(NAME_KEY, name)
    })
    const stage = this.stage.value
    if (stage.at === 'astray') return
    this.#info = this.#ask(roomKeys(stage.secret).id)
    void this.#info.then(({ secure }) => {
      this.secure.value = secure
    })
  }

  rename(name: string): void {
    this.name.value = name
  }

  /** Through the door, with what is wished for. What the person must decide first keeps us at the door. */
  async enter(): Promise<void> {
    this.#turn({ is: 'asked in' })
    const stage = this.stage.value
    if (stage.at !== 'joining' || this.#visit) return
    this.refused.value = null
    this.own.troubles.value = []
    this.#entering = new AbortController()
    const { signal } = this.#entering
    if (isSecureContext) await this.own.open()
    if (this.own.troubles.value.some(({ why }) => why === 'refused' || why === 'busy'))
      return this.#turn({ is: 'turned away', full: false })
    const [loaded, info] = await Promise.all([import('./visit.ts').catch(() => null), this.#info])
    if (signal.aborted) return
    if (loaded === null) {
      this.refused.value = 'A part of this page did not arrive. Is the network there? Please load the page again.'
      return this.#turn({ is: 'turned away', full: false })
    }
    const name = this.name.value.trim() || 'Guest'
    const visit = new loaded.Visit({ secret: stage.secret, name, iceServers: info?.iceServers ?? [], limit: LIMIT })
    this.#visit = visit
    this.#follow(visit)
    try {
      await visit.join(signal)
      this.#turn({ is: 'let in' })
    } catch (error) {
      this.#part()
      await visit.leave()
      if (signal.aborted) return
      if (!(error instanceof Refusal) && !(error instanceof Fault)) throw error
      this.refused.value = error.message
      this.#turn({ is: 'turned away', full: error.code === 'room-full' })
    }
  }

  /** Leaves the call, and closes every device. */
  async leave(): Promise<void> {
    this.#turn({ is: 'left' })
    await this.goodbye()
  }

  /** Everything that must happen while the page is being closed happens before this returns its promise. */
  goodbye(): Promise<void> {
    this.#entering.abort()
    const left = this.#visit?.leave() ?? Promise.resolve()
    this.#part()
    this.own.close()
    return left
  }

  playSound(): void {
    this.soundHeldBack.value = false
    this.soundTries.value++
  }

  #turn(turn: Turn): void {
    this.stage.value = next(this.stage.value, turn)
  }

  #follow(visit: Visit): void {
    const { own } = this
    visit.on('people', (people) =>
      batch(() => {
        const news = this.stage.value.at === 'call' ? comings(this.people.value, people) : ''
        if (news) this.said.value = news
        this.people.value = people
      }),
    )
    visit.on('lines', (lines) => {
      this.lines.value = lines
    })
    visit.on('trouble', (trouble) => this.#hear(trouble))
    const effects = [
      effect(() => visit.say(own.sending.value)),
      effect(() => visit.send('audio', own.microphone.value)),
      effect(() => visit.send('camera', own.camera.value)),
      effect(() => visit.send('screen', own.screen.value)),
    ]
    this.#unfollow = () => {
      for (const stop of effects) stop()
    }
  }

  #part(): void {
    this.#unfollow()
    this.#unfollow = () => {}
    this.#visit = null
    batch(() => {
      this.people.value = []
      this.lines.value = new Map()
      this.brokerAway.value = false
      this.callTrouble.value = null
      this.sheet.value = null
    })
  }

  #hear(trouble: CallTrouble): void {
    if (trouble.kind === 'broker-away') this.brokerAway.value = true
    else if (trouble.kind === 'broker-back') this.brokerAway.value = false
    else if (trouble.kind !== 'room-full') this.callTrouble.value = trouble
    else if (untracked(() => this.stage.value.at) === 'call') {
      this.refused.value = trouble.sentence
      this.#turn({ is: 'turned away', full: true })
      void this.goodbye()
    }
  }
}
