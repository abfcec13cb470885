// living-room.ts — puts together what those before the TV have: the keys and the menu (couch.ts), and the look at how this box is (checkup.ts).

import type { Box } from '../core/box.ts'
import type { Config } from '../core/config.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Text } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { Checkup } from './checkup.ts'
import type { Contacts } from './contacts.ts'
import { Couch } from './couch.ts'
import type { Devices } from './devices.ts'
import { examine, look, unwell } from './doctor.ts'
import type { Door } from './door.ts'
import type { FirstBoot } from './firstboot.ts'
import type { History } from './history.ts'
import { homeAddresses } from './links.ts'
import type { Machine } from './machine.ts'
import type { Notices } from './notices.ts'
import type { Phones } from './phones.ts'
import type { Presence } from './presence.ts'
import type { HousePrograms } from './programs.ts'
import type { Question } from './question.ts'
import type { SavedRooms } from './saved-rooms.ts'
import type { Updates } from './updates.ts'

type Parts = {
  readonly config: Config
  readonly version: string
  /** Of the checkout. */
  readonly root: string
  /** The language of the TV. */
  readonly text: Text
  readonly own: RoomSecret
  readonly devices: Pick<Devices, 'screen' | 'camera' | 'sound'>
  readonly box: Box
  readonly door: Door
  readonly contacts: Contacts
  readonly history: History
  readonly notices: Notices
  readonly phones: Phones
  readonly presence: Presence
  readonly programs: HousePrograms
  readonly updates: Pick<Updates, 'seen' | 'order'>
  readonly question: Question
  readonly machine: Machine
  readonly savedRooms: SavedRooms
  /** The set-up of the network; null: it is not ours. */
  readonly firstBoot: FirstBoot | null
  /** Whether the broker for all boxes, and that of the home, is reached; null: there is none. */
  readonly up: { readonly rooms: () => boolean | null; readonly home: () => boolean | null }
  /** Something that the TV shows has changed. */
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

/** Keys are obeyed from now on, until the scope is closed. */
export function openLivingRoom(parts: Parts): Couch {
  const { config, version, root, text, own, devices, phones, savedRooms, up, onChange, clock, log, scope, ...around } = parts
  const { screen, camera, sound } = devices
  const checkup = new Checkup({
    look: () => look(homeAddresses(config.web)),
    running: () => ({
      settings: config,
      actual: around.box.actual,
      camera: camera.fact,
      sound: sound.fact,
      output: screen.fact?.output ?? null,
      roomsBroker: up.rooms(),
      homeBroker: up.home(),
      notices: around.notices.list(text),
    }),
    unwell: async () => unwell(await examine(root, null, false), text),
    text,
    onChange,
    clock,
    onTrouble: (error) => log.error('how the box is could not be looked at', error),
  })
  scope.defer(() => checkup.watch(false))
  sound.on('levels', ({ me }) => checkup.heard(me))
  const couch = new Couch({
    ...around,
    phones: {
      list: () => phones.roster.phones,
      remove: (key) => void phones.roster.remove(key).catch((error: unknown) => log.error('a phone could not be removed', error)),
      start: () => phones.pairing.open(),
      pairing: () => phones.pairing.state.is !== 'closed',
      answer: (yes) => (yes ? phones.pairing.confirm() : phones.pairing.close()),
    },
    about: () => [
      [text.name, config.box.name] as const,
      [text.version, version] as const,
      ...homeAddresses(config.web)
        .slice(0, 2)
        .map((host) => [text.address, host] as const),
    ],
    own: { name: config.box.name, room: own },
    rooms: savedRooms,
    hours: config.quiet,
    checkup,
    language: config.box.language,
    onChange,
    clock,
    log: log.part('couch'),
  })
  couch.open()
  scope.defer(() => couch.keys.close())
  return couch
}
