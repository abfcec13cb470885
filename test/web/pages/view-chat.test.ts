// The chat of the viewer's page before boxes that are open or private, with and without what stands behind the # of a link.
import { expect, test } from 'vitest'
import { ChatDoor, type ChatSocket } from '../../../src/broadcast/chat-door.ts'
import { lockedDoor } from '../../../src/broadcast/chat-lock.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { newIdentity } from '../../../src/room/identity.ts'
import { ChatLine, type ChatNow, NO_CHAT } from '../../../src/web/pages/view/chat-line.ts'
import { systemRandom } from '../../../src/wire/crypto.ts'
import { programOf } from '../../../src/wire/manifest.ts'
import { newWatchSecret, type WatchKey, watchKey } from '../../../src/wire/watch-key.ts'
import { ann, NOW } from '../../broadcast/kit/making.ts'

const program = programOf(ann.publicKey)
const key = watchKey(program, newWatchSecret(systemRandom))
const other = watchKey(program, newWatchSecret(systemRandom))

/** A page with this key before a box whose chat is for who has that one; null: for all. */
async function meet(of: WatchKey | null, box: WatchKey | null) {
  const clock = new FakeClock()
  const door = new ChatDoor({ identity: ann, access: { roleOf: () => 'viewer', secrets: [] }, clock, now: () => NOW })
  const seen = { now: NO_CHAT as ChatNow, refused: 0, frames: [] as string[] }
  const line = new ChatLine({
    program,
    socket: (ears) => {
      const socket: ChatSocket = {
        send: (frame, sent) => {
          seen.frames.push(frame)
          ears.heard(frame)
          sent()
        },
        close: () => ears.closed(),
      }
      const open = (near: ChatSocket) => door.open(near, '10.0.0.1')
      const inside = box ? lockedDoor(box, socket, open) : open(socket)
      queueMicrotask(() => ears.opened())
      return {
        send: (frame) => {
          seen.frames.push(String(frame))
          inside.heard(frame)
        },
        close: () => inside.gone(),
      }
    },
    identity: newIdentity(),
    secret: null,
    key: of,
    clock,
    random: systemRandom,
    changed: (now) => {
      seen.now = now
    },
    refused: () => {
      seen.refused++
    },
  })
  const stop = new AbortController()
  line.run(stop.signal).catch(() => {})
  for (let i = 0; i < 3; i++) await clock.advance(seconds(3))
  const said = line.ask({ ask: 'say', name: 'Nora', text: 'Do you hear the piano?' })
  await clock.advance(seconds(1))
  stop.abort()
  door.close()
  return { said, seen, messages: seen.now.messages.map(({ text }) => text) }
}

test('who has the key is in the private chat, and nothing of it can be read on the way', async () => {
  const { said, seen, messages } = await meet(key, key)
  expect([said, messages, seen.refused]).toEqual([true, ['Do you hear the piano?'], 0])
  expect(seen.frames.some((frame) => frame.includes('piano') || frame.includes('parlor-chat'))).toBe(false)
})
test('who has a key comes into an open chat, too', async () => {
  const { said, messages } = await meet(key, null)
  expect([said, messages]).toEqual([true, ['Do you hear the piano?']])
})
test('an open chat is for everybody', async () => expect((await meet(null, null)).messages).toEqual(['Do you hear the piano?']))
test.each([
  ['no key', null],
  ['that of another broadcast', other],
])('who has %s hears nothing of a private chat, and is not told that somebody lied', async (_what, of) => {
  const { said, seen, messages } = await meet(of, key)
  expect([said, messages, seen.refused, seen.now.state]).toEqual([false, [], 0, 'away'])
})
