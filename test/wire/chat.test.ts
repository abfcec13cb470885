// What a box states and what viewers ask: the same bytes for ever, and nothing else is taken.
import { describe, expect, it } from 'vitest'
import { identityFrom } from '../../src/room/identity.ts'
import { type About, closeAbout, openAbout } from '../../src/wire/about.ts'
import { type ChatAsk, closeAsk, closeFromChat, type FromChat, openAsk, openFromChat } from '../../src/wire/chat.ts'
import { unhex } from '../../src/wire/crypto.ts'
import { type ProgramId, programOf } from '../../src/wire/manifest.ts'
import { makeStatement, readStatement } from '../../src/wire/statement.ts'
import vectors from '../vectors/chat.json' with { type: 'json' }

const box = identityFrom(unhex(vectors.box.secretKey))
const viewer = identityFrom(unhex(vectors.viewer.secretKey))
const program = vectors.box.program as ProgramId
const { session } = vectors

describe('what a viewer asks', () => {
  it.each(vectors.asks)('has the same bytes for ever: $ask.ask', ({ ask, counter, frame }) => {
    expect(closeAsk(ask as ChatAsk, { program, session, counter }, viewer)).toBe(frame)
    expect(openAsk(frame, program, session)).toMatchObject({ ask, counter, who: viewer.peer })
  })
  it('is good for one program and one connection, at one place', () => {
    const frame = vectors.asks[1]?.frame ?? ''
    expect(openAsk(frame, programOf(viewer.publicKey), session)).toBeNull()
    expect(openAsk(frame, program, session.replace(/^../, 'ff'))).toBeNull()
    expect(openAsk(frame.replace('"counter":2', '"counter":3'), program, session)).toBeNull()
    expect(openAsk(frame.replace('Bravo', 'Brava'), program, session)).toBeNull()
  })
})

describe('what the box says', () => {
  it.each(vectors.said)('has the same bytes for ever: $said.say', ({ said, frame }) => {
    expect(closeFromChat(said as FromChat, box)).toBe(frame)
    expect(openFromChat(frame, program)).toEqual(said)
  })
  it('tells of the program, in the same bytes for ever', () => {
    expect(closeAbout(vectors.about.about as About, box)).toBe(vectors.about.frame)
    expect(openAbout(vectors.about.frame, program)).toEqual(vectors.about.about)
  })
  it('is not taken from another key, for another kind, or with anything changed', () => {
    const { frame } = vectors.about
    expect(openFromChat(frame, program)).toBeNull()
    expect(openAbout(frame, programOf(viewer.publicKey))).toBeNull()
    expect(openAbout(frame.replace('kitchen', 'Kitchen'), program)).toBeNull()
    expect(openAbout(closeAbout(vectors.about.about as About, viewer), program)).toBeNull()
    const odd = makeStatement('about', { ...vectors.about.about, viewers: -1 }, box)
    expect(readStatement('about', odd, program)).toMatchObject({ viewers: -1 })
    expect(openAbout(odd, program)).toBeNull()
    for (const nonsense of ['', '{}', 'null', '[]', '{"key":"","text":"","signature":""}']) expect(openAbout(nonsense, program)).toBeNull()
  })
})
