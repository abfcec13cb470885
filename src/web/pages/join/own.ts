// own.ts — our own camera, microphone and screen during a visit: what is open, what is wished for, what went wrong.
//
// Off means off: a camera that is off is closed, so its light goes out. A muted microphone stays open on this machine
// alone, to be able to say "you are muted"; what is sent is silenced at once.
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Sending } from '../../../call/person.ts'
import type { Clock } from '../../../lib/clock.ts'
import { type Choices, choices, NO_CHOICES, open, openScreen } from './devices.ts'
import { listen } from './ear.ts'
import { type DeviceTrouble, whyOf } from './words.ts'

const HINT_MS = 3000

type Kind = 'camera' | 'microphone'

export class Own {
  readonly camera = signal<MediaStreamTrack | null>(null)
  readonly microphone = signal<MediaStreamTrack | null>(null)
  readonly screen = signal<MediaStreamTrack | null>(null)
  /** What to open when we go in. */
  readonly wants = { camera: signal(true), microphone: signal(true) }
  readonly muted = signal(false)
  /** dBFS, and whether we speak; both also while muted. */
  readonly level = signal(-100)
  readonly speaks = signal(false)
  /** We speak and nobody hears it. Stays for a moment, so that it can be read. */
  readonly speaksMuted = signal(false)
  readonly troubles = signal<readonly DeviceTrouble[]>([])
  readonly choices = signal<Choices>(NO_CHOICES)
  readonly chosen = { camera: signal(''), microphone: signal(''), speaker: signal('') }
  readonly opening = signal(false)
  readonly sending: ReadonlySignal<Sending> = computed(() => {
    const muted = this.muted.value || this.microphone.value === null
    return {
      muted,
      camera: this.camera.value !== null,
      screen: this.screen.value !== null,
      speaking: this.speaks.value && !muted,
      live: false,
    }
  })
  readonly #clock: Clock
  #ear = new AbortController()
  #turn: Promise<void> = Promise.resolve()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Opens what is wished for and not open yet. Resolves when that is done; troubles() says what could not be had. */
  open(): Promise<void> {
    return this.#queue(async () => {
      const camera = this.wants.camera.value && !this.camera.value ? this.chosen.camera.value || true : false
      const microphone = this.wants.microphone.value && !this.microphone.value ? this.chosen.microphone.value || true : false
      if (camera === false && microphone === false) return
      this.opening.value = true
      const got = await open({ camera, microphone })
      this.opening.value = false
      if (this.#closed) return [got.camera, got.microphone].forEach((track) => void track?.stop())
      batch(() => {
        this.troubles.value = got.troubles
        if (camera !== false) this.#have('camera', got.camera)
        if (microphone !== false) this.#have('microphone', got.microphone)
        for (const { device } of got.troubles) if (device !== 'screen') this.wants[device].value = false
      })
      this.choices.value = await choices()
    })
  }

  /** Camera on or off. */
  async show(on: boolean): Promise<void> {
    this.wants.camera.value = on
    if (on) return this.open()
    this.#have('camera', null)
    this.#forgive('camera')
  }

  /** Mutes at once; unmuting opens the microphone when it is not open. */
  async mute(muted: boolean): Promise<void> {
    this.muted.value = muted
    const track = this.microphone.value
    if (track) track.enabled = !muted
    if (muted) return
    this.speaksMuted.value = false
    this.wants.microphone.value = true
    if (!track) await this.open()
  }

  /** At the door: with or without a microphone. */
  async speakLater(on: boolean): Promise<void> {
    this.wants.microphone.value = on
    if (on) return
    this.#have('microphone', null)
    this.#forgive('microphone')
  }

  async choose(kind: Kind, id: string): Promise<void> {
    this.chosen[kind].value = id
    if (!this[kind].value && !this.wants[kind].value) return
    this.#have(kind, null)
    this.wants[kind].value = true
    await this.open()
  }

  async share(): Promise<void> {
    try {
      const track = await openScreen()
      if (!track) return
      if (this.#closed) return track.stop()
      track.addEventListener('ended', () => this.stopSharing())
      this.stopSharing()
      this.#forgive('screen')
      this.screen.value = track
    } catch (error) {
      this.troubles.value = [{ device: 'screen', why: whyOf(error) }]
    }
  }

  stopSharing(): void {
    this.screen.value?.stop()
    this.screen.value = null
  }

  /** Closes every device. Nothing opens again. */
  close(): void {
    this.#closed = true
    this.#have('camera', null)
    this.#have('microphone', null)
    this.stopSharing()
  }

  async refreshChoices(): Promise<void> {
    this.choices.value = await choices()
  }

  /** Takes a track as ours and stops the one before it. */
  #have(kind: Kind, track: MediaStreamTrack | null): void {
    const before = this[kind].value
    if (before === track) return
    this[kind].value = track
    before?.stop()
    if (track) {
      this.chosen[kind].value = track.getSettings().deviceId ?? this.chosen[kind].value
      track.addEventListener('ended', () => this.#lost(kind, track))
    }
    if (kind === 'microphone') this.#hear(track)
  }

  #hear(track: MediaStreamTrack | null): void {
    this.#ear.abort()
    this.#ear = new AbortController()
    this.level.value = -100
    this.speaks.value = false
    this.speaksMuted.value = false
    if (!track) return
    track.enabled = !this.muted.value
    let spokeMutedAt = Number.NEGATIVE_INFINITY
    const tell = (level: number, speaks: boolean): void => {
      if (speaks && this.muted.value) spokeMutedAt = this.#clock.now()
      this.speaksMuted.value = this.muted.value && this.#clock.now() - spokeMutedAt < HINT_MS
      this.level.value = level
      this.speaks.value = speaks
    }
    listen(track, this.#clock, tell, this.#ear.signal).catch(reportError)
  }

  /** A device was pulled out, or another program took it. Stopping a track ourselves does not come here. */
  #lost(kind: Kind, track: MediaStreamTrack): void {
    if (this[kind].value !== track) return
    batch(() => {
      this.#have(kind, null)
      this.wants[kind].value = false
      this.troubles.value = [{ device: kind, why: 'gone' }]
    })
  }

  #forgive(device: DeviceTrouble['device']): void {
    this.troubles.value = this.troubles.value.filter((t) => t.device !== device)
  }

  /** One opening at a time, in the order of the clicks. */
  #queue(job: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(job)
    this.#turn = run.catch(() => {})
    return run
  }
}
