// chain.ts — what systemd says of a start: how long it took and what waited for what. Pure.

export type Moments = {
  /** Seconds since the kernel began: the first process runs; the service was started; it was ready. */
  readonly userspace: number
  readonly started: number
  readonly ready: number
}

/** @param text what `systemctl show` says of a service and of the manager, in microseconds since the kernel began  @throws when one is missing */
export function momentsIn(text: string): Moments {
  const at = (name: string): number => {
    const [, value] = new RegExp(`^${name}=(\\d+)$`, 'm').exec(text) ?? []
    if (!value || value === '0') throw new Error(`systemd does not say ${name}:\n${text}`)
    return Number(value) / 1e6
  }
  return {
    userspace: at('UserspaceTimestampMonotonic'),
    started: at('InactiveExitTimestampMonotonic'),
    ready: at('ActiveEnterTimestampMonotonic'),
  }
}

export type Link = { readonly unit: string; readonly at: number | null; readonly took: number | null }

/** The units of `systemd-analyze critical-chain`, the last one first. Seconds. */
export function chainIn(text: string): Link[] {
  return text.split('\n').flatMap((line) => {
    const [, unit, rest = ''] = /([\w@\\.:-]+\.(?:service|target|socket|mount|device|slice|path|timer|swap))\b(.*)$/.exec(line) ?? []
    return unit ? [{ unit, at: secondsIn(/@([^+]+)/.exec(rest)?.[1]), took: secondsIn(/\+(.+)$/.exec(rest)?.[1]) }] : []
  })
}

/** '1min 2.3s', '850ms'; null: nothing of the kind. */
function secondsIn(text = ''): number | null {
  const parts = [...text.matchAll(/([\d.]+)(min|ms|us|s)\b/g)]
  const each = { min: 60, s: 1, ms: 0.001, us: 0.000_001 }
  return parts.length === 0 ? null : parts.reduce((sum, [, n, unit]) => sum + Number(n) * each[unit as keyof typeof each], 0)
}
