// credentials.ts — names and passwords for TURN servers that are good for a day. Pure.
//
// A TURN server that knows a secret of ours believes every name that begins with a date to come and has the right password, which is
// made of the name and the secret ("A REST API for access to TURN services", draft-uberti-behave-turn-rest; coturn: use-auth-secret).
// So nobody who is told them can use them for long, and the secret itself never leaves us.
import { createHmac } from 'node:crypto'

/** As in the settings: with a fixed name and password, or with the secret that they are made of, or with neither (STUN). */
export type Server = {
  readonly urls: string
  readonly username?: string | undefined
  readonly credential?: string | undefined
  readonly secret?: string | undefined
}
/** As a browser takes it. */
export type IceServer = { readonly urls: string; readonly username?: string; readonly credential?: string }

/** Seconds; longer than a call. An allocation that was made with them in time lives on beyond. */
const LIFE = 24 * 3600

/**
 * The servers as they are told to those in a call.
 * @param who for whom they are made, as the server may count them (its quota); letters and digits
 * @param now the date, milliseconds since 1970
 */
export function serversFor(servers: readonly Server[], who: string, now: number): IceServer[] {
  return servers.map(({ urls, username, credential, secret }) => {
    if (secret) {
      const made = `${Math.floor(now / 1000) + LIFE}:${who.replace(/[^a-z0-9]/gi, '').slice(0, 32)}`
      return { urls, username: made, credential: createHmac('sha1', secret).update(made).digest('base64') }
    }
    return { urls, ...(username && { username }), ...(credential && { credential }) }
  })
}
