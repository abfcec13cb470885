import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SavedRooms } from '../../src/app/saved-rooms.ts'
import { linkOf, newSecret } from '../../src/room/link.ts'
import { quietLog } from '../fake/quiet.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rooms-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const opened = async () => {
  const rooms = new SavedRooms(folder, quietLog().log)
  await rooms.open()
  return rooms
}

describe('rooms that are kept by name', () => {
  it('are there again after a restart, in the order of their names', async () => {
    const [choir, aunt] = [newSecret(), newSecret()]
    const rooms = await opened()
    rooms.add('Choir', linkOf('https://choir.example', choir))
    rooms.add('Aunt', linkOf('https://aunt.example', aunt))
    await rooms.saved
    expect((await opened()).all).toEqual([
      { name: 'Aunt', room: aunt, at: 'https://aunt.example' },
      { name: 'Choir', room: choir, at: 'https://choir.example' },
    ])
  })
  it('are replaced by one of the same name, and removed by name', async () => {
    const rooms = await opened()
    const [one, other] = [newSecret(), newSecret()]
    rooms.add('Choir', linkOf('https://a.example', one))
    rooms.add(' choir ', linkOf('https://b.example', other))
    expect(rooms.all).toEqual([{ name: 'choir', room: other, at: 'https://b.example' }])
    rooms.remove('CHOIR')
    expect(rooms.all).toEqual([])
    expect(() => rooms.remove('Choir')).toThrow('no room is called')
    await rooms.saved
  })
  it('need a link and a name', async () => {
    const rooms = await opened()
    expect(() => rooms.add('Choir', 'https://a.example/')).toThrow('the part that begins with #')
    for (const name of ['', ' ', 'x'.repeat(41), 'a\nb'])
      expect(() => rooms.add(name, linkOf('https://a.example', newSecret()))).toThrow('needs a name')
    expect(rooms.all).toEqual([])
  })
  it('are fifty at most', async () => {
    const rooms = await opened()
    for (let n = 0; n < 50; n++) rooms.add(`Room ${n}`, linkOf('https://a.example', newSecret()))
    expect(() => rooms.add('One more', linkOf('https://a.example', newSecret()))).toThrow('50 rooms already')
    rooms.add('Room 7', linkOf('https://a.example', newSecret()))
    expect(rooms.all).toHaveLength(50)
    await rooms.saved
  })
  it('are not forgotten silently when their file is damaged', async () => {
    writeFileSync(join(folder, 'rooms.json'), '[{')
    await expect(opened()).rejects.toMatchObject({ code: 'bad-config' })
  })
})
