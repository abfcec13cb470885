import { describe, expect, test } from 'vitest'
import { cardGround, goers, inner, installedGround } from '../../../src/system/reset/places.ts'

const PROGRAM = '0123456789abcdefghjkmnpqrs'

describe('what a factory reset lets go', () => {
  const [media, state] = cardGround().places
  if (!media || !state) throw new Error('a card has two places')

  test('on a card: everything that people brought, also what nobody has thought of yet', () => {
    const names = ['parlor', 'etc-parlor', 'network', 'machine-id', 'hostname', 'localtime', 'systemd', '.folders', 'something-new']
    expect(goers(state, names)).toEqual(names)
    expect(goers(media, [PROGRAM, 'a film'])).toEqual([PROGRAM, 'a film'])
  })

  test('on a card what is of the system stays: which slot starts, the clock, and the mark until the end', () => {
    expect(goers(state, ['update', 'rauc', 'reset', 'lost+found'])).toEqual([])
    expect(goers(media, ['lost+found'])).toEqual([])
    expect(goers(inner(state, 'systemd'), ['random-seed', 'timesync', 'rfkill'])).toEqual(['random-seed', 'rfkill'])
    expect(goers(inner(state, 'parlor'), ['identity.json', 'timesync'])).toEqual(['identity.json', 'timesync'])
  })

  test('the recordings go before the keys that seal them: whoever cuts the power keeps nothing that is readable', () => {
    expect(media.folder).toBe('/media/parlor')
  })

  test('on a machine of somebody’s: of their disk only what is called as our programs are', () => {
    const [disk] = installedGround('', '/mnt/disk').places
    expect(disk && goers(disk, [PROGRAM, 'holidays', 'thesis.pdf', PROGRAM.toUpperCase()])).toEqual([PROGRAM])
  })

  test('on a machine of somebody’s the network is theirs', () => {
    const folders = installedGround('', '').places.map(({ folder }) => folder)
    expect(folders).toEqual(['/var/lib/parlor', '/etc/parlor'])
  })
})
