// stage.ts — a whole call to look at: a box with a barcode camera, a tone for a microphone and a loudspeaker that we hear,
// and people in browsers.
import type { Browser } from 'playwright-core'
import { Box, type BoxSettings } from './box.ts'
import { CAST, openBrowser, type Person, person, type Role } from './browser.ts'
import type { FakeMedia } from './fake-media.ts'
import { BarcodeCamera, BarcodeTv, Loudspeaker } from './fifo.ts'

/** What the box is called in tests, the colour of its band, and the pitch of its microphone. */
export const BOX: Role = { name: 'Living room', colour: '#e8e8e8', hz: 750 }
/** The last one comes too late for a room of six. */
export const LATE = CAST.length - 1

export class Stage implements AsyncDisposable {
  readonly box: Box
  readonly browser: Browser
  readonly speaker: Loudspeaker
  /** Null unless the stage was opened with `tv: true`. */
  readonly tv: BarcodeTv | null
  readonly #camera: BarcodeCamera

  private constructor(box: Box, browser: Browser, camera: BarcodeCamera, speaker: Loudspeaker, tv: BarcodeTv | null) {
    this.box = box
    this.browser = browser
    this.#camera = camera
    this.speaker = speaker
    this.tv = tv
  }

  /** Opens it; the box is in its room, nobody else is. @param tv reads every picture of the TV, beside /tv.jpg */
  static async open({ tv = false, settings = {} as BoxSettings, namespace = '' } = {}): Promise<Stage> {
    const camera = new BarcodeCamera([232, 232, 232])
    const speaker = new Loudspeaker()
    const screen = tv ? new BarcodeTv() : null
    let box: Box | null = null
    try {
      box = await Box.start({
        PARLOR_CAMERA__SOURCE: camera.source,
        PARLOR_CAMERA__WIDTH: '640',
        PARLOR_CAMERA__HEIGHT: '360',
        PARLOR_SOUND__MICROPHONE: `launch:audiotestsrc is-live=true freq=${BOX.hz} volume=0.3`,
        PARLOR_SOUND__SPEAKER: speaker.sink,
        ...(screen ? { PARLOR_TV__OUTPUT: screen.output } : {}),
        ...settings,
      })
      return new Stage(box, await openBrowser(namespace || undefined), camera, speaker, screen)
    } catch (error) {
      await box?.stop()
      camera[Symbol.dispose]()
      speaker[Symbol.dispose]()
      screen?.[Symbol.dispose]()
      throw error
    }
  }

  /**
   * The first `count` of the cast, each in a page of their own, in the call one after the other.
   * @throws with what the box says of it, when not everybody sees everybody
   */
  async call(count: number, media: Partial<FakeMedia> = {}): Promise<Person[]> {
    await this.box.enter()
    const url = await this.box.room()
    const people: Person[] = []
    try {
      for (const role of CAST.slice(0, count)) {
        const one = await person(this.browser, role, media)
        people.push(one)
        await one.join(url)
      }
      for (const one of people) await Promise.all(people.filter((p) => p !== one).map((other) => one.sees(other.role.name, 'live')))
      await Promise.all(people.map((one) => one.sees(BOX.name, 'live')))
    } catch (cause) {
      const status = JSON.stringify(await this.box.status().catch(String))
      throw new Error(`the call did not come about; the box: ${status}\n${this.box.tail()}`, { cause })
    }
    return people
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.box.stop()
    this.#camera[Symbol.dispose]()
    this.speaker[Symbol.dispose]()
    this.tv?.[Symbol.dispose]()
  }
}
