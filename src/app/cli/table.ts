// table.ts — every command of the command line, in the order in which the help lists them.
import { doctor, key, link, quiet, reportCommand, set, status, tv } from './box.ts'
import { announce, cut, live, relay, tracks } from './broadcast.ts'
import { answer, call, camera, join, layout, leave, mute, volume } from './call.ts'
import { captions } from './captions.ts'
import type { Command } from './command.ts'
import { reboot, reset } from './machine.ts'
import { calls, contacts, pair, phones, rooms } from './people.ts'
import { push } from './push.ts'
import { recordings } from './recordings.ts'
import { remix } from './remix.ts'
import { update } from './update.ts'
import { watch } from './watch.ts'
import { whip } from './whip.ts'

export const COMMANDS: readonly Command[] = [
  status,
  link,
  join,
  answer,
  call,
  contacts,
  rooms,
  pair,
  phones,
  calls,
  leave,
  mute,
  camera,
  volume,
  layout,
  live,
  captions,
  push,
  whip,
  announce,
  relay,
  watch,
  recordings,
  tracks,
  remix,
  cut,
  quiet,
  set,
  key,
  tv,
  update,
  doctor,
  reportCommand,
  reboot,
  reset,
]
