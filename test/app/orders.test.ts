import { describe, expect, it } from 'vitest'
import { obey, type Reach } from '../../src/app/orders.ts'
import { type Status, statusText } from '../../src/app/status.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import type { Intent } from '../../src/core/intent.ts'
import { asleep } from '../../src/core/plan.ts'
import type { UpdateSeen } from '../../src/core/update.ts'
import { nothing } from '../../src/core/wanted.ts'
import { cardOf } from '../../src/room/contact.ts'
import type { ProgramId } from '../../src/wire/manifest.ts'

const ann = {
  peer: 'a0000000000000000000000000' as PeerId,
  name: 'Ann',
  room: '0000000000000000000000AAAC' as RoomSecret,
  at: 'https://b',
  answers: false,
}
const NO_UPDATE: UpdateSeen = {
  ...{ is: 'none', runs: '1', version: null, percent: null, when: null },
  ...{ notes: null, why: null, asks: false },
}
const status: Status = {
  name: 'Kitchen',
  pid: 7,
  version: '1',
  ports: { http: 8080, https: 8443 },
  inCall: false,
  live: null,
  pushes: [],
  watch: null,
  relays: [],
  update: NO_UPDATE,
  wanted: { ...nothing, inCall: false },
  actual: asleep,
  people: [],
  waiting: [],
  notices: [],
  workers: { camera: null, screen: null, sound: null },
  refused: {},
}

function makeReach() {
  const asked: Intent[] = []
  const did: unknown[] = []
  const reach: Reach = {
    ask: (intent) => void asked.push(intent),
    status: () => status,
    numbers: () => 'parlor_people 0\n',
    watchLink: () => 'https://box/w/x',
    recordings: {
      all: [],
      keep: async (run, on) => void did.push({ run, on }),
      remove: async (run) => void did.push({ removed: run }),
      mark: async (is) => void did.push({ is }),
      ticket: (run) => 'f'.repeat(60) + String(run).padStart(4, '0'),
    },
    tracks: {
      fetch: async (run) => void did.push({ fetch: run }),
      state: async () => ({ over: false, people: [] }),
      stop: async () => void did.push('no tracks'),
      ticket: (file) => `ticket-of-${file}`,
    },
    pushes: {
      list: () => [{ to: 'rtmp://a.example/live2/…', is: 'resting', said: null }],
      add: async (address) => void did.push({ address }),
      remove: async (number) => void did.push({ 'push removed': number }),
      clear: async () => void did.push('no push'),
    },
    updates: {
      seen: NO_UPDATE,
      order: async (order) => {
        did.push({ update: order })
        return NO_UPDATE
      },
      give: async (what) => {
        did.push({ updateFrom: what })
        return NO_UPDATE
      },
    },
    captions: { say: (caption) => void did.push({ caption }) },
    whip: {
      path: '/whip/r',
      list: () => [{ name: 'Stage', publishing: true }],
      add: async (name) => `token of ${name}`,
      remove: async (name) => void did.push({ 'publisher removed': name }),
    },
    announcement: { set: (...said) => void did.push(said), clear: () => void did.push('called off') },
    links: () => ({ here: 'http://localhost/r#X', anywhere: null, atHome: [], tv: '', tvAtHome: [], trust: '', fingerprint: '' }),
    contacts: {
      all: [ann],
      add: (card) => void did.push(card),
      change: (peer, news) => void did.push({ peer, ...news }),
      remove: (peer) => void did.push({ removed: peer }),
    },
    card: () => 'https://box/r#card',
    there: { look: async () => void did.push('looked'), of: () => true },
    rooms: {
      all: [{ name: 'Choir', at: null, room: ann.room } as { name: string; at: string | null }],
      add: (name, link) => void did.push({ name, link }),
      remove: (name) => void did.push({ removed: name }),
    },
    calls: { all: [], see: () => void did.push('seen') },
    phones: {
      list: () => [{ key: 'k1', name: 'Ann', seen: null }],
      remove: async (key) => void did.push({ removed: key }),
      pair: () => ({ link: 'https://box/remote#P:', code: '123456', where: 'https://box/remote' }),
      answer: (yes) => void did.push({ yes }),
    },
    press: (key, long) => void did.push({ key, long }),
    jpeg: async () => Uint8Array.of(0xff, 0xd8),
  }
  return { reach, asked, did }
}

describe('orders', () => {
  it('who publishes into the room: where, with which token, and no more', async () => {
    const { reach, did } = makeReach()
    const addresses = ['http://localhost/whip/r']
    expect(await obey({ do: 'whip' }, reach)).toEqual({ addresses, publishers: [{ name: 'Stage', publishing: true }] })
    expect(await obey({ do: 'whip add', name: 'Stage' }, reach)).toEqual({ addresses, token: 'token of Stage' })
    await obey({ do: 'whip remove', name: 'Stage' }, reach)
    expect(did).toEqual([{ 'publisher removed': 'Stage' }])
  })

  it('say whose box is there, after it was asked', async () => {
    const { reach, did } = makeReach()
    expect(await obey({ do: 'who is there' }, reach)).toEqual({ contacts: [{ peer: ann.peer, name: 'Ann', there: true }] })
    expect(did).toEqual(['looked'])
  })
  it('look after recordings, and give a link that is good once', async () => {
    const { reach, did } = makeReach()
    expect(await obey({ do: 'recordings' }, reach)).toEqual({ recordings: [] })
    await obey({ do: 'keep recording', run: 7, on: true }, reach)
    await obey({ do: 'mark recording', is: 'end' }, reach)
    await obey({ do: 'remove recording', run: 7 }, reach)
    expect(did).toEqual([{ run: 7, on: true }, { is: 'end' }, { removed: 7 }])
    expect(await obey({ do: 'download recording', run: 7 }, reach)).toEqual({ link: `http://localhost/recording/${'f'.repeat(60)}0007` })
  })
  it('say where else the broadcast goes, without keys, and change that', async () => {
    const { reach, did } = makeReach()
    const { pushes } = (await obey({ do: 'push to', address: 'rtmp://a.example/live2/KEY' }, reach)) as { pushes: unknown }
    expect(pushes).toEqual([{ to: 'rtmp://a.example/live2/…', is: 'resting', said: null }])
    expect(await obey({ do: 'push' }, reach)).toEqual({ pushes })
    await obey({ do: 'push no more', number: 2 }, reach)
    await obey({ do: 'push no more' }, reach)
    expect(did).toEqual([{ address: 'rtmp://a.example/live2/KEY' }, { 'push removed': 2 }, 'no push'])
  })
  it('put captions into the broadcast', async () => {
    const { reach, did } = makeReach()
    await obey({ do: 'caption', text: 'Guten Abend', stands: 3000, language: 'de' }, reach)
    await obey({ do: 'caption' }, reach)
    expect(did).toEqual([{ caption: { text: 'Guten Abend', stands: 3000, language: 'de' } }, { caption: { text: '' } }])
  })
  it('keep rooms by name, and never show their secrets', async () => {
    const { reach, did } = makeReach()
    await obey({ do: 'add room', name: 'Choir', link: 'https://b/r#K' }, reach)
    await obey({ do: 'remove room', name: 'Choir' }, reach)
    expect(did).toEqual([{ name: 'Choir', link: 'https://b/r#K' }, { removed: 'Choir' }])
    expect(await obey({ do: 'rooms' }, reach)).toEqual({ rooms: [{ name: 'Choir', at: null }] })
  })
  it('keep the contacts, and never show the rooms of them', async () => {
    const { reach, did } = makeReach()
    await obey({ do: 'add contact', card: cardOf('https://b', ann) }, reach)
    await obey({ do: 'answer contact', who: 'Ann', on: true }, reach)
    await obey({ do: 'remove contact', who: ann.peer }, reach)
    const { answers: _, ...card } = ann
    expect(did).toEqual([card, { peer: ann.peer, answers: true }, { removed: ann.peer }])
    expect(JSON.stringify(await obey({ do: 'contacts' }, reach))).not.toContain(ann.room)
    await expect(obey({ do: 'call', who: 'Bo' }, reach)).rejects.toThrow('there is no contact "Bo"')
  })
  it('become intents', async () => {
    const { reach, asked } = makeReach()
    const link = 'https://box/r#0000-0000-0000-0000-0000-0000-00'
    for (const order of [
      { do: 'join' },
      { do: 'join', link },
      { do: 'join', phone: true },
      { do: 'answer' },
      { do: 'decline' },
      { do: 'call', who: 'ann' },
      { do: 'quiet', on: true },
      { do: 'set', on: false },
      { do: 'layout', layout: 'grid' },
      { do: 'leave' },
      { do: 'mute' },
      { do: 'unmute' },
      { do: 'camera', on: false },
      { do: 'volume', percent: 30 },
    ])
      await obey(order, reach)
    expect(asked).toEqual([
      { want: 'come home', phone: false },
      { want: 'join', room: '00000000000000000000000000', at: 'https://box', phone: false },
      { want: 'come home', phone: true },
      { want: 'answer' },
      { want: 'decline' },
      { want: 'ring', contact: ann.peer, phone: false },
      { want: 'quiet', on: true },
      { want: 'tv', on: false },
      { want: 'layout', layout: 'grid' },
      { want: 'leave' },
      { want: 'mute', muted: true },
      { want: 'mute', muted: false },
      { want: 'camera', on: false },
      { want: 'volume', percent: 30 },
    ])
  })
  it.each([
    [{ do: 'dance' }, 'there is no order "dance"'],
    [{ do: 'join', link: 'https://box/' }, 'begins with #'],
    [{ do: 'volume', percent: 'loud' }, 'percent'],
    [{ do: 'volume', percent: 101 }, 'percent'],
    [{ do: 'camera' }, 'on'],
  ])('refuse %j with a sentence', async (order, sentence) => {
    const { reach, asked } = makeReach()
    await expect(obey(order, reach)).rejects.toThrow(sentence)
    expect(asked).toEqual([])
  })
  it('bring the picture of the tv as text', async () => {
    expect(await obey({ do: 'tv' }, makeReach().reach)).toEqual({ jpeg: '/9g=' })
  })
})

describe('the status in words', () => {
  it('says who is here and what is amiss', () => {
    const ann = {
      peer: 'a' as never,
      name: 'Ann',
      kind: 'browser',
      state: 'reconnecting',
      emoji: ['🐶', '🌵'],
      muted: true,
      camera: true,
      screen: false,
      speaking: false,
      live: true,
    } as const
    const text = statusText({
      ...status,
      inCall: true,
      people: [ann],
      live: { watching: 3, link: 'https://box/w/x', moderatorLink: 'https://box/w/x#m', recorded: false, private: false },
      pushes: [{ to: 'rtmp://a.example/live2/…', is: 'sending', said: null }],
      notices: ['No camera.'],
      actual: { ...asleep, sound: 'open', camera: 'missing', muted: true },
    })
    expect(text).toContain('in a call with Ann (reconnecting, muted, broadcasts this call, 🐶 🌵)')
    expect(text).toContain('microphone muted, camera missing')
    expect(text).toContain('live, 3 watching at https://box/w/x; not recorded')
    expect(text).toContain('sent on to rtmp://a.example/live2/…: sending')
    expect(text).toContain('! No camera.')
  })
  it('says which broadcasts are passed on to the screens of the house', () => {
    const seen = { program: 'p' as ProgramId, id: '1', at: null, refused: {}, viewers: 2, origin: 'https://ann.example:8443' }
    const text = statusText({
      ...status,
      relays: [
        { ...seen, role: 'leads', from: 'ann.example:8443', state: 'live' },
        { ...seen, role: 'follows', from: '192.168.1.7:8080', state: 'away' },
      ],
    })
    expect(text).toContain('passed on in the house: ann.example:8443, 2 watching\n')
    expect(text).toContain('ann.example:8443 by way of 192.168.1.7:8080, 2 watching, it is not reached; it is tried again\n')
  })
  it('says who waits at the door', () => {
    expect(statusText({ ...status, waiting: ['Bo'] })).toContain('waiting at the door: Bo')
  })
})
