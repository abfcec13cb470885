import { describe, expect, it } from 'vitest'
import { rehearse } from '../../src/call/rehearsal.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { quietLog } from '../fake/quiet.ts'
import { FakeNet } from '../fake/transport.ts'

async function play(signal = new AbortController().signal, spoil: (net: FakeNet) => void = () => {}) {
  const clock = new FakeClock()
  const net = new FakeNet()
  spoil(net)
  const names = ['one', 'two']
  const { log, said } = quietLog()
  let done: boolean | null = null
  const playing = rehearse({ openTransport: () => net.open(names.shift() ?? 'more'), clock, log, signal }).then((linked) => {
    done = linked
  })
  for (let i = 0; i < 100 && done === null; i++) await clock.advance(ms(100))
  await playing
  return { done, clock, said }
}

describe('a rehearsal', () => {
  it('plays a call through to its confirmation, tells nobody, and leaves nothing behind', async () => {
    const { done, clock, said } = await play()
    expect(done).toBe(true)
    expect(clock.now()).toBeLessThan(seconds(4))
    expect(clock.sleeping).toEqual([])
    expect(said.filter(({ level }) => level !== 'debug')).toEqual([])
  })
  it('ends where no link comes about, and says so', async () => {
    const { done, clock } = await play(undefined, (net) => {
      net.open = () => {
        throw new Error('no WebRTC here')
      }
    })
    expect(done).toBe(false)
    expect(clock.sleeping).toEqual([])
  })
  it('ends at once when it is told to', async () => {
    const stop = new AbortController()
    stop.abort(new Error('somebody comes'))
    const { done, clock } = await play(stop.signal)
    expect(done).toBe(false)
    expect(clock.now()).toBeLessThan(seconds(1))
  })
})
