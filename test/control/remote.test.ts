import { describe, expect, it } from 'vitest'
import { Fault, Refusal } from '../../src/lib/fault.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { newIdentity } from '../../src/room/identity.ts'
import { hex, systemRandom, unhex } from '../../src/wire/crypto.ts'
import { newExchange } from '../../src/wire/exchange.ts'
import { newPairingSecret, pairingLink } from '../../src/wire/pairing.ts'
import { BEAT_MS, CLOSE, type FromPhone, type RemoteState } from '../../src/wire/remote.ts'
import { channelOf, toSign, transcriptOf } from '../../src/wire/remote-channel.ts'
import { pairedBox, STATE, TestBox, TestPhone } from './remote-kit.ts'

const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

/** A program that speaks the protocol, but is no honest page: says whatever it is told to. */
async function stranger(box: TestBox) {
  const exchange = newExchange(systemRandom)
  const heard: Array<string | Uint8Array> = []
  const socket = box.socket({ opened: () => {}, heard: (frame) => void heard.push(frame), closed: () => {} })
  await box.settle()
  const wire = box.wire
  socket.send(JSON.stringify({ hello: 'parlor-remote-1', share: hex(exchange.share) }))
  await box.settle()
  const hello = JSON.parse(String(heard.shift()))
  const transcript = transcriptOf({ phone: exchange.share, box: unhex(hello.share) }, box.identity.publicKey)
  const channel = channelOf('phone', exchange.agree(unhex(hello.share)) ?? new Uint8Array(32), transcript)
  const say = async (words: FromPhone) => {
    socket.send(channel.close({ is: 'text', text: JSON.stringify(words) }))
    await box.settle()
  }
  const answers = (): Array<Record<string, unknown>> =>
    heard.splice(0).map((frame) => {
      const opened = channel.open(frame as Uint8Array)
      return opened?.is === 'text' ? JSON.parse(opened.text) : { say: 'bytes' }
    })
  return { socket, wire, transcript, say, answers }
}
/** The secret identity of a phone, as it keeps it. */
const identityOf = (phone: TestPhone) => {
  const { secretKey } = JSON.parse(phone.kept ?? '{}')
  return newIdentity(() => unhex(secretKey))
}
async function thief(box: TestBox, phone: TestPhone) {
  const me = identityOf(phone)
  const line = await stranger(box)
  await line.say({ say: 'prove', key: hex(me.publicKey), signature: hex(me.sign(toSign.phone(line.transcript))) })
  const order = (counter: number, order: unknown, sign = line.transcript): FromPhone => {
    const text = JSON.stringify(order)
    return { say: 'do', counter, text, signature: hex(me.sign(toSign.order(sign, counter, text))) }
  }
  return { ...line, order }
}

describe('pairing by QR code', () => {
  it('makes a phone a remote, with the same words on both screens, and shows the state', async () => {
    const box = new TestBox()
    const phone = new TestPhone(box)
    expect(phone.nows).toEqual(['stranger'])
    box.door.show(STATE)
    const paired = phone.link.pairByQr(box.opened().link, ' Anna ')
    await box.settle()
    await paired
    const shown = box.pairing.state
    if (shown.is !== 'paired') throw new Error(`the TV shows ${shown.is}`)
    expect(shown.name).toBe('Anna')
    expect(phone.pairings).toEqual([{ is: 'asking' }, { is: 'paired', words: shown.words, box: 'Living room' }])
    expect(phone.nows).toEqual(['stranger', 'connected'])
    expect(phone.states).toEqual([STATE])
    expect(box.roster.phones.map(({ key, name }) => [key, name])).toEqual([[phone.link.key, 'Anna']])
    expect([...box.door.connected]).toEqual([phone.link.key])
  })

  it('fails with a sentence for a wrong, old or foreign code, and nobody is in', async () => {
    const box = new TestBox()
    const phone = new TestPhone(box)
    const attempt = async (text: string) => {
      const outcome = phone.link.pairByQr(text, 'Anna').catch((error: unknown) => error)
      await box.settle()
      return await outcome
    }
    expect(await attempt('https://box.local/r#K7QF')).toMatchObject({ code: 'bad-link' })
    const { link } = box.opened()
    box.pairing.close()
    expect(await attempt(link)).toMatchObject({ message: expect.stringMatching(/not open/) })
    box.opened()
    expect(await attempt(pairingLink('https://box.local', newPairingSecret(systemRandom)))).toBeInstanceOf(Refusal)
    expect(phone.pairings.at(-1)).toEqual({ is: 'none' })
    expect(phone.nows).toEqual(['stranger'])
    expect(box.roster.phones).toEqual([])
  })

  it('is refused by the phone when the box does not know the secret: a stranger in between', async () => {
    const real = new TestBox()
    const evil = new TestBox()
    const { link } = real.opened()
    // The evil box lets anybody in, whatever they show.
    evil.pairing.open()
    evil.pairing.bySecret = async () => ({ ok: true, mac: new Uint8Array(32), words: ['dog', 'cat', 'sun', 'moon'] })
    const phone = new TestPhone(evil)
    const outcome = phone.link.pairByQr(link, 'Anna').catch((error: unknown) => error)
    await evil.settle()
    expect(await outcome).toMatchObject({ code: 'not-confirmed' })
    expect(phone.kept).toBe(null)
    expect(phone.link.now).toBe('stranger')
  })
})

describe('pairing by code', () => {
  it('waits for somebody at the box to compare name and words', async () => {
    const box = new TestBox()
    const phone = new TestPhone(box)
    const { code } = box.opened()
    const paired = phone.link.pairByCode(`${code.slice(0, 3)} ${code.slice(3)}`, 'Anna')
    await box.settle()
    const shown = box.pairing.state
    if (shown.is !== 'comparing') throw new Error(`the TV shows ${shown.is}`)
    expect(shown.words).toHaveLength(4)
    expect(phone.pairings.at(-1)).toEqual({ is: 'comparing', words: shown.words })
    expect(box.roster.phones).toEqual([])
    await box.clock.advance(seconds(30))
    box.pairing.confirm()
    await box.settle()
    await paired
    expect(phone.link.now).toBe('connected')
    expect(box.roster.phones.map(({ name }) => name)).toEqual(['Anna'])
  })

  it('is locked after three wrong codes, on however many connections, also for the right one', async () => {
    const box = new TestBox()
    const phone = new TestPhone(box)
    const { code } = box.opened()
    const attempt = async (text: string) => {
      const outcome = phone.link.pairByCode(text, 'Anna').catch((error: unknown) => error)
      await box.settle()
      return await outcome
    }
    for (let i = 0; i < 3; i++) expect(await attempt(wrong(code))).toMatchObject({ message: 'That is not the code that the TV shows.' })
    expect(await attempt(code)).toMatchObject({ message: expect.stringMatching(/too many wrong codes/i) })
    expect(box.wires).toHaveLength(4)
    expect(box.roster.phones).toEqual([])
  })

  it('pairs nobody when the person at the box says no, or the phone goes away meanwhile', async () => {
    const box = new TestBox()
    const phone = new TestPhone(box)
    const declined = phone.link.pairByCode(box.opened().code, 'Anna').catch((error: unknown) => error)
    await box.settle()
    box.pairing.decline()
    await box.settle()
    expect(await declined).toMatchObject({ message: 'Nobody at the box has said yes.' })
    const gone = phone.link.pairByCode(box.opened().code, 'Anna').catch((error: unknown) => error)
    await box.settle()
    box.wire.cut()
    expect(await gone).toBeInstanceOf(Fault)
    expect(phone.link.now).toBe('stranger')
    expect(phone.kept).toBe(null)
  })

  it('gives a stranger in between nothing: its own tags do not fit', async () => {
    const real = new TestBox()
    const evil = new TestBox()
    const { code } = real.opened()
    evil.opened()
    const phone = new TestPhone(evil)
    const outcome = phone.link.pairByCode(code, 'Anna').catch((error: unknown) => error)
    await evil.settle()
    expect(await outcome).toBeInstanceOf(Refusal)
    expect(phone.kept).toBe(null)
  })
})

describe('a paired phone', () => {
  it('asks, is answered, and is told what was refused', async () => {
    const { box, phone } = await pairedBox()
    const asked = phone.link.ask({ want: 'mute', muted: true })
    await box.settle()
    await asked
    expect(box.asked).toEqual([{ want: 'mute', muted: true }])
    box.refuses = 'The privacy switch is shut.'
    const refused = phone.link.ask({ want: 'camera', on: true }).catch((error: unknown) => error)
    const nonsense = phone.link.ask({ want: 'volume', percent: 900 }).catch((error: unknown) => error)
    await box.settle()
    expect(await refused).toMatchObject({ name: 'Refusal', message: 'The privacy switch is shut.' })
    expect(await nonsense).toBeInstanceOf(Refusal)
    expect(box.asked).toHaveLength(1)
  })

  it('gets pictures as bytes and answers as they are typed', async () => {
    const { box, phone } = await pairedBox()
    const jpeg = systemRandom(60_000)
    box.answer = (query) => (query.query === 'tv' ? jpeg : [{ is: 'good', sentence: 'All is well' }])
    const answers = Promise.all([phone.link.query('tv'), phone.link.query('doctor')])
    await box.settle()
    expect(await answers).toEqual([jpeg, [{ is: 'good', sentence: 'All is well' }]])
    box.answer = () => 'not findings'
    const odd = phone.link.query('doctor').catch((error: unknown) => error)
    await box.settle()
    expect(await odd).toBeInstanceOf(Fault)
  })

  it('hears every change within a frame, the newest of many, and nothing when nothing changed', async () => {
    const { box, phone } = await pairedBox()
    phone.states.length = 0
    box.door.show({ ...STATE, volume: 10 })
    await box.settle(1)
    expect(phone.states.map(({ volume }) => volume)).toEqual([10])
    for (let volume = 11; volume <= 60; volume++) box.door.show({ ...STATE, volume })
    await box.settle(15)
    box.door.show({ ...STATE, volume: 60 })
    await box.settle(100)
    expect(phone.states.map(({ volume }) => volume)).toEqual([10, 60])
  })

  it('that takes nothing costs no memory: the newest state waits, the others are gone', async () => {
    const { box, phone } = await pairedBox()
    phone.states.length = 0
    const { wire } = box
    wire.stuck = true
    const before = wire.fromBox.length
    for (let volume = 0; volume < 1000; volume++) {
      box.door.show({ ...STATE, volume: volume % 100, notices: [`${volume}`] })
      if (volume % 100 === 0) await box.settle(20)
    }
    expect(wire.fromBox.length - before).toBeLessThanOrEqual(2)
    wire.flow()
    await box.settle(50)
    expect(phone.states.at(-1)?.notices).toEqual(['999'])
    expect(phone.states.length).toBeLessThanOrEqual(2)
  })

  it('that takes no pictures is cut off before they fill the memory', async () => {
    const { box, phone } = await pairedBox()
    box.answer = () => new Uint8Array(1_500_000)
    box.wire.stuck = true
    const answers = Array.from({ length: 6 }, () => phone.link.query('tv').catch((error: unknown) => error))
    await box.settle()
    expect(box.wire.closed).toBe(CLOSE.slow)
    for (const answer of answers) expect(await answer).toBeInstanceOf(Fault)
  })

  it('comes back by itself when the box was restarted, and needs no new pairing', async () => {
    const { box, phone: before } = await pairedBox()
    const way = { to: box }
    const phone = new TestPhone(box, before.kept, (ears) => way.to.socket(ears))
    await box.settle(20)
    expect(phone.nows).toEqual(['connecting', 'connected'])
    box.on = false
    box.door.close()
    await box.settle()
    expect(phone.link.now).toBe('away')
    expect(phone.link.state).toEqual(STATE)
    await expect(phone.link.ask({ want: 'leave' })).rejects.toMatchObject({ code: 'daemon-away' })
    await box.clock.advance(seconds(60))
    const again = new TestBox(box.identity, box.file, box.clock)
    await again.roster.load()
    again.door.show({ ...STATE, volume: 5 })
    way.to = again
    await box.clock.advance(seconds(5))
    expect(phone.nows).toEqual(['connecting', 'connected', 'away', 'connected'])
    expect(phone.link.state?.volume).toBe(5)
    expect(phone.link.box).toBe('Living room')
  })

  it('tries again for as long as it takes, and at once when it is looked at', async () => {
    const { box, phone } = await pairedBox()
    box.on = false
    box.wire.cut()
    await box.clock.advance(seconds(120))
    const tried = box.wires.length
    expect(tried).toBeGreaterThan(20)
    expect(tried).toBeLessThan(45)
    expect(phone.nows.filter((now) => now === 'away')).toHaveLength(1)
    box.on = true
    phone.link.nudge()
    await box.settle()
    expect(box.wires).toHaveLength(tried + 1)
    expect(phone.link.now).toBe('connected')
  })

  it('that is removed is out at once, and forgets the box when the box has said so itself', async () => {
    const { box, phone } = await pairedBox()
    const removed = box.roster.remove(phone.link.key ?? '')
    expect(box.wire.closed).toBe(CLOSE.removed)
    await removed
    expect([...box.door.connected]).toEqual([])
    await box.settle()
    expect(phone.kept).not.toBe(null)
    await box.clock.advance(seconds(1))
    expect(phone.link.now).toBe('removed')
    expect(phone.kept).toBe(null)
    expect(phone.link.state).toBe(null)
  })

  it('may leave, rename and remove phones', async () => {
    const { box, phone } = await pairedBox()
    await box.roster.add({ key: 'ab'.repeat(32), name: 'Ben' })
    const done = Promise.all([
      phone.link.query('rename phone', { key: phone.link.key ?? '', name: 'Anna’s new phone' }),
      phone.link.query('remove phone', { key: 'ab'.repeat(32) }),
    ])
    await box.settle()
    await done
    expect(box.roster.phones.map(({ name }) => name)).toEqual(['Anna’s new phone'])
    const left = phone.link.forget()
    await box.settle()
    await left
    expect(box.roster.phones).toEqual([])
    expect(phone.link.now).toBe('stranger')
    expect(phone.kept).toBe(null)
  })

  it('does not talk to another box at the same address, and goes on when its own is back', async () => {
    const { box, phone } = await pairedBox()
    const other = new TestBox()
    const way = { to: other }
    const lost = new TestPhone(box, phone.kept, (ears) => way.to.socket(ears))
    await other.settle()
    expect(lost.nows).toEqual(['connecting', 'another box'])
    expect(other.wire.fromPhone).toHaveLength(1)
    expect(lost.kept).toBe(phone.kept)
    way.to = box
    await box.clock.advance(seconds(5))
    expect(lost.link.now).toBe('connected')
  })

  it('and box notice within 20 s when the other has died without a word', async () => {
    const { box, phone } = await pairedBox()
    box.wire.stuck = true
    box.wire.tamper = () => null
    await box.clock.advance(ms(4 * BEAT_MS + 100))
    expect(phone.nows.slice(-1)).toEqual(['away'])
    const { box: second, phone: silent } = await pairedBox()
    second.wire.tamper = () => null
    await second.clock.advance(ms(4 * BEAT_MS + 100))
    expect(second.wires[0]?.closed).toBe(CLOSE.slow)
    silent.link.close()
  })
})

describe('an order', () => {
  it('counts once, and only on its own connection', async () => {
    const { box, phone } = await pairedBox()
    const evil = await thief(box, phone)
    expect(evil.answers().map(({ say }) => say)).toEqual(['welcome', 'state'])
    const join = evil.order(5, { intent: { want: 'leave' } })
    await evil.say(join)
    await evil.say(join)
    await evil.say(evil.order(4, { intent: { want: 'leave' } }))
    expect(box.asked).toHaveLength(1)
    expect(evil.answers().map(({ say }) => say)).toEqual(['done', 'failed', 'failed'])
    expect(evil.wire.closed).toBe(null)
    const other = await thief(box, phone)
    await other.say(join)
    expect(other.wire.closed).toBe(CLOSE.notUnderstood)
    expect(box.asked).toHaveLength(1)
  })

  it.each<[string, (order: Extract<FromPhone, { say: 'do' }>) => Partial<FromPhone>]>([
    ['another counter', (order) => ({ counter: order.counter + 1 })],
    ['another text', (order) => ({ text: order.text.replace('leave', 'camera') })],
    ['no signature', () => ({ signature: '00'.repeat(64) })],
  ])('with %s than was signed does nothing and ends the connection', async (_, change) => {
    const { box, phone } = await pairedBox()
    const evil = await thief(box, phone)
    const order = evil.order(1, { intent: { want: 'leave' } }) as Extract<FromPhone, { say: 'do' }>
    await evil.say({ ...order, ...change(order) } as FromPhone)
    expect(box.asked).toEqual([])
    expect(evil.wire.closed).toBe(CLOSE.notUnderstood)
  })

  it('of somebody who is not paired does nothing, whatever it is signed with', async () => {
    const { box } = await pairedBox()
    const line = await stranger(box)
    const me = newIdentity()
    const text = JSON.stringify({ intent: { want: 'camera', on: true } })
    await line.say({ say: 'do', counter: 1, text, signature: hex(me.sign(toSign.order(line.transcript, 1, text))) })
    await line.say({ say: 'prove', key: hex(me.publicKey), signature: hex(me.sign(toSign.phone(line.transcript))) })
    expect(line.answers()).toMatchObject([
      { say: 'refused', why: 'stranger' },
      { say: 'refused', why: 'stranger' },
    ])
    expect(box.asked).toEqual([])
  })

  it('is refused for a phone that was removed, though its line were still open', async () => {
    const { box, phone } = await pairedBox()
    const evil = await thief(box, phone)
    const removed = box.roster.remove(phone.link.key ?? '')
    evil.wire.ears.heard(new Uint8Array(10))
    await removed
    await evil.say(evil.order(1, { intent: { want: 'leave' } }))
    expect(evil.wire.closed).toBe(CLOSE.removed)
    expect(box.asked).toEqual([])
  })

  it('too many in a second are refused, and the phone stays', async () => {
    const { box, phone } = await pairedBox()
    await box.clock.advance(seconds(10))
    const all = Array.from({ length: 100 }, () =>
      phone.link.ask({ want: 'volume', percent: 5 }).then(
        () => 'ok',
        () => 'no',
      ),
    )
    await box.settle()
    const outcome = await Promise.all(all)
    expect(outcome.filter((each) => each === 'ok').length).toBeGreaterThanOrEqual(60)
    expect(outcome).toContain('no')
    expect(phone.link.now).toBe('connected')
  })

  it.each([
    ['{}', 'no order'],
    [JSON.stringify({ intent: { want: 'join' } }), 'half an intent'],
    [JSON.stringify({ query: 'toString' }), 'a question that is none'],
    [JSON.stringify({ query: 'set setting', about: { path: '__proto__.x', value: 1 } }), 'a path that is none'],
    [JSON.stringify({ intent: { want: 'leave' }, query: 'tv' }), 'two orders in one'],
    ['x'.repeat(12_000), 'a long nothing'],
  ])('that makes no sense is refused with a sentence: %.80s', async (text) => {
    const { box, phone } = await pairedBox()
    const evil = await thief(box, phone)
    evil.answers()
    const me = identityOf(phone)
    await evil.say({ say: 'do', counter: 1, text, signature: hex(me.sign(toSign.order(evil.transcript, 1, text))) })
    expect(evil.answers()).toMatchObject([{ say: 'failed', counter: 1 }])
    expect([box.asked, box.queries]).toEqual([[], []])
  })
})

describe('strangers', () => {
  it('have ten seconds, and few places', async () => {
    const box = new TestBox()
    const lines = []
    for (let i = 0; i < 20; i++) {
      lines.push(await stranger(box).catch(() => null))
      await box.clock.advance(ms(400))
    }
    expect(lines.filter((line) => line !== null)).toHaveLength(16)
    await box.clock.advance(seconds(10))
    for (const wire of box.wires) expect(wire.closed).not.toBe(null)
    expect(await stranger(box)).toBeTruthy()
  })

  it('that knock too often are turned away, and others are let in', async () => {
    const box = new TestBox()
    const closes: number[] = []
    for (let i = 0; i < 200; i++) box.door.enter({ send: () => {}, close: (code) => closes.push(code) }, '10.0.0.66').gone()
    expect(closes.length).toBeGreaterThan(180)
    expect(await stranger(box)).toBeTruthy()
  })

  it('cannot say things out of turn', async () => {
    const box = new TestBox()
    box.opened()
    const line = await stranger(box)
    await line.say({ say: 'same code', mac: '00'.repeat(32) })
    expect(line.wire.closed).toBe(CLOSE.notUnderstood)
    const { phone } = await pairedBox()
    expect(phone.link.now).toBe('connected')
  })

  it('learn nothing of the box but its key', async () => {
    const box = new TestBox()
    box.door.show(STATE)
    const line = await stranger(box)
    await box.clock.advance(seconds(5))
    expect(line.answers()).toEqual([])
    expect(line.wire.fromBox).toHaveLength(1)
    expect(Object.keys(JSON.parse(String(line.wire.fromBox[0]))).sort()).toEqual(['hello', 'key', 'share', 'signature'])
  })
})

it('shows phones a state whose unknown parts an older page leaves out', async () => {
  const { box, phone } = await pairedBox()
  box.door.show({ ...STATE, volume: 33, hologram: true } as RemoteState)
  await box.settle(20)
  expect(phone.states.at(-1)).toEqual({ ...STATE, volume: 33 })
})

it('outlives 10,000 malformed frames, before and after the greeting, and answers afterwards', async () => {
  const { box, phone } = await pairedBox()
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return seed % below
  }
  const bytes = (length: number) => Uint8Array.from({ length }, () => random(256))
  const texts = ['', '{', '[]', 'null', '{"hello":"parlor-remote-1"}', '{"hello":1,"share":2}', '"x"', '{"__proto__":{}}', '\u0000']
  const nonsense = (): string | Uint8Array => (random(2) ? (texts[random(texts.length)] ?? '') : bytes(random(300)))
  const greeting = () => JSON.stringify({ hello: 'parlor-remote-1', share: hex(bytes(32)) })
  let closed = 0
  for (let i = 0; i < 10_000; i++) {
    // A new place each time, so that the pace of knocking lets some in.
    const ears = box.door.enter({ send: () => {}, close: () => void closed++ }, `10.1.${random(200)}.${random(200)}`)
    if (i % 100 === 0) ears.heard(greeting())
    ears.heard(nonsense())
    ears.gone()
    if (i % 30 === 0) await box.clock.advance(seconds(4))
  }
  expect(closed).toBe(10_000)
  expect(box.door.odd.counts()['too many knocks']).toBe(undefined)
  expect(box.said.said.filter(({ level }) => level === 'error')).toEqual([])
  const asked = phone.link.ask({ want: 'leave' })
  await box.settle()
  await asked
  expect(box.asked).toEqual([{ want: 'leave' }])
}, 60_000)

it('outlives sealed nonsense of a paired phone', async () => {
  const { box, phone } = await pairedBox()
  for (const words of [{ say: 'nothing' }, { say: 'do' }, { say: 'prove', key: 'x' }, 7, null, [], 'beat']) {
    const evil = await thief(box, phone)
    await evil.say(words as unknown as FromPhone)
    expect(evil.wire.closed).toBe(CLOSE.notUnderstood)
    await box.clock.advance(seconds(2))
  }
  expect(phone.link.now).toBe('connected')
})
