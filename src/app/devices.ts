// devices.ts — the box's picture, camera and sound, each in a worker of its own, and the panel between them and the links.
import type { Config } from '../core/config.ts'
import { textIn } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { Camera } from '../media/capture.ts'
import { Screen } from '../media/screen.ts'
import { Sound } from '../media/sound.ts'
import { Patch } from './patch.ts'
import { Seats } from './seats.ts'
import { forkFor } from './workers.ts'

type Parts = { readonly config: Config; readonly clock: Clock; readonly log: Log; readonly scope: Scope }

export type Devices = {
  readonly seats: Seats
  readonly screen: Screen
  readonly camera: Camera
  readonly sound: Sound
  readonly patch: Patch
}

/** Opens none of them: the plan does. What is open is closed with the scope, the camera first. */
export function makeDevices({ config, clock, log, scope }: Parts): Devices {
  const seats = new Seats()
  const media = { fork: forkFor(process.env, log), clock, log }
  const screen = new Screen({ settings: config.tv, ...media })
  const camera = new Camera({
    settings: config.camera,
    text: textIn(config.box.language),
    onRtp: (packet) => patch.fromCamera(packet),
    onSmall: (packet) => patch.fromSmall(packet),
    ...media,
  })
  const sound = new Sound({ settings: config.sound, onRtp: (packet) => patch.fromMicrophone(packet), ...media })
  const patch = new Patch({ seats, screen, sound })
  scope.defer(() => screen.stop())
  scope.defer(() => sound.close())
  scope.defer(() => camera.close())
  return { seats, screen, camera, sound, patch }
}
