// plan.ts — which picture stands at which time of the remix, and who is to be seen when. Pure.
//
// The remix counts in slots, one for each of its pictures. A track's pictures get slots of their own, one each, so that none of them is lost or shown
// twice for the sake of a rounding. The remix is cut into scenes: in each of them the same people are seen the same way.

/** From a slot up to another one. */
export type Span = { readonly from: number; readonly to: number }

/** Slots that a picture may be late before it is left out: its camera gives more pictures than the remix has. */
const LATE = 2

/** The slot of each picture; -1: it is left out. @param times seconds, rising */
export function slotsOf(times: readonly number[], fps: number): number[] {
  // Between two slots a little jitter would send pictures now to this one, now to that one: so the track's own beat is met first.
  const beat = beatOf(times, fps)
  let next = Number.NEGATIVE_INFINITY
  return times.map((time) => {
    const meant = Math.round(time * fps - beat)
    const slot = Math.max(meant, next)
    if (slot - meant > LATE) return -1
    next = slot + 1
    return slot
  })
}

/** Where in a slot most pictures lie: -0.5 to 0.5 (a mean on the circle). */
function beatOf(times: readonly number[], fps: number): number {
  let [x, y] = [0, 0]
  for (const time of times) {
    x += Math.cos(2 * Math.PI * time * fps)
    y += Math.sin(2 * Math.PI * time * fps)
  }
  return Math.atan2(y, x) / (2 * Math.PI)
}

/** Where there are pictures. @param slots as slotsOf gives them @param hole slots without a picture that make a hole */
export function spansOf(slots: readonly number[], hole: number): Span[] {
  const spans: Array<{ from: number; to: number }> = []
  for (const slot of slots) {
    const last = spans.at(-1)
    if (slot < 0) continue
    if (last && slot - last.to < hole) last.to = slot + 1
    else spans.push({ from: slot, to: slot + 1 })
  }
  return spans
}

export type Here = {
  /** From when to when they were there, seen or not. */
  readonly here: Span
  /** When there is a picture of them. */
  readonly seen: readonly Span[]
}
/** Whose tile it is, and whether it has a picture; else it has a card with their name. */
export type SceneTile = { readonly who: number; readonly seen: boolean }
/** No tile at all: the broadcast as it was stands in. */
export type Scene = Span & { readonly tiles: readonly SceneTile[] }

const within = (at: number, { from, to }: Span): boolean => at >= from && at < to

/** The scenes of a remix of so many slots, without a hole. */
export function scenesOf(people: readonly Here[], total: number): Scene[] {
  const edges = people.flatMap(({ here, seen }) => [here, ...seen]).flatMap(({ from, to }) => [from, to])
  const cuts = [...new Set([0, ...edges.filter((at) => at > 0 && at < total), total])].sort((a, b) => a - b)
  const scenes: Scene[] = []
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    const to = cuts[i + 1] ?? total
    const tiles = people.flatMap(({ here, seen }, who) =>
      within(from, here) ? [{ who, seen: seen.some((span) => within(from, span)) }] : [],
    )
    const shown = tiles.some(({ seen }) => seen) ? tiles : []
    const last = scenes.at(-1)
    if (last && JSON.stringify(last.tiles) === JSON.stringify(shown)) scenes[scenes.length - 1] = { ...last, to }
    else scenes.push({ from, to, tiles: shown })
  }
  return scenes
}
