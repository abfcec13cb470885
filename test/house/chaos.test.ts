// chaos.test.ts — people come and go, networks part, brokers die, at random: in the end everybody sees everybody, and nothing is left over.
import { expect, it, vi } from 'vitest'
import { ms, seconds } from '../../src/lib/unit.ts'
import { fullMesh, type Guest, Party, seeded } from '../call/party.ts'

vi.setConfig({ testTimeout: 120_000 })

const NAMES = ['ann', 'ben', 'cai', 'dee', 'eva', 'fay']

it.each([1, 2, 3, 4, 5, 6])('chaos %i ends in a full mesh, and leaving leaves nothing', async (seed) => {
  const party = new Party()
  const draw = seeded(`chaos ${seed}`)
  const dice = (sides: number): number => (draw(1)[0] ?? 0) % sides
  const most = 3 + (seed % 4)
  const here = new Map<string, Guest>()
  const cuts = new Set<string>()
  const said: string[] = []
  const one = () => NAMES[dice(most)] ?? 'ann'

  for (let step = 0; step < 30; step++) {
    const [a, b, act] = [one(), one(), dice(9)]
    said.push(`${act} ${a} ${b}`)
    const guest = here.get(a)
    if (act <= 2 && !guest) here.set(a, party.come(a))
    else if (act === 3 && guest) {
      here.delete(a)
      await guest.call.leave()
    } else if (act === 4 && a !== b) {
      party.net.cut(a, b)
      cuts.add(`${a} ${b}`)
    } else if (act === 5) {
      for (const cut of cuts) party.net.heal(cut.split(' ')[0] ?? '', cut.split(' ')[1] ?? '')
      cuts.clear()
    } else if (act === 6) party.broker.cut(a)
    else if (act === 7) party.broker.heal(a)
    else if (act === 8) {
      party.broker.stop({ forget: dice(2) === 0 })
      await party.clock.advance(ms(dice(250) * 20))
      party.broker.start()
    } else party.net.rebind(a)
    await party.clock.advance(ms(dice(250) * 10))
  }

  for (const cut of cuts) party.net.heal(cut.split(' ')[0] ?? '', cut.split(' ')[1] ?? '')
  for (const name of NAMES) party.broker.heal(name)
  for (const name of NAMES.slice(0, 3)) if (!here.has(name)) here.set(name, party.come(name))
  await party.clock.advance(seconds(45))
  const guests = [...here.values()]
  expect(party.seen(...guests), said.join(', ')).toEqual(fullMesh(guests))
  for (const guest of guests)
    expect([...guest.open.keys()].sort()).toEqual(
      guests
        .filter((g) => g !== guest)
        .map((g) => g.peer)
        .sort(),
    )

  await Promise.all(guests.map((g) => g.call.leave()))
  await party.clock.advance(ms(0))
  expect(party.clock.sleeping).toEqual([])
  expect(party.net.openTransports).toEqual([])
  expect(guests.map((g) => g.open.size)).toEqual(guests.map(() => 0))
  expect(party.errors).toEqual([])
})
