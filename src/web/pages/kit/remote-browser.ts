// remote-browser.ts — what remote.ts needs of a browser: its WebSocket and its storage.
import { SOCKET_PATH } from '../../../wire/remote.ts'
import type { RemoteShelf } from './remote.ts'
import type { OpenSocket } from './remote-line.ts'

const KEY = 'parlor.remote'

/** Opens /remote/socket of this page's own host. */
export const browserSocket = (): OpenSocket => (ears) => {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${SOCKET_PATH}`)
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => ears.opened()
  socket.onclose = () => ears.closed()
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') ears.heard(data)
    else if (data instanceof ArrayBuffer) ears.heard(new Uint8Array(data))
  }
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(typeof frame === 'string' ? frame : frame.slice())
    },
    close: () => socket.close(),
  }
}

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
