import { describe, expect, it } from 'vitest'
import { addressIn, cleaned, fingerprintIn } from '../../src/call/candidate.ts'
import { Confirmation, type ConfirmFacts, commitTo, NONCE } from '../../src/call/confirm.ts'
import { type MeshPeer, type MeshView, nextPlace, plan } from '../../src/call/mesh.ts'
import { PULSE, Pulse } from '../../src/call/pulse.ts'
import { Replay } from '../../src/call/replay.ts'
import type { PeerId, RoomId } from '../../src/core/id.ts'
import { type Ms, ms } from '../../src/lib/unit.ts'
import { sha256, unhex } from '../../src/wire/crypto.ts'
import type { Session } from '../../src/wire/envelope.ts'
import type { Word } from '../../src/wire/word.ts'
import golden from '../vectors/confirm.json' with { type: 'json' }
import room from '../vectors/room.json' with { type: 'json' }
import { person, seeded } from './party.ts'

describe('who is linked with whom', () => {
  const [ann, ben, cai, dee] = ['ann', 'ben', 'cai', 'dee'] as PeerId[] as [PeerId, PeerId, PeerId, PeerId]
  const peer = (name: PeerId, parts: Partial<MeshPeer> = {}): MeshPeer => ({
    peer: name,
    here: true,
    place: 1,
    link: 'none',
    breathes: true,
    saysFull: false,
    ...parts,
  })
  const view = (parts: Partial<MeshView>): MeshView => ({ self: ben, limit: 3, place: null, settled: false, peers: [], ...parts })

  it('the smaller id offers, the other waits', () => {
    expect(plan(view({ peers: [peer(ann), peer(cai, { place: 2 })] }))).toEqual({
      self: 'in',
      dial: [cai],
      welcome: [ann, cai],
      tooMany: [],
    })
  })
  it('whoever has a link already is not dialled again', () => {
    expect(plan(view({ peers: [peer(cai, { link: 'asked' }), peer(dee, { link: 'live' })] })).dial).toEqual([])
  })
  it('nobody is linked whose presence has gone, but a live link stays', () => {
    expect(plan(view({ peers: [peer(cai, { here: false }), peer(dee, { here: false, link: 'live' })] })).welcome).toEqual([dee])
  })
  it('at the door of a full room we are refused', () => {
    const full = [peer(ann), peer(cai, { place: 2 }), peer(dee, { place: 3 })]
    expect(plan(view({ peers: full })).self).toBe('full')
    expect(plan(view({ peers: full.slice(1) })).self).toBe('in')
  })
  it('the memory of a broker keeps nobody out: we wait until somebody breathes, or says full', () => {
    const ghosts = [ann, cai, dee].map((name) => peer(name, { breathes: false }))
    expect(plan(view({ peers: ghosts })).self).toBe('wait')
    expect(plan(view({ peers: [...ghosts.slice(1), peer(ann, { saysFull: true })] })).self).toBe('full')
  })
  it('of two at the door with one place left, both sides agree on the smaller id', () => {
    const inside = [peer('x' as PeerId), peer('y' as PeerId, { place: 2 })]
    const arriving = (name: PeerId) => peer(name, { place: null })
    expect(plan(view({ self: ann, peers: [...inside, arriving(ben)] })).self).toBe('in')
    expect(plan(view({ self: ben, peers: [...inside, arriving(ann)] })).self).toBe('full')
    expect(plan(view({ self: 'x' as PeerId, place: 1, peers: [inside[1] ?? peer(dee), arriving(ben), arriving(ann)] }))).toMatchObject({
      welcome: ['y', ann],
      tooMany: [ben],
    })
  })
  it('a live link is never cut for somebody with a better place', () => {
    const peers = [peer(ann, { place: 1 }), peer(cai, { place: 9, link: 'live' }), peer(dee, { place: 8, link: 'live' })]
    expect(plan(view({ place: 2, settled: true, peers }))).toMatchObject({ welcome: [dee, cai], tooMany: [ann] })
  })
  it('whoever came in before they knew goes when nobody links them, and the room is full without them and says so', () => {
    const peers = [peer(ann, { saysFull: true }), peer(cai, { place: 2 }), peer(dee, { place: 3 })]
    const late = { place: 1, settled: true }
    expect(plan(view({ ...late, peers })).self).toBe('full')
    expect(plan(view({ ...late, peers: [...peers.slice(0, 2), peer(dee, { place: 3, link: 'live' })] })).self).toBe('in')
    expect(plan(view({ ...late, peers: [...peers.slice(0, 2), peer(dee, { place: null })] })).self).toBe('in')
    expect(plan(view({ ...late, peers: peers.slice(0, 2) })).self).toBe('in')
  })
  it('whoever is in for a while cannot be pushed out by any claim', () => {
    const peers = [ann, cai, dee].map((name) => peer(name, { place: 1 }))
    expect(plan(view({ place: 7, settled: true, peers })).self).toBe('in')
  })
  it('places rise', () => {
    expect(nextPlace([])).toBe(1)
    expect(nextPlace([peer(ann, { place: 4 }), peer(cai, { place: null })])).toBe(5)
  })
})

describe('the confirmation', () => {
  const [ann, ben, eve] = [person('ann'), person('ben'), person('eve')]
  const print = (n: number) => Array.from({ length: 32 }, () => n.toString(16).padStart(2, '0')).join(':')
  const facts: ConfirmFacts = {
    room: 'room' as RoomId,
    sas: sha256(Uint8Array.of(1)),
    link: '00',
    offerer: { publicKey: ann.publicKey, session: 'a' as Session, fingerprint: print(1) },
    answerer: { publicKey: ben.publicKey, session: 'b' as Session, fingerprint: print(2) },
  }
  const other = <K extends 'offerer' | 'answerer'>(end: K, parts: Partial<ConfirmFacts[K]>) => ({
    ...facts,
    [end]: { ...facts[end], ...parts },
  })
  const [ones, twos] = [seeded(1)(32), seeded(2)(32)]
  /** Lets the two talk; gives what each came to. @param foresaid what their descriptions said: the commitment and the nonce */
  function talk(
    offerers: ConfirmFacts,
    answerers: ConfirmFacts,
    {
      meddle = (word: Word): Word | null => word,
      foresaid,
    }: { meddle?: (word: Word) => Word | null; foresaid?: [Uint8Array, Uint8Array] } = {},
  ) {
    const [commit = null, nonce = null] = foresaid ?? []
    const ends = [new Confirmation('offerer', offerers, ones, nonce), new Confirmation('answerer', answerers, twos, commit)] as const
    const result: [string, string] = ['silence', 'silence']
    const words = [
      ...ends[0].begin().map((word) => ({ to: 1 as 0 | 1, word })),
      ...ends[1].begin().map((word) => ({ to: 0 as 0 | 1, word })),
    ]
    for (let next = words.shift(); next; next = words.shift()) {
      const { to } = next
      const heard = meddle(next.word)
      if (heard === null) continue
      const outcome = ends[to].hear(heard)
      if (outcome.is === 'refused') result[to] = outcome.why
      else for (const word of outcome.say) words.push({ to: to === 0 ? 1 : 0, word })
      if (outcome.is === 'confirmed') result[to] = outcome.emoji.join('')
    }
    return result
  }
  const said: [Uint8Array, Uint8Array] = [commitTo(ones), twos]

  it('ends with the same four emoji at both ends', () => {
    const [one, two] = talk(facts, facts)
    expect(one).toBe(two)
    expect([...new Intl.Segmenter().segment(one)]).toHaveLength(4)
  })
  it('comes to the same with half of it in the descriptions, and then takes one word from each', () => {
    const words: string[] = []
    const meddle = (word: Word) => {
      words.push(word.say)
      return word
    }
    expect(talk(facts, facts, { meddle, foresaid: said })).toEqual(talk(facts, facts))
    expect(words).toEqual(['reveal', 'nonce'])
  })
  it.each([
    ['commit', {}, ['silence', 'silence']],
    ['nonce', {}, ['silence', 'silence']],
    ['reveal', {}, ['silence', 'silence']],
    ['nonce', { foresaid: said }, ['silence', expect.stringMatching(/./u)]],
    ['reveal', { foresaid: said }, [expect.stringMatching(/./u), 'silence']],
  ] as const)('confirms nobody to who missed %s', (missed, options, came) => {
    expect(talk(facts, facts, { ...options, meddle: (word) => (word.say === missed ? null : word) })).toEqual(came)
  })
  it('over the channel alone, the offerer is content only when the answerer says so', () => {
    const [one, two] = talk(facts, facts, { meddle: (word) => (word.say === 'confirmed' ? null : word) })
    expect(one).toBe('silence')
    expect(two).not.toBe('silence')
  })
  it('holds both to what their descriptions said', () => {
    const another = seeded(3)(32)
    expect(talk(facts, facts, { foresaid: [commitTo(another), twos] })).toEqual([
      'confirmation with a wrong mac',
      'confirmation with a broken commitment',
    ])
    expect(talk(facts, facts, { foresaid: [commitTo(ones), another] })).toEqual([
      'confirmation with a broken commitment',
      'confirmation with a wrong mac',
    ])
  })
  it('has the same words for ever', () => {
    const recorded: Word[] = []
    const end = ({ publicKey, session, fingerprint }: typeof golden.offerer) => ({
      publicKey: unhex(publicKey),
      session: session as Session,
      fingerprint,
    })
    const ours: ConfirmFacts = {
      room: room.id as RoomId,
      sas: unhex(room.sas),
      link: golden.link,
      offerer: end(golden.offerer),
      answerer: end(golden.answerer),
    }
    const [a, b] = [
      new Confirmation('offerer', ours, unhex(golden.offerer.nonce)),
      new Confirmation('answerer', ours, unhex(golden.answerer.nonce)),
    ]
    let emoji = ''
    let at: readonly Word[] = a.begin()
    for (let turn = 0; at.length > 0; turn++) {
      recorded.push(...at)
      const outcome = (turn % 2 === 0 ? b : a).hear(at[0] ?? { say: 'bye' })
      at = outcome.is === 'refused' ? [] : outcome.say
      if (outcome.is === 'confirmed') emoji = outcome.emoji.join(' ')
    }
    expect(recorded).toEqual(golden.words)
    expect(emoji).toBe(golden.emoji)
  })
  it.each([
    ['fingerprint', other('answerer', { fingerprint: print(3) })],
    ['fingerprint of the offerer', other('offerer', { fingerprint: print(3) })],
    ['identity', other('answerer', { publicKey: eve.publicKey })],
    ['session', other('offerer', { session: 'z' as Session })],
    ['room', { ...facts, room: 'other' as RoomId }],
    ['room key', { ...facts, sas: sha256(Uint8Array.of(2)) }],
    ['link', { ...facts, link: '01' }],
  ])('confirms nobody when the two see another %s', (_, theirs) => {
    expect(talk(facts, theirs)).toEqual(['confirmation with a wrong mac', 'silence'])
    expect(talk(facts, theirs, { foresaid: said })).toEqual(['confirmation with a wrong mac', 'confirmation with a wrong mac'])
  })
  it('notices a nonce that is not the one committed to', () => {
    const meddle = (word: Word): Word => (word.say === 'reveal' ? { ...word, nonce: '00'.repeat(32) } : word)
    expect(talk(facts, facts, { meddle })).toEqual(['silence', 'confirmation with a broken commitment'])
    expect(talk(facts, facts, { meddle, foresaid: said })[1]).toBe('confirmation with a broken commitment')
  })
  it('notices a mac that was thrown back', () => {
    let mac = ''
    const mirror = (word: Word): Word => {
      if (word.say === 'nonce') mac = word.mac
      return word.say === 'reveal' ? { ...word, mac } : word
    }
    expect(talk(facts, facts, { meddle: mirror })[1]).toBe('confirmation with a wrong mac')
  })
  it.each(['confirmed', 'bye', 'beat', 'reveal'] as const)('takes no %s out of turn', (say) => {
    const end = new Confirmation('answerer', facts, seeded(1)(NONCE))
    const sending = { muted: true, camera: true, screen: true, speaking: true }
    expect(end.hear({ say, nonce: '', mac: '', sending } as Word)).toEqual({ is: 'refused', why: 'confirmation word out of turn' })
  })
})

describe('the heartbeat', () => {
  /** Ticks every 500 ms; beats arrive while `beats` says so. What was needed, by time. */
  function watch(role: 'offerer' | 'answerer', beats: (now: number) => boolean, until: number, doubted = false): string[] {
    const pulse = new Pulse(role, ms(0))
    const said: string[] = []
    for (let now = 500; now <= until; now += 500) {
      if (beats(now)) pulse.heard(now as Ms)
      const need = pulse.tick(now as Ms, doubted)
      if (need === 'restart') pulse.restarted(now as Ms)
      if (need !== 'nothing') said.push(`${now} ${need}`)
    }
    return said
  }
  it('is content while it beats', () => {
    expect(watch('offerer', () => true, 60_000)).toEqual([])
  })
  it('after 2 s of silence the offerer restarts at once, then after 2, 4, 8 s, and gives up after 20', () => {
    expect(watch('offerer', () => false, 22_500)).toEqual([
      '2000 restart',
      '4000 restart',
      '8000 restart',
      '16000 restart',
      '22000 give up',
      '22500 give up',
    ])
  })
  it('the answerer gives it 3 s and then asks', () => {
    expect(watch('answerer', () => false, 8_500)).toEqual(['5000 ask', '8000 ask'])
  })
  it('has less patience with who is said to be gone', () => {
    expect(watch('offerer', () => false, 1_500, true)).toEqual(['1500 restart'])
  })
  it('begins anew after each recovery', () => {
    expect(watch('offerer', (now) => now === 9_000, 11_500)).toEqual(['2000 restart', '4000 restart', '8000 restart', '11000 restart'])
  })
  it('does not blame the other end when this machine slept', () => {
    const pulse = new Pulse('offerer', ms(0))
    expect(pulse.tick((10 * PULSE.beat) as Ms, false)).toBe('nothing')
    expect(pulse.silent).toBe(false)
  })
})

describe('replays', () => {
  it('takes each counter once, in any order within the window', () => {
    const replay = new Replay()
    const taken: number[] = []
    for (const counter of [5, 5, 7, 6, 6, 70, 7, 8, 5, 70]) {
      if (!replay.isNew('s', counter)) continue
      replay.remember('s', counter)
      taken.push(counter)
    }
    expect(taken).toEqual([5, 7, 6, 70, 8])
  })
  it('is sure that what is too old to remember is old', () => {
    const replay = new Replay()
    replay.remember('s', 100)
    expect([36, 37, 99, 100, 101].map((n) => replay.isNew('s', n))).toEqual([false, true, true, false, true])
  })
  it('keeps sessions apart, and forgets the one used longest ago', () => {
    const replay = new Replay()
    for (let i = 0; i < 257; i++) replay.remember(`s${i}`, 1)
    expect([replay.isNew('s0', 1), replay.isNew('s1', 1), replay.isNew('s256', 1)]).toEqual([true, false, false])
  })
})

describe('candidates', () => {
  const line = (address: string, rest = '') => `candidate:1 1 udp 2113937151 ${address} 40000 typ host${rest}`
  it.each([
    ['192.0.2.1', 'address'],
    ['2001:db8::1', 'address'],
    ['::ffff:192.0.2.1', 'address'],
    ['d2f4a1c0-1b2c-4d3e-8f90-0123456789ab.local', 'hidden'],
    ['evil.example', 'name'],
    ['printer.local', 'name'],
    ['256.1.1.1', 'name'],
    ['1.2.3', 'name'],
    ['localhost', 'name'],
  ])('%s is an %s', (address, kind) => {
    expect(addressIn(line(address))).toBe(kind)
    expect(addressIn(line(address, ' generation 0 ufrag abcd network-cost 999'))).toBe(kind)
  })
  it.each([
    '',
    'candidate:',
    line(''),
    line('192.0.2.1').replace('host', 'magic'),
    line('192.0.2.1', '\r\na=x'),
    line('1.1.1.1', ' x'.repeat(300)),
  ])('is malformed: %.60j', (text) => {
    expect(addressIn(text)).toBe('malformed')
  })
  it('leave a description when they have names, or are more than 32', () => {
    const many = Array.from({ length: 40 }, () => `a=${line('192.0.2.1')}`)
    const { sdp, dropped } = cleaned(['v=0', `a=${line('evil.example')}`, ...many, 'a=end-of-candidates', ''].join('\r\n'))
    expect(dropped).toBe(9)
    expect(sdp.split('\r\n')).toHaveLength(35)
    expect(sdp).not.toContain('evil')
  })
  it('one fingerprint, or none', () => {
    const print = Array.from({ length: 32 }, () => 'ab').join(':')
    expect(fingerprintIn(`v=0\r\na=fingerprint:sha-256 ${print}\r\na=fingerprint:SHA-256 ${print.toUpperCase()}\r\n`)).toBe(
      print.toUpperCase(),
    )
    expect(fingerprintIn('v=0\r\n')).toBeNull()
    expect(fingerprintIn(`a=fingerprint:sha-1 ${print}`)).toBeNull()
    expect(fingerprintIn(`a=fingerprint:sha-256 ${print}\na=fingerprint:sha-256 ${print.replace('ab', 'cd')}`)).toBeNull()
  })
})
