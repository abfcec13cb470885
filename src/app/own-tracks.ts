// own-tracks.ts — while this box records its broadcast, it also keeps its own camera and microphone, as they were before any network.
//
// Nothing is kept but in a call of which everybody in it is told that it goes out, and of which a recording runs; never because another box
// wants it. A muted microphone and a closed camera give nothing here either, from the same packet on: what is kept are the packets that go to the
// others. What no recording goes with any more is let go.
import { Own, secretOfOwn } from '../broadcast/own/own.ts'
import { openStore, type Store } from '../broadcast/store/store.ts'
import type { Config } from '../core/config.ts'
import { Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Identity, identityFrom } from '../room/identity.ts'
import type { MediaFolder } from '../system/media-folder.ts'
import { type ProgramId, programOf } from '../wire/manifest.ts'

type Parts = {
  readonly identity: Identity
  /** What is kept; null: nothing is. */
  readonly store: Store | null
  /** Of the camera. */
  readonly fps: number
  /** Wall clock, ms since 1970. */
  readonly date: () => number
  readonly keyframe: () => void
  readonly log: Log
}

const GIGABYTE = 1_000_000_000

/** The identity that own tracks are signed with. */
export const identityOfOwn = (identity: Identity): Identity => identityFrom(secretOfOwn(identity.secretKey))

/** Opens what is kept of our own tracks; null when none are wanted, or there is no place for them. */
export async function openOwnStore(parts: {
  readonly settings: Config['live']
  readonly program: ProgramId
  readonly folder: () => Promise<MediaFolder>
  readonly log: Log
}): Promise<Store | null> {
  const { settings, program, folder, log } = parts
  if (settings.keep === 0 || settings.own === 0) return null
  try {
    const onStopped = () => log.warn('our own tracks are not kept any more')
    return await openStore({ folder: await folder(), program, limit: settings.own * GIGABYTE, onStopped, log })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    log.error('our own tracks are not kept', error)
    return null
  }
}

export class OwnTracks {
  readonly #parts: Parts
  readonly #identity: Identity
  #own: Own | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.#identity = identityOfOwn(parts.identity)
  }

  /** The program that they are, for who reads them. */
  get id(): ProgramId {
    return programOf(this.#identity.publicKey)
  }
  get store(): Store | null {
    return this.#parts.store
  }
  /** Of the run that goes on; null: nothing is kept now. */
  get run(): number | null {
    return this.#own?.run ?? null
  }

  /** A recording of the call runs and everybody in it has been told, or that is no longer so. */
  be(recorded: boolean): void {
    const { store, fps, date, keyframe, log } = this.#parts
    if (!store || recorded === (this.#own !== null)) return
    if (recorded) {
      if (!store.isRecording) return
      this.#own = new Own({ identity: this.#identity, before: store.published, fps, now: date, wantKeyframe: keyframe })
      log.info('our own camera and microphone are kept')
      return
    }
    const own = this.#own
    this.#own = null
    for (const update of own?.end() ?? []) store.update(update)
    log.info('our own camera and microphone are not kept any more', own?.counts())
  }

  /** A packet of our camera, as it goes to the others. */
  camera(packet: Uint8Array): void {
    if (this.#own) for (const update of this.#own.camera(packet)) this.#parts.store?.update(update)
  }

  /** A packet of our microphone, as it goes to the others. */
  microphone(packet: Uint8Array): void {
    if (this.#own) for (const update of this.#own.microphone(packet)) this.#parts.store?.update(update)
  }
}
