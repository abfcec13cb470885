// line.ts — the line with which the kernel of a slot starts, from the template that is in the image (cmdline.in): the same image goes into both slots. Pure.
import { Fault } from '../../lib/fault.ts'
import { ROOT_PARTITION, type Slot } from './slot.ts'

/** The longest line that the kernel takes on a Pi (COMMAND_LINE_SIZE), with what the firmware adds. */
const LONGEST = 1024

/**
 * The line with which the kernel of a slot starts.
 * @param template cmdline.in of the image: @DISK@, @ROOT@ and @SLOT@ stand for what is the slot's  @throws Fault 'no-slots' when it is none
 */
export function commandLine(template: string, disk: string, slot: Slot): string {
  const values: Readonly<Record<string, string>> = { DISK: disk, ROOT: `0${ROOT_PARTITION[slot]}`, SLOT: slot }
  const line = template
    .replace(/@([A-Z]+)@/g, (whole, name: string) => values[name] ?? whole)
    .trim()
    .replace(/\s*\n\s*/g, ' ')
  const root = `root=PARTUUID=${disk}-0${ROOT_PARTITION[slot]}`
  if (line.length > LONGEST || !` ${line} `.includes(` ${root} `) || !` ${line} `.includes(` parlor.slot=${slot} `))
    throw new Fault('no-slots', `the new version does not say how slot ${slot} starts`)
  return `${line}\n`
}
