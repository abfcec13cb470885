// chat-lock.ts — the chat of a private program: what goes over its socket is sealed both ways, so that relays carry it and only who has the key reads or
// writes it. Inside the seals everything is as ever (chat-door.ts at the box, the page's chat line); neither knows of this.
import { CHAT_CLOSE } from '../wire/chat.ts'
import { type Random, systemRandom } from '../wire/crypto.ts'
import { STATEMENT_LIMIT } from '../wire/statement.ts'
import { sealFrame, unsealFrame, type WatchKey } from '../wire/watch-key.ts'
import type { ChatEars, ChatSocket } from './chat-door.ts'

/** Bytes of a frame: a letter of JSON has three at most. */
const MOST = STATEMENT_LIMIT * 3

/** The box's end: who says a frame that the key does not open is let go. @param open the door as it is for an open program */
export function lockedDoor(
  key: WatchKey,
  socket: ChatSocket,
  open: (socket: ChatSocket) => ChatEars,
  random: Random = systemRandom,
): ChatEars {
  const ears = open({
    send: (frame, sent) => socket.send(sealFrame(key, 'box', frame, random), sent),
    close: (code, sentence) => socket.close(code, sentence),
  })
  return {
    heard: (frame) => {
      const plain = typeof frame === 'string' ? unsealFrame(key, 'viewer', frame, MOST) : null
      if (plain !== null) return ears.heard(plain)
      socket.close(CHAT_CLOSE.locked, 'This broadcast is private: its chat needs the key of its link.')
      ears.gone()
    },
    gone: () => ears.gone(),
  }
}

/** A socket of the viewer's end, as the browser's. */
export interface NearSocket {
  send(frame: string | Uint8Array): void
  close(): void
}
export interface NearEars {
  opened(): void
  heard(frame: string | Uint8Array): void
  closed(): void
}
/** The viewer's end. What the key does not open is heard as an empty frame, which nobody takes for anything. */
export const lockedLine =
  (key: WatchKey, open: (ears: NearEars) => NearSocket, random: Random = systemRandom) =>
  (ears: NearEars): NearSocket => {
    const socket = open({
      opened: () => ears.opened(),
      heard: (frame) => ears.heard((typeof frame === 'string' ? unsealFrame(key, 'box', frame, MOST) : null) ?? ''),
      closed: () => ears.closed(),
    })
    return {
      send: (frame) => {
        if (typeof frame === 'string') socket.send(sealFrame(key, 'viewer', frame, random))
      },
      close: () => socket.close(),
    }
  }
