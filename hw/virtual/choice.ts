// choice.ts — what a Pi's firmware makes of the text files on its card: which partition it boots (autoboot.txt), and which kernel with which
// words (config.txt). As Raspberry Pi's documentation has it; filters for boards and displays are passed over. Pure.

export type Choice = { readonly kernel: string; readonly words: string }

/**
 * The partition to boot, by its number; 0 when the file names none: then it is the first that can be booted.
 * @param tryboot whether this start was asked for with `reboot "0 tryboot"`
 */
export function partitionOf(autoboot: string, tryboot: boolean): number {
  const said = Number(settingsOf(autoboot, tryboot).get('boot_partition') ?? 0)
  return Number.isInteger(said) && said >= 0 && said < 64 ? said : 0
}

/** Does `tryboot` choose another partition (tryboot_a_b=1), or, as without that, tryboot.txt instead of config.txt? */
export const isBetweenPartitions = (autoboot: string): boolean => settingsOf(autoboot, false).get('tryboot_a_b') === '1'

/** The names of kernel and command line within the boot partition. */
export function filesOf(config: string, tryboot: boolean): Choice {
  const settings = settingsOf(config, tryboot)
  const prefix = settings.get('os_prefix') ?? ''
  return { kernel: prefix + (settings.get('kernel') ?? 'kernel8.img'), words: prefix + (settings.get('cmdline') ?? 'cmdline.txt') }
}

/** `name=value` lines; a later one counts. Lines under a filter in brackets count for [all], and for [tryboot] at such a start. */
function settingsOf(text: string, tryboot: boolean): Map<string, string> {
  const settings = new Map<string, string>()
  let counts = true
  for (const raw of text.split(/[\r\n]+/)) {
    const line = raw.trim()
    const filter = /^\[(.*)\]$/.exec(line)?.[1]
    if (filter !== undefined) counts = filter === 'all' || (filter === 'tryboot' && tryboot)
    else if (counts && !line.startsWith('#')) {
      const at = line.indexOf('=')
      if (at > 0) settings.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
    }
  }
  return settings
}
