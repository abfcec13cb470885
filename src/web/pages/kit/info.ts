// info.ts — what the server that gave us this page says about itself. Only what a page needs; a server may leave all of it out.
import type { IceServer } from '../../../call/transport.ts'
import type { RoomId } from '../../../core/id.ts'

export type Info = {
  readonly iceServers: readonly IceServer[]
  /** The room's link; told only to the machine that the box runs on. */
  readonly link: string | null
  /** Where this server answers by https, as `https://HOST:PORT`; null when it does not say. */
  readonly secure: string | null
}

const PATIENCE_MS = 4000
const NOTHING: Info = { iceServers: [], link: null, secure: null }

/**
 * Never rejects: without an answer there are no ICE servers, and a call on the home network still works.
 * @param room who can name the room was invited, and may also use the servers that want a password
 */
export async function askInfo(room: RoomId | null): Promise<Info> {
  try {
    const answer = await fetch(room === null ? '/info' : `/info?room=${room}`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      credentials: 'omit',
    })
    return answer.ok ? infoIn(await answer.json()) : NOTHING
  } catch {
    return NOTHING
  }
}

/** What of a JSON value is fit for use. Pure. */
export function infoIn(value: unknown): Info {
  const said = isRecord(value) ? value : {}
  return {
    iceServers: Array.isArray(said.iceServers) ? said.iceServers.flatMap((server) => iceServerIn(server) ?? []) : [],
    link: typeof said.link === 'string' && /^https?:\/\//.test(said.link) ? said.link : null,
    secure: typeof said.secure === 'string' && said.secure.startsWith('https://') ? said.secure : null,
  }
}

function iceServerIn(value: unknown): IceServer | null {
  if (!isRecord(value) || typeof value.urls !== 'string' || !/^(?:stun|turn|turns):/.test(value.urls)) return null
  return {
    urls: value.urls,
    ...(typeof value.username === 'string' ? { username: value.username } : {}),
    ...(typeof value.credential === 'string' ? { credential: value.credential } : {}),
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
