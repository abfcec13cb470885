// remote-browser.ts — what remote.ts needs of a browser: its WebSocket and its storage.
import { SOCKET_PATH } from '../../../wire/remote.ts'
import type { RemoteShelf } from './remote.ts'
import type { OpenSocket } from './remote-line.ts'
import { socketAt } from './socket.ts'

const KEY = 'parlor.remote'

/** Opens /remote/socket of this page's own host. */
export const browserSocket = (): OpenSocket => socketAt(SOCKET_PATH)

/** The page's localStorage. A browser that keeps nothing for us (private mode) loses the pairing with the page. */
export function browserShelf(): RemoteShelf {
  let held: string | null = null
  return {
    read: () => {
      try {
        return localStorage.getItem(KEY) ?? held
      } catch {
        return held
      }
    },
    write: (text) => {
      held = text
      try {
        if (text === null) localStorage.removeItem(KEY)
        else localStorage.setItem(KEY, text)
      } catch {
        // Kept in memory only.
      }
    },
  }
}
