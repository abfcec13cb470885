import { describe, expect, it } from 'vitest'
import type { ChatEars, ChatSocket } from '../../../src/broadcast/chat-door.ts'
import { carry } from '../../../src/broadcast/relay/carry.ts'

function stage(takes = true) {
  const [toNear, toFar, closed]: [string[], string[], string[]] = [[], [], []]
  const socket = (to: string[], name: string): ChatSocket => ({
    send: (frame, sent) => {
      to.push(frame)
      if (takes) sent()
    },
    close: (code) => void closed.push(`${name} ${code}`),
  })
  const far: { ears: (ChatEars & { opened: () => void }) | null } = { ears: null }
  const near = carry(socket(toNear, 'near'), (ears) => {
    far.ears = ears
    return socket(toFar, 'far')
  })
  return { near, far, toNear, toFar, closed }
}

describe('a chat that is carried', () => {
  it('goes both ways word for word, also what was said before the other end was there', () => {
    const { near, far, toNear, toFar } = stage()
    near.heard('hello')
    expect(toFar).toEqual([])
    far.ears?.opened()
    near.heard('me')
    far.ears?.heard('welcome')
    expect([toFar, toNear]).toEqual([['hello', 'me'], ['welcome']])
  })
  it('ends at both ends when one goes', () => {
    const one = stage()
    one.far.ears?.opened()
    one.near.gone()
    one.far.ears?.heard('late')
    expect([one.closed, one.toNear]).toEqual([['near 1001', 'far 1000'], []])
    const other = stage()
    other.far.ears?.gone()
    expect(other.closed).toEqual(['near 1001', 'far 1000'])
  })
  it('ends when somebody takes nothing, instead of growing', () => {
    const { far, toNear, closed } = stage(false)
    far.ears?.opened()
    for (let i = 0; i < 1000; i++) far.ears?.heard('word')
    expect(toNear).toHaveLength(200)
    expect(closed[0]).toBe('near 4408')
    const { near, closed: ended } = stage()
    for (let i = 0; i < 10; i++) near.heard('word')
    expect(ended[0]).toBe('near 4408')
  })
})
