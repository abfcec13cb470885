// carry.ts — the chat of a broadcast, carried between somebody at home and its box, word for word. All in it is signed by who says it, and numbered
// (wire/chat.ts): who carries it can leave out and put in nothing without being noticed, and has no need to understand it.
//
// Who takes nothing makes nothing grow: with too much under way, both ends are closed, and the page begins anew.
import type { ChatEars, ChatSocket } from '../chat-door.ts'

/** Opens a socket to the box. */
export type OpenFar = (ears: ChatEars & { readonly opened: () => void }) => ChatSocket

/** Frames that wait for the box to take us in, and frames that have not left. */
const [WAITING, UNDER_WAY] = [4, 200]
const [GONE, TOO_MUCH] = [1001, 4408]

export function carry(near: ChatSocket, open: OpenFar): ChatEars {
  const waiting: string[] = []
  let is: 'opening' | 'open' | 'over' = 'opening'
  let [outward, inward] = [0, 0]
  const over = (code: number, sentence: string): void => {
    if (is === 'over') return
    is = 'over'
    near.close(code, sentence)
    far.close(1000, '')
  }
  const send = (frame: string): void => {
    if (++outward > UNDER_WAY) over(TOO_MUCH, 'more is said than gets through')
    else far.send(frame, () => outward--)
  }
  const far = open({
    opened: () => {
      if (is !== 'opening') return
      is = 'open'
      for (const frame of waiting.splice(0)) send(frame)
    },
    heard: (frame) => {
      if (is === 'over' || typeof frame !== 'string') return
      if (++inward > UNDER_WAY) over(TOO_MUCH, 'more is said than gets through')
      else near.send(frame, () => inward--)
    },
    gone: () => over(GONE, 'the chat is not reached'),
  })
  return {
    heard: (frame) => {
      if (is === 'over' || typeof frame !== 'string') return
      if (is === 'open') send(frame)
      else if (waiting.push(frame) > WAITING) over(TOO_MUCH, 'more is said than gets through')
    },
    gone: () => over(GONE, ''),
  }
}
