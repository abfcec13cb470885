// The audience's conversation, from the room's rules to the frames of a hostile viewer.
import { describe, expect, it } from 'vitest'
import { ChatRoom } from '../../src/broadcast/chat.ts'
import { ChatDoor, type ChatOptions } from '../../src/broadcast/chat-door.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms } from '../../src/lib/unit.ts'
import { identityFrom } from '../../src/room/identity.ts'
import {
  CHAT_CLOSE,
  type ChatAsk,
  closeAsk,
  type FromChat,
  HISTORY,
  isLine,
  moderatorProof,
  openFromChat,
  TEXT_LIMIT,
} from '../../src/wire/chat.ts'
import { hex } from '../../src/wire/crypto.ts'
import { programOf } from '../../src/wire/manifest.ts'

const key = (fill: number) => identityFrom(new Uint8Array(32).fill(fill))
const [box, ada, ben, mod] = [key(1), key(2), key(3), key(4)]
const program = programOf(box.publicKey)
const NOW = 1_795_000_000_000
const viewer = (who: string, address = '10.0.0.1') => ({ who, role: 'viewer', address }) as const
const say = (text: string, name = 'Ada') => ({ ask: 'say', name, text }) as const

describe('the room', () => {
  const fresh = () => {
    let made = 0
    return new ChatRoom(() => (++made).toString(16).padStart(16, '0'))
  }
  it('keeps what was said, and no more than so much of it', () => {
    const room = fresh()
    for (let i = 0; i < HISTORY + 20; i++) expect(room.ask(say(`${i}`), viewer(`p${i}`, `10.0.${i}.1`), NOW + i).ok).toBe(true)
    expect(room.messages.length).toBe(HISTORY)
    expect(room.messages.at(-1)?.text).toBe(String(HISTORY + 19))
    expect(room.number).toBe(HISTORY + 20)
  })
  it('holds back who is too fast, by key and by where they come from, and lets them speak again later', () => {
    const room = fresh()
    const oks = Array.from({ length: 6 }, (_, i) => room.ask(say(`${i}`), viewer('ada'), NOW).ok)
    expect(oks).toEqual([true, true, true, true, false, false])
    expect(room.ask(say('later'), viewer('ada'), NOW + 3000).ok).toBe(true)
    const many = Array.from({ length: 30 }, (_, i) => room.ask(say('hi'), viewer(`k${i}`, '10.0.0.9'), NOW).ok)
    expect(many.filter(Boolean).length).toBe(12)
  })
  it('does not take the same twice', () => {
    const room = fresh()
    room.ask(say('hello'), viewer('ada'), NOW)
    expect(room.ask(say('hello'), viewer('ada'), NOW + 5000)).toMatchObject({ ok: false, why: 'said before' })
    expect(room.ask(say('hello'), viewer('ada'), NOW + 40_000).ok).toBe(true)
  })
  it('is slow when a moderator says so, for all but moderators', () => {
    const room = fresh()
    expect(room.ask({ ask: 'slow', seconds: 30 }, viewer('ada'), NOW)).toMatchObject({ ok: false, why: 'not yours' })
    room.ask({ ask: 'slow', seconds: 30 }, { who: 'mod', role: 'moderator', address: 'x' }, NOW)
    room.ask(say('one'), viewer('ada'), NOW)
    expect(room.ask(say('two'), viewer('ada'), NOW + 10_000)).toMatchObject({ ok: false, why: 'slow mode', seconds: 20 })
    expect(room.ask(say('two'), viewer('ada'), NOW + 30_000).ok).toBe(true)
  })
  it('lets people delete what is their own, and moderators everything', () => {
    const room = fresh()
    room.ask(say('mine'), viewer('ada'), NOW)
    const id = room.messages[0]?.id ?? ''
    expect(room.ask({ ask: 'delete', id }, viewer('ben'), NOW)).toMatchObject({ ok: false, why: 'not yours' })
    expect(room.ask({ ask: 'delete', id }, viewer('ada'), NOW).ok).toBe(true)
    expect(room.messages).toEqual([])
    expect(room.ask({ ask: 'delete', id }, { who: 'mod', role: 'owner', address: 'x' }, NOW)).toMatchObject({ why: 'nothing there' })
  })
  it('mutes a person, takes back what they said, and is not fooled by a new key from the same place', () => {
    const room = fresh()
    const moderator = { who: 'mod', role: 'moderator', address: '10.0.0.7' } as const
    room.ask(say('spam'), viewer('ada'), NOW)
    room.ask(say('hello'), viewer('cleo'), NOW)
    const muted = room.ask({ ask: 'mute', who: 'ada', seconds: 600 }, moderator, NOW)
    expect(muted).toMatchObject({ ok: true, events: [{ say: 'deleted' }, { say: 'muted', who: 'ada', seconds: 600 }] })
    expect(room.messages.map(({ who }) => who)).toEqual(['cleo'])
    expect(room.ask(say('more'), viewer('ada'), NOW + 1000)).toMatchObject({ ok: false, why: 'muted', seconds: 599 })
    expect(room.ask(say('more'), viewer('ada2'), NOW + 1000)).toMatchObject({ ok: false, why: 'muted' })
    expect(room.ask(say('still here'), viewer('cleo'), NOW + 1000).ok).toBe(true)
    expect(room.ask(say('elsewhere'), viewer('dan', '10.0.0.2'), NOW + 1000).ok).toBe(true)
    room.ask({ ask: 'mute', who: 'ada', seconds: 0 }, moderator, NOW + 2000)
    expect(room.ask(say('sorry'), viewer('ada'), NOW + 3000).ok).toBe(true)
  })
  it('does not let moderators mute each other', () => {
    const room = fresh()
    room.ask(say('I am in charge'), { who: 'owner', role: 'owner', address: 'x' }, NOW)
    const moderator = { who: 'mod', role: 'moderator', address: 'y' } as const
    expect(room.ask({ ask: 'mute', who: 'owner', seconds: 60 }, moderator, NOW)).toMatchObject({ ok: false, why: 'not yours' })
  })
})

describe('a line of chat', () => {
  it.each([
    ['', false],
    ['   ', false],
    ['hello', true],
    ['<img src=x onerror=alert(1)>', true],
    ['two\nlines', false],
    ['a bell \u0007', false],
    ['turned \u202earound', false],
    ['x'.repeat(TEXT_LIMIT), true],
    ['x'.repeat(TEXT_LIMIT + 1), false],
    ['half a \ud83d letter', false],
  ])('%j: %s', (text, fits) => expect(isLine(text)).toBe(fits))
})

function door(change: Partial<ChatOptions> = {}) {
  const clock = new FakeClock()
  const secret = new Uint8Array(16).fill(9)
  const chat = new ChatDoor({
    identity: box,
    access: { roleOf: (known) => (known === hex(mod.publicKey) ? 'moderator' : 'viewer'), secrets: [secret] },
    clock,
    now: () => NOW + clock.now(),
    ...change,
  })
  const open = (address = '10.0.0.1') => {
    const heard: FromChat[] = []
    const frames: string[] = []
    const closed: number[] = []
    const socket = {
      takes: true,
      send(frame: string, sent: () => void) {
        frames.push(frame)
        const said = openFromChat(frame, program)
        if (said) heard.push(said)
        if (socket.takes) sent()
      },
      close: (code: number) => void closed.push(code),
    }
    const ears = chat.open(socket, address)
    let counter = 0
    const session = () => heard.flatMap((each) => (each.say === 'welcome' ? [each.session] : []))[0] ?? ''
    const hello = () => ears.heard(JSON.stringify({ hello: 'parlor-chat-1', nonce: '00'.repeat(16) }))
    const frame = (ask: ChatAsk, who = ada, at = ++counter) => closeAsk(ask, { program, session: session(), counter: at }, who)
    const ask = (wish: ChatAsk, who = ada) => ears.heard(frame(wish, who))
    return { heard, frames, closed, ears, hello, ask, frame, session, socket }
  }
  return { chat, clock, open, secret }
}

describe('the door', () => {
  it('tells all what one says, and newcomers what was said, all of it signed by the box', () => {
    const { open } = door()
    const [one, two] = [open(), open('10.0.0.2')]
    one.hello()
    two.hello()
    one.ask(say('Good evening'))
    expect(two.heard.at(-1)).toMatchObject({ say: 'message', number: 1, message: { name: 'Ada', text: 'Good evening', who: ada.peer } })
    const three = open('10.0.0.3')
    three.hello()
    expect(three.heard[0]).toMatchObject({ say: 'welcome', number: 1, messages: [{ text: 'Good evening' }] })
    expect(openFromChat((two.frames.at(-1) ?? '').replace('Good', 'Bad!'), program)).toBeNull()
    expect(openFromChat(two.frames.at(-1) ?? '', programOf(ben.publicKey))).toBeNull()
  })
  it('obeys a moderator by key, and one by link; not who only says so', () => {
    const { open, secret } = door()
    const [one, two] = [open(), open('10.0.0.2')]
    one.hello()
    two.hello()
    one.ask(say('rude'))
    const last = one.heard.at(-1)
    const id = last?.say === 'message' ? last.message.id : ''
    two.ask({ ask: 'delete', id }, ben)
    expect(two.heard.at(-1)).toMatchObject({ say: 'refused', why: 'not yours' })
    two.ask({ ask: 'be known', proof: '00'.repeat(32) }, ben)
    expect(two.heard.at(-1)).toMatchObject({ say: 'you', role: 'viewer' })
    two.ask({ ask: 'be known', proof: hex(moderatorProof(secret, two.session(), hex(ben.publicKey))) }, ben)
    expect(two.heard.at(-1)).toMatchObject({ say: 'you', role: 'moderator' })
    two.ask({ ask: 'delete', id }, ben)
    expect(one.heard.at(-1)).toMatchObject({ say: 'deleted', id })
    two.ask({ ask: 'slow', seconds: 20 }, mod)
    expect(one.heard.at(-1)).toMatchObject({ say: 'slow', seconds: 20 })
  })
  it('takes no word twice, none from another connection, none with a flipped bit, and no nonsense', () => {
    const wrong: ReadonlyArray<readonly [string, (d: ReturnType<ReturnType<typeof door>['open']>, foreign: string) => string]> = [
      ['replayed', (d) => d.frame(say('once'), ada, 1)],
      ['from elsewhere', (_d, foreign) => foreign],
      ['flipped', (d) => d.frame(say('Pay Ada')).replace('Pay', 'Owe')],
      ['of another key', (d) => d.frame(say('me')).replace(hex(ada.publicKey), hex(ben.publicKey))],
      ['no JSON', () => '{'],
      ['too long', () => 'x'.repeat(5000)],
      ['an odd ask', (d) => d.frame({ ask: 'explode' } as unknown as ChatAsk)],
    ]
    for (const [what, make] of wrong) {
      const { open } = door()
      const [one, other, watcher] = [open(), open(), open()]
      for (const each of [one, other, watcher]) each.hello()
      one.ask(say('once'))
      one.ears.heard(make(one, other.frame(say('theirs'), ada, 7)))
      expect([what, one.closed]).toEqual([what, [CHAT_CLOSE.notUnderstood]])
      expect(watcher.heard.filter((each) => each.say === 'message').length).toBe(1)
    }
  })
  it('lets go of who says no hello, floods, or takes nothing', async () => {
    const { open, clock, chat } = door()
    const silent = open()
    await clock.advance(ms(5001))
    expect(silent.closed).toEqual([CHAT_CLOSE.slow])
    const flood = open()
    flood.hello()
    for (let i = 0; i < 40; i++) flood.ask({ ask: 'be known', proof: null })
    expect(flood.closed).toEqual([CHAT_CLOSE.busy])
    const deaf = open()
    deaf.hello()
    deaf.socket.takes = false
    for (let i = 0; i < 80; i++) {
      const guest = open(`10.1.${i}.1`)
      guest.hello()
      guest.ask(say('hello'), key(50 + i))
      guest.ears.gone()
    }
    expect(deaf.closed).toEqual([CHAT_CLOSE.slow])
    expect(chat.people).toBe(0)
  })
  it('has so many seats, and so many for one address', () => {
    const { open, chat } = door({ most: { all: 3, address: 2 } })
    const seats = [open('a'), open('a'), open('a'), open('b'), open('c')]
    expect(seats.map(({ closed }) => closed[0] ?? 0)).toEqual([0, 0, CHAT_CLOSE.busy, 0, CHAT_CLOSE.busy])
    seats[0]?.ears.gone()
    open('c')
    expect(chat.people).toBe(3)
  })
})
