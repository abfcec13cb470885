// socket.ts — a WebSocket of this page's own host, as lines of ours use it.
import type { OpenSocket } from './remote-line.ts'

/** @param path like `/remote/socket` */
export const socketAt =
  (path: string): OpenSocket =>
  (ears) => {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`)
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
