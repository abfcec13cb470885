// sessions.ts — HTTP sessions at one path of this box: which requests are meant, and that what answers them is loaded with the first.
import type { RouteParts } from '../web/route.ts'

type Sessions = NonNullable<RouteParts['sessions']>
type Ask = Parameters<Sessions>[0]

/**
 * @param load waited for before each answer; it loads what is needed once
 * @param answer `below` is the rest of the path: empty, or what begins with a slash; null for what is not there
 */
export const sessionsAt =
  (path: string, load: () => Promise<void>, answer: (ask: Ask, below: string) => ReturnType<Sessions>): Sessions =>
  async (ask) => {
    if (ask.path !== path && !ask.path.startsWith(`${path}/`)) return null
    await load()
    return answer(ask, ask.path.slice(path.length))
  }
