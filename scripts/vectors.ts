// vectors.ts — writes test/vectors/*.json: bytes that every version of this protocol must make and read alike.
//
// `node scripts/vectors.ts` writes them, `node scripts/vectors.ts --check` fails when they are not what the code makes. A change here is a
// change of the protocol: then wire/envelope.ts, wire/remote.ts, wire/manifest.ts, wire/watch-key.ts or wire/chat.ts gets another VERSION.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Confirmation } from '../src/call/confirm.ts'
import type { PeerId, RoomSecret } from '../src/core/id.ts'
import { type Identity, identityFrom } from '../src/room/identity.ts'
import { linkOf, roomKeys } from '../src/room/link.ts'
import { wordsFrom } from '../src/room/words.ts'
import { closeAbout } from '../src/wire/about.ts'
import { CAPTIONS_INIT, type Cue, captionsPart } from '../src/wire/captions.ts'
import { type ChatAsk, closeAsk, closeFromChat, type FromChat, moderatorProof } from '../src/wire/chat.ts'
import { hex } from '../src/wire/crypto.ts'
import { closeEnvelope, type Session } from '../src/wire/envelope.ts'
import { newExchange } from '../src/wire/exchange.ts'
import { closeEntry, type Description, type Entry, entryHash, lineOf, NO_HASH, programOf } from '../src/wire/manifest.ts'
import { promiseOf } from '../src/wire/object.ts'
import { newPairingSecret, pairingLink, phoneSaid, proofsOf, wordBytes } from '../src/wire/pairing.ts'
import { newsBody } from '../src/wire/presence.ts'
import { channelOf, toSign, transcriptOf } from '../src/wire/remote-channel.ts'
import { type Signal, signalBody } from '../src/wire/signal.ts'
import { newWatchSecret, type Slot, sealFrame, sealObject, sealTitle, watchKey } from '../src/wire/watch-key.ts'

const FOLDER = join(import.meta.dirname, '../test/vectors')
const SECRET = '000G40R40M30E209185GR38E1W' as RoomSecret
const bytes = (length: number, first: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (first + i) & 255)

const keys = roomKeys(SECRET)
const [ann, ben] = [identityFrom(bytes(32, 1)), identityFrom(bytes(32, 101))]
const [annSession, benSession] = ['0123456789abcdefghjkmnpqr0', 'zzzzzzzzzzzzzzzzzzzzzzzzzw'] as [Session, Session]
const offer: Signal = { type: 'offer', link: '00112233aabbccdd', turn: 0, sdp: 'v=0\r\ns=ünï\r\n' }

const room = {
  secret: SECRET,
  link: linkOf('https://parlor.example', SECRET),
  id: keys.id,
  epoch: keys.epoch,
  seal: hex(keys.seal),
  sas: hex(keys.sas),
}

function envelope(about: string, to: PeerId | null, receiver: Session | null, counter: number, body: { kind: number; body: Uint8Array }) {
  const nonce = bytes(24, counter)
  const letter = { session: annSession, counter, receiver, ...body }
  const closed = closeEnvelope({ address: { room: keys.id, epoch: keys.epoch, to }, sealKey: keys.seal, identity: ann, letter, nonce })
  return { about, to, receiver, counter, kind: body.kind, body: hex(body.body), nonce: hex(nonce), envelope: hex(closed) }
}

const envelopes = {
  sender: { secretKey: hex(ann.secretKey), publicKey: hex(ann.publicKey), peer: ann.peer, session: annSession },
  receiver: { peer: ben.peer, session: benSession },
  letters: [
    envelope(
      'presence, to all',
      null,
      null,
      1,
      newsBody({ type: 'presence', presence: { name: 'Änn', kind: 'box', ttl: 15_000, place: 1 } }),
    ),
    envelope('farewell, to all', null, null, 2, newsBody({ type: 'gone' })),
    envelope('offer', ben.peer, benSession, 3, signalBody(offer)),
    envelope(
      'plea for tracks, to all',
      null,
      null,
      4,
      newsBody({ type: 'plea', plea: { from: 1_795_000_000_000, to: 1_795_000_600_000 } }),
    ),
    envelope('answer to a plea', ben.peer, benSession, 5, signalBody({ type: 'meet', link: '00112233aabbccdd' })),
    envelope('goodbye', ben.peer, benSession, 2 ** 53 - 1, signalBody({ type: 'bye', link: null, reason: 'full' })),
  ],
}

function confirmation() {
  const facts = {
    room: keys.id,
    sas: keys.sas,
    link: '00112233aabbccdd',
    offerer: { publicKey: ann.publicKey, session: annSession, fingerprint: fingerprint(0) },
    answerer: { publicKey: ben.publicKey, session: benSession, fingerprint: fingerprint(128) },
  }
  const offerer = new Confirmation('offerer', facts, bytes(32, 7))
  const answerer = new Confirmation('answerer', facts, bytes(32, 77))
  const words = [...offerer.begin()]
  let emoji: readonly string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    const outcome = word && (i % 2 === 0 ? answerer : offerer).hear(word)
    if (!outcome || outcome.is === 'refused') throw new Error('the two did not confirm each other')
    words.push(...outcome.say)
    if (outcome.is === 'confirmed') emoji = outcome.emoji
  }
  return { link: facts.link, offerer: end(ann, annSession, 0, 7), answerer: end(ben, benSession, 128, 77), words, emoji: emoji.join(' ') }
}

function end(who: Identity, session: Session, print: number, nonce: number) {
  return { publicKey: hex(who.publicKey), session, fingerprint: fingerprint(print), nonce: hex(bytes(32, nonce)) }
}

function fingerprint(first: number): string {
  return Array.from(bytes(32, first), (b) => b.toString(16).toUpperCase().padStart(2, '0')).join(':')
}

function remote() {
  const [phone, box] = [newExchange(() => bytes(32, 11)), newExchange(() => bytes(32, 22))]
  const transcript = transcriptOf({ phone: phone.share, box: box.share }, ann.publicKey)
  const common = box.agree(phone.share)
  if (!common) throw new Error('the two did not agree')
  const [near, far] = [channelOf('phone', common, transcript), channelOf('box', common, transcript)]
  const secret = newPairingSecret(() => bytes(16, 0))
  const said = phoneSaid(ben.publicKey, 'Bén')
  const proofs = proofsOf(secret, transcript, said)
  const order = JSON.stringify({ intent: { want: 'mute', muted: true } })
  return {
    phone: { share: hex(phone.share), key: hex(ben.publicKey), secretKey: hex(ben.secretKey), name: 'Bén' },
    box: { share: hex(box.share), key: hex(ann.publicKey), secretKey: hex(ann.secretKey) },
    common: hex(common),
    transcript: hex(transcript),
    signatures: {
      box: hex(ann.sign(toSign.box(transcript))),
      phone: hex(ben.sign(toSign.phone(transcript))),
      newcomer: hex(ben.sign(toSign.newcomer(transcript, said))),
    },
    order: { counter: 7, text: order, signature: hex(ben.sign(toSign.order(transcript, 7, order))) },
    fromPhone: ['{"say":"beat"}', order].map((text) => ({ text, frame: hex(near.close({ is: 'text', text })) })),
    fromBox: {
      text: '{"say":"welcome"}',
      frame: hex(far.close({ is: 'text', text: '{"say":"welcome"}' })),
      counter: 7,
      bytes: hex(bytes(5, 1)),
      bytesFrame: hex(far.close({ is: 'bytes', counter: 7, bytes: bytes(5, 1) })),
    },
    pairing: {
      link: pairingLink('https://parlor.example', secret),
      secret,
      phone: hex(proofs.phone),
      box: hex(proofs.box),
      words: wordsFrom(proofs.words).join(', '),
      wordsOfCode: wordsFrom(wordBytes(bytes(64, 3), transcript)).join(', '),
    },
  }
}

const PICTURE: Description = {
  kind: 'video',
  name: 'v0',
  codecs: 'avc1.42c01f',
  timescale: 90_000,
  partTarget: 18_000,
  segmentTarget: 180_000,
  bandwidth: 2_500_000,
  width: 1280,
  height: 720,
  rate: [30, 1],
}
const SOUND: Description = {
  kind: 'audio',
  name: 'sound',
  codecs: 'mp4a.40.2',
  timescale: 48_000,
  partTarget: 10_240,
  segmentTarget: 96_000,
  bandwidth: 96_000,
  channels: 2,
  sampleRate: 48_000,
}

/** Three entries of one run: the tracks and their first parts, one more picture part of two blocks, the end. */
function manifest() {
  const at = 1_795_000_000_000
  const objects = { init: bytes(40, 1), picture: bytes(300, 2), sound: bytes(200, 3), next: bytes(16_384 + 5, 4) }
  const part = { segment: 897_500_000, independent: true, firstOfSegment: true, afterBreak: true, start: 0, at }
  const rest = { firstOfSegment: false, afterBreak: false, independent: false }
  const story: ReadonlyArray<Pick<Entry, 'at' | 'isLast' | 'inits' | 'parts'>> = [
    {
      at: at + 210,
      isLast: false,
      inits: [
        { track: 0, description: PICTURE, object: promiseOf(objects.init) },
        { track: 1, description: SOUND, object: promiseOf(bytes(41, 9)) },
      ],
      parts: [
        { ...part, track: 0, sequence: 70, duration: 18_000, object: promiseOf(objects.picture) },
        { ...part, track: 1, sequence: 2 ** 40, duration: 9216, object: promiseOf(objects.sound) },
      ],
    },
    {
      at: at + 410,
      isLast: false,
      inits: [],
      parts: [{ ...part, ...rest, track: 0, sequence: 71, start: 18_000, duration: 18_000, at: at + 200, object: promiseOf(objects.next) }],
    },
    { at: at + 600, isLast: true, inits: [], parts: [] },
  ]
  let previous = NO_HASH
  const entries = story.map((each, number) => {
    const entry = closeEntry({ ...each, run: at, number, previous }, ann)
    previous = entryHash(entry)
    return { line: lineOf(entry), hash: hex(previous) }
  })
  const promise = promiseOf(objects.next)
  return {
    broadcaster: { secretKey: hex(ann.secretKey), publicKey: hex(ann.publicKey), program: programOf(ann.publicKey) },
    run: at,
    object: { firstByte: 4, length: objects.next.length, name: promise.name, blocks: hex(promise.blocks) },
    entries,
  }
}

/** Parts of a captions track, and an entry that describes it. */
function captions() {
  const at = 1_795_000_000_000
  const cues: ReadonlyArray<readonly Cue[]> = [
    [],
    [{ from: 61_500, to: 63_000, text: 'Good evening' }],
    [{ from: 3_600_000, to: 3_601_000, text: 'Grüße aus der Küche 👋\n<b>1 & 2</b> --> &amp;' }],
  ]
  const parts = cues.map((each) => ({ cues: each, part: hex(captionsPart(each)) }))
  const times = { timescale: 90_000, partTarget: 90_000, segmentTarget: 180_000, bandwidth: 20_000 }
  const description: Description = { kind: 'text', name: 'captions', codecs: 'wvtt', ...times, language: 'de', label: 'Deutsch' }
  const part = { track: 64, sequence: 7, segment: 31, independent: true, firstOfSegment: true, afterBreak: false, start: 5_580_000 }
  const entry: Entry = {
    ...{ run: at, number: 0, previous: NO_HASH, at, isLast: false },
    inits: [{ track: 64, description, object: promiseOf(CAPTIONS_INIT) }],
    parts: [{ ...part, duration: 90_000, at, object: promiseOf(captionsPart(cues[1] ?? [])) }],
  }
  return { init: hex(CAPTIONS_INIT), parts, entry: { line: lineOf(closeEntry(entry, ann)), description } }
}

/** What the box of a program states, and what a viewer asks in its chat. */
function chat() {
  const at = 1_795_000_000_000
  const session = hex(bytes(16, 7))
  const program = programOf(ann.publicKey)
  const proof = hex(moderatorProof(bytes(16, 5), session, hex(ben.publicKey)))
  const message = { id: hex(bytes(8, 1)), who: ben.peer, role: 'viewer', name: 'Bén', text: 'Bravo! <b>"👏"</b>', at } as const
  const asks: readonly ChatAsk[] = [
    { ask: 'be known', proof },
    { ask: 'say', name: message.name, text: message.text },
    { ask: 'delete', id: message.id },
    { ask: 'mute', who: ben.peer, seconds: 600 },
    { ask: 'slow', seconds: 30 },
  ]
  const said: readonly FromChat[] = [
    { say: 'welcome', nonce: hex(bytes(16, 9)), session, number: 1, slow: 0, messages: [message] },
    { say: 'you', session, role: 'moderator' },
    { say: 'message', number: 2, message },
    { say: 'deleted', number: 3, id: message.id },
    { say: 'muted', number: 4, who: ben.peer, seconds: 600 },
    { say: 'slow', number: 5, seconds: 30 },
    { say: 'refused', session, counter: 2, why: 'slow mode', seconds: 12 },
  ]
  const about = { title: 'A concert in the kitchen', begins: at, viewers: 3, from: at - 60_000, at }
  return {
    box: { secretKey: hex(ann.secretKey), program },
    viewer: { secretKey: hex(ben.secretKey), peer: ben.peer },
    session,
    about: { about, frame: closeAbout(about, ann) },
    asks: asks.map((ask, i) => ({ ask, counter: i + 1, frame: closeAsk(ask, { program, session, counter: i + 1 }, ben) })),
    said: said.map((each) => ({ said: each, frame: closeFromChat(each, ann) })),
  }
}

/** A private program: keys out of the secret of its link, sealed objects, an entry that names its lock, words of its chat. */
function privately() {
  const run = 1_795_000_000_000
  const program = programOf(ann.publicKey)
  const secret = newWatchSecret((length) => bytes(length, 40))
  const key = watchKey(program, secret)
  const nonce = (length: number) => bytes(length, 90)
  const sealed = (slot: Slot, plain: Uint8Array) => ({ slot, plain: hex(plain), sealed: hex(sealObject(key, slot, plain, nonce)) })
  const objects = [
    sealed({ run, track: 0, sequence: null }, bytes(40, 1)),
    sealed({ run, track: 0, sequence: 70 }, bytes(300, 2)),
    sealed({ run, track: 255, sequence: 2 ** 48 - 1 }, bytes(1, 3)),
  ]
  const init = promiseOf(Uint8Array.from((objects[0]?.sealed.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))))
  const entry = closeEntry(
    {
      ...{ run, number: 0, previous: NO_HASH, at: run + 210, isLast: false, lock: key.lock },
      inits: [{ track: 0, description: PICTURE, object: init }],
      parts: [],
    },
    ann,
  )
  const [viewer, box] = ['{"hello":"parlor-chat-1"}', 'Änn says 👏']
  return {
    broadcaster: { secretKey: hex(ann.secretKey), program },
    secret,
    lock: key.lock,
    keys: { objects: hex(key.objects), chat: hex(key.chat), title: hex(key.title), whep: key.whep },
    objects,
    entry: { line: lineOf(entry), hash: hex(entryHash(entry)) },
    chat: [
      { by: 'viewer', frame: viewer, sealed: sealFrame(key, 'viewer', viewer, nonce) },
      { by: 'box', frame: box, sealed: sealFrame(key, 'box', box, nonce) },
    ],
    title: { title: 'A surprise for Änn', sealed: sealTitle(key, 'A surprise for Änn', nonce) },
  }
}

const check = process.argv.includes('--check')
for (const [name, vectors] of Object.entries({
  room,
  envelope: envelopes,
  confirm: confirmation(),
  remote: remote(),
  manifest: manifest(),
  captions: captions(),
  chat: chat(),
  private: privately(),
})) {
  const file = join(FOLDER, `${name}.json`)
  const text = `${JSON.stringify(vectors, null, 2)}\n`
  if (!check) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`test/vectors/${name}.json is not what the code makes: the protocol has changed`)
    process.exitCode = 1
  }
}
