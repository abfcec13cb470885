// info.ts — what a page is told before it joins. Pure.
//
// Anyone who reaches the port may ask, so a stranger learns only what the address bar says already. The room's link goes to
// whoever sits at the machine. Servers that want a password go to those who can name the room: its id is derived from the
// secret in their link, so they were invited.
import { ID } from '../core/id.ts'
import type { Host } from './guard.ts'

export type IceServer = { readonly urls: string; readonly username?: string | undefined; readonly credential?: string | undefined }

/** What the box knows, now. */
export type InfoFacts = {
  readonly iceServers: readonly IceServer[]
  /** The room's link; null while there is none. */
  readonly link: string | null
  /** The room's id; `any`: whoever names a room, whichever it is, was invited to it. */
  readonly room: string | null
}

export type Asker = { readonly atHome: boolean; readonly room: string | null; readonly host: Host; readonly httpsPort: number | null }

export type Info = {
  /** The version of the words on the wire. */
  readonly protocol: 1
  readonly iceServers: readonly IceServer[]
  readonly link: string | null
  /** Where this box answers by https. */
  readonly secure: string | null
}

export function infoFor({ atHome, room, host, httpsPort }: Asker, facts: InfoFacts): Info {
  const invited = atHome || (room !== null && (facts.room === 'any' ? ID.test(room) : room === facts.room))
  return {
    protocol: 1,
    iceServers: facts.iceServers.filter((server) => invited || server.credential === undefined),
    link: atHome ? facts.link : null,
    secure: httpsPort === null ? null : `https://${host.name}:${httpsPort}`,
  }
}
