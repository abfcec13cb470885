import { describe, expect, it } from 'vitest'
import { fetchOthers, lineOf } from '../../src/app/cli/others.ts'
import type { FetchSeen } from '../../src/app/remix/fetching.ts'
import type { PeerId } from '../../src/core/id.ts'

const ann: FetchSeen = { peer: 'a'.repeat(26) as PeerId, name: 'Ann', is: 'looking', got: 0, of: 0, files: [] }
const ben: FetchSeen = { ...ann, peer: 'b'.repeat(26) as PeerId, name: 'Ben' }

function box(states: ReadonlyArray<{ over: boolean; people: readonly FetchSeen[] }>) {
  const asked: unknown[] = []
  let turn = 0
  const ask = async (order: string, more: Record<string, unknown> = {}) => {
    asked.push({ order, ...more })
    if (order === 'download tracks') return { link: `http://here/${String(more.file)}` }
    return states[Math.min(turn++, states.length - 1)]
  }
  return { asked, ask }
}

describe('the tracks of others, on the command line', () => {
  it('are fetched until it is known of everybody how it went, and then each has a link when it is needed', async () => {
    const { asked, ask } = box([
      { over: false, people: [ann, ben] },
      {
        over: true,
        people: [
          { ...ann, is: 'here', files: ['one', 'two'] },
          { ...ben, is: 'refused' },
        ],
      },
    ])
    const others = fetchOthers({ ask })
    const ways = await others.fetch(7, new AbortController().signal)
    expect(asked).toEqual([
      { order: 'fetch tracks', run: 7 },
      { order: 'fetching tracks', run: 7 },
    ])
    expect(await Promise.all(ways.map((way) => way()))).toEqual(['http://here/one', 'http://here/two'])
    expect(others.missing).toEqual(['Ben: gives nothing'])
  })
  it('are let be when it is stopped', async () => {
    const { asked, ask } = box([{ over: false, people: [ann] }])
    const stop = new AbortController()
    const fetching = fetchOthers({ ask }).fetch(7, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(fetching).rejects.toThrow('stopped')
    expect(asked.at(-1)).toEqual({ order: 'fetch no tracks' })
  })
  it('are told with who, and how many megabytes of how many', () => {
    expect(lineOf({ ...ann, is: 'fetching', got: 1_234_567, of: 45_600_000 })).toBe('Ann: 1.2 of 46 MB')
    expect(lineOf({ ...ann, is: 'away' })).toContain('not reached')
    expect(lineOf({ ...ann, is: 'broken' })).toContain('go on')
  })
})
