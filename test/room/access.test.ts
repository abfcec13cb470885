import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/core/id.ts'
import { ACTS, type Act, may, type Policy, type Role, roleOf } from '../../src/room/access.ts'

const [ann, bob] = ['a'.repeat(26), 'b'.repeat(26)] as [PeerId, PeerId]
const acts = (role: Role): readonly Act[] => {
  const policy: Policy = { owner: null, roles: new Map([[bob, role]]) }
  return ACTS.filter((act) => may(bob, act, policy))
}

describe('who may', () => {
  test('the owner may do everything, and so may a moderator', () => {
    const policy: Policy = { owner: ann, roles: new Map() }
    expect(roleOf(ann, policy)).toBe('owner')
    expect(ACTS.every((act) => may(ann, act, policy))).toBe(true)
    expect(acts('moderator')).toEqual(ACTS)
  })
  test('who has only the link is a guest: nothing of theirs goes beyond the room', () => {
    const policy: Policy = { owner: ann, roles: new Map() }
    expect(roleOf(bob, policy)).toBe('guest')
    expect(acts('guest')).toEqual(['join', 'show', 'speak', 'share', 'chat', 'watch'])
    expect(acts('guest')).toEqual(acts('speaker'))
  })
  test('a viewer is neither seen nor heard', () => {
    expect(acts('viewer')).toEqual(['chat', 'watch'])
  })
  test('an owner stays one, whatever the list says of them', () => {
    expect(may(ann, 'broadcast', { owner: ann, roles: new Map([[ann, 'viewer']]) })).toBe(true)
  })
})
