// listening.ts — a server that listens, or says why it cannot.
import type { Server } from 'node:net'

/** A path, an address, or a file that somebody else has opened. */
export type Place = string | { readonly host: string; readonly port: number } | { readonly path: string } | { readonly fd: number }

/** Resolves when it listens; later errors of its own are not fatal. Rejects with the system's error. */
export function listening(server: Server, where: Place): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(where, () => {
      server.off('error', fail)
      server.on('error', () => {})
      done()
    })
  })
}
