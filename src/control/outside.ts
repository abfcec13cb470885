// outside.ts — the box on its own broker and on that of the home, at the same time.
//
// The two know nothing of each other: what the home's broker does or fails to do never reaches our own. The third broker a box
// may know, the one that carries its rooms (bridge.ts), has nothing to do with either; it may be the same machine.
import type { PeerId } from '../core/id.ts'
import { Announce, type Ground, type Line, willOf } from './announce.ts'
import type { Door, Will } from './mqtt.ts'

/** The settings of the broker of the home, as in the section [mqtt]. */
export type HomeSettings = { readonly home: string; readonly homeUser: string; readonly homePassword: string }

/**
 * The way to the broker of the home; null when the box is to know none.
 * @param ca the text of the file mqtt.homeCa (PEM); null: believe whom the system believes
 */
export function homeDoor({ home, homeUser, homePassword }: HomeSettings, ca: string | null): Door | null {
  if (home === '') return null
  return {
    url: home,
    ...(homeUser !== '' && { user: homeUser }),
    ...(homePassword !== '' && { password: homePassword }),
    ...(ca !== null && { ca }),
  }
}

export type OpenLine = (will: Will) => Line
type Parts = {
  readonly ground: Ground
  /** A line to our own broker that speaks as the box. */
  readonly own: OpenLine
  /** A line to the broker of the home; null: there is none. */
  readonly home: OpenLine | null
}

export class Announces {
  readonly #own: Announce
  readonly #home: Announce | null

  private constructor(own: Announce, home: Announce | null) {
    this.#own = own
    this.#home = home
  }

  static open({ ground, own, home }: Parts): Announces {
    const on = (line: OpenLine, name: string, box: PeerId) => {
      const announce = new Announce({ ...ground, log: ground.log.part(name) }, line(willOf(box)))
      announce.open()
      return announce
    }
    return new Announces(on(own, 'own broker', ground.box), home && on(home, 'home broker', ground.box))
  }

  /** Something may look different now. Cheap; call it at every change. */
  changed(): void {
    this.#own.changed()
    this.#home?.changed()
  }

  /** Whether the broker of the home hears us; null: there is none. */
  get homeUp(): boolean | null {
    return this.#home?.up ?? null
  }

  /** What was refused on both, by reason, since the start. */
  refused(): Record<string, number> {
    const sum = this.#own.refused()
    for (const [why, n] of Object.entries(this.#home?.refused() ?? {})) sum[why] = (sum[why] ?? 0) + n
    return sum
  }

  /** Says goodbye on both. Safe to call twice. */
  async close(): Promise<void> {
    await Promise.all([this.#own.close(), this.#home?.close()])
  }
}
