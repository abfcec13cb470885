// build.ts — puts the box together. Read it as a table of contents; each part is explained where it is made.
import { uptime } from 'node:os'
import { join } from 'node:path'
import { listenLocal } from '../control/local.ts'
import { Box } from '../core/box.ts'
import type { RoomSecret } from '../core/id.ts'
import { asleep } from '../core/plan.ts'
import { textIn } from '../core/text/text.ts'
import { updateLine } from '../core/update.ts'
import { softly } from '../lib/log.ts'
import { kbps } from '../lib/unit.ts'
import { cardOf } from '../room/contact.ts'
import { roomKeys } from '../room/link.ts'
import { exists, remove } from '../system/disk.ts'
import { watchNetwork } from '../system/network.ts'
import { timesIn } from '../system/slots/gate.ts'
import { STEWARD_SOCKET, stewardAt } from '../system/steward/client.ts'
import { believedDate } from '../system/wall.ts'
import { systemRandom } from '../wire/crypto.ts'
import { Again, playOn } from './again.ts'
import { openAudience } from './audience.ts'
import { Body } from './body.ts'
import { Contacts } from './contacts.ts'
import type { Couch } from './couch.ts'
import { makeDevices } from './devices.ts'
import { diagnose, examine } from './doctor.ts'
import { Door } from './door.ts'
import { wireDoor } from './doorway.ts'
import { wireFacts } from './facts.ts'
import { openFirstBoot, setupDoorOf } from './firstboot/open.ts'
import { makeHands } from './hands.ts'
import { History } from './history.ts'
import { openHome } from './home.ts'
import { bootOf, Keep } from './keep.ts'
import { invitationOf, isOurs, type Links, linksOf, liveLinks, originOf } from './links.ts'
import { openLivingRoom } from './living-room.ts'
import { Machine } from './machine.ts'
import { watchNight } from './night.ts'
import { Notices } from './notices.ts'
import { countNumbers } from './numbers.ts'
import { obey, type Reach } from './orders.ts'
import { Painter } from './painter.ts'
import { openPhones, pairingScene, pairNow } from './phones.ts'
import { Presence } from './presence.ts'
import { aboutAt, HousePrograms } from './programs.ts'
import { Question } from './question.ts'
import { divideRates, mostOf } from './rates.ts'
import { recall } from './recall.ts'
import { Rooms } from './rooms.ts'
import { SavedRooms } from './saved-rooms.ts'
import type { Ground } from './start.ts'
import { Teller } from './teller.ts'
import { openTracksExchange, type TracksExchange } from './tracks-exchange.ts'
import { wireOwnTracks } from './tracks-question.ts'
import { hadNow, proveTrial } from './trial.ts'
import { askToInstall, openUpdates } from './updating.ts'
import { versionAt } from './version.ts'
import { keepVigil } from './vigil.ts'
import { Watch } from './watch.ts'
import { openWays } from './ways.ts'
import { openWeb, type Web } from './web.ts'
import { openWhip } from './whip.ts'
import { forkFor } from './workers.ts'

export type House = {
  readonly box: Box
  readonly reach: Reach
  readonly links: Links
  readonly ports: { readonly http: number; readonly https: number }
  /** Ends the wish to be in a room: who stops the box on purpose does not want the camera back at the next start. */
  readonly rest: () => Promise<void>
}

/** Builds the box and opens its doors. What it opened is closed with the scope. */
export async function build({ config, folder, root, clock, log, scope }: Ground): Promise<House> {
  const notices = new Notices(() => clock.now())
  const version = await versionAt(root)

  // What it remembers.
  const keep = new Keep(folder, log.part('keep'))
  const contacts = new Contacts(folder, log.part('contacts'))
  const history = new History(folder, log.part('calls'))
  const savedRooms = new SavedRooms(folder, log.part('rooms'))
  await contacts.open()
  await savedRooms.open()
  await history.open()
  const boot = await bootOf()
  const own = await keep.room(config.box.room)
  const identity = await keep.identity()
  const tvKey = await keep.tvKey()
  const wanted = await keep.wanted(boot)
  const cut = await keep.cutOff(boot)

  // Pictures and sounds, and the panel between them and the links.
  const { seats, screen, camera, sound, patch } = makeDevices({ config, clock, log, scope })

  // The ways by which people find each other.
  const isHere = (origin: string) => isOurs(links, origin)
  const ways = await openWays({ config, identity, own, isOurs: isHere, clock, log, scope })
  const rooms = new Rooms({
    own,
    name: config.box.name,
    identity,
    greets: config.box.presence ? (peer) => contacts.of(peer) !== null : null,
    nameOf: (peer) => contacts.of(peer)?.name ?? null,
    openBroker: ways.inside,
    iceServers: ways.iceServers,
    most: mostOf(kbps(config.camera.kbps)),
    seats,
    patch,
    clock,
    log: log.part('rooms'),
  })
  scope.defer(() => rooms.stopListening())
  scope.defer(() => rooms.exit())
  watchNetwork(() => ways.moved(() => rooms.moved()), clock, scope.signal).catch(() => {})

  // As fine a picture as the ways to the others carry.
  divideRates({ patch, camera, people: () => rooms.people, most: kbps(config.camera.kbps), clock, log }, scope.signal)

  // The body: keys, light, privacy switch, TV set.
  const body = new Body({ settings: config.hardware, name: config.box.name, clock, log, scope })

  // The call as a broadcast.
  const { broadcast, announcement, recordings, pushes, captions, ownTracks, recorded, doors } = await openAudience({
    ...{ config, folder, identity, own, screen, sound, notices, clock, log, scope },
    goesOn: wanted.live,
    iceServers: ways.iceServers,
    origin: () => originOf(links),
    keyframe: () => camera.askKeyframe(),
    onChange: () => teller.changed(),
  })
  patch.keepBy(ownTracks)
  const whip = await openWhip({
    ...{ folder, identity, own, openBroker: ways.inside, iceServers: ways.iceServers, clock, log: log.part('whip') },
  })
  scope.defer(() => whip.close())
  const play = playOn({ screen, sound, fork: forkFor(process.env, log), clock, log })
  const again = new Again({
    recorded,
    play,
    date: () => Date.now(),
    clock,
    log: log.part('again'),
  })
  scope.defer(() => again.end())
  // The broadcasts of others.
  const watch = new Watch({
    relays: () => web.relays,
    answer: (ask) => web.watch(ask),
    isOwn: ({ program, origin }) => program === broadcast.id || isHere(origin),
    play,
    date: () => Date.now(),
    clock,
    random: systemRandom,
    log: log.part('watch'),
  })
  scope.defer(() => watch.end())

  // The middle: the wish, what is, and the hands that bring one to the other.
  const enter = async (room: RoomSecret, at: string | null, signal: AbortSignal) => {
    await ways.ready(signal)
    ways.serve(room)
    return rooms.enter(room, ways.elsewhere(at, log), painter.sending(), signal)
  }
  const presence: Presence = new Presence({
    contacts: () => contacts.all,
    people: () => rooms.people,
    ask: (contact, signal) => {
      ways.serve(contact.room)
      return rooms.isThere(contact, ways.elsewhere(contact.at, softly(log)), signal)
    },
    onChange: () => teller.changed(),
    clock,
    onTrouble: (error) => log.error('who is there could not be asked', error),
  })
  scope.defer(() => presence.close())
  const turnAway = ({ call }: { call: string }) => {
    door.declined()
    rooms.turnAway(call)
  }
  const hands = makeHands(
    { screen, camera, sound, set: body.set, turnAway, enter, exit: () => rooms.exit(), live: broadcast, replay: again, watch },
    (news) => box.saw(news),
  )
  watch.on('over', () => box.ask({ want: 'watch', link: null }))
  again.on('ended', () => box.wanted.replay > 0 && box.ask({ want: 'now' }))
  const box: Box = new Box({
    wanted,
    actual: asleep,
    hands,
    places: { own, roomOf: (contact) => contacts.of(contact), private: config.live.private },
    clock,
    onListenerError: (error) => log.error('a listener of the box failed', error),
  })
  const door = new Door({
    own,
    contact: (peer) => contacts.of(peer),
    now: () => box,
    clock,
    onListenerError: (error) => log.error('a listener of the door failed', error),
  })

  // Newer versions of all this.
  const updates = await openUpdates({
    ...{ config, folder, version, box, notices, clock, log },
    had: () => hadNow({ screen, clock }),
    watched: () => web.relays.all.reduce((sum, { viewers }) => sum + viewers, 0),
    onChange: () => teller.changed(),
  })
  const text = textIn(config.box.language)
  const question = new Question({ text, ask: (intent) => box.ask(intent), onChange: (asking) => box.saw({ asking }), clock })
  const machine: Machine = new Machine({
    steward: (await exists(STEWARD_SOCKET)) ? stewardAt(STEWARD_SOCKET) : null,
    wakeTv: () => box.ask({ want: 'tv', on: true }),
    onChange: () => painter.paint(),
    ...{ text, clock, log: log.part('machine'), signal: scope.signal },
  })
  const doctor = async () => diagnose(await examine(root, notices.all, box.actual.shutter === 'open'))
  const card = () => cardOf(config.call.rendezvous || originOf(links), { room: own, peer: identity.peer, name: config.box.name })
  const jpeg = () => screen.jpeg()
  const phones = await openPhones({
    ...{
      config,
      folder,
      identity,
      contacts,
      history,
      recordings,
      pushes,
      captions,
      updates,
      network: () => firstBoot,
      card,
      jpeg,
      doctor,
      clock,
      scope,
    },
    ask: (intent) => box.ask(intent),
    lookWhoIsThere: () => void presence.look(),
    onChange: () => teller.changed(),
    log: log.part('phones'),
  })

  const firstBoot = await openFirstBoot({
    ...{ config, box, phones, clock, scope },
    onChange: () => teller.changed(),
    log: log.part('set-up'),
  })

  // The doors: pages and sockets, and the socket of the command line.
  const web: Web = await openWeb({
    config: config.web,
    folder,
    root,
    broker: ways.broker,
    remote: (socket, address) => phones.door.enter(socket, address),
    look: screen,
    tvKey,
    room: roomKeys(own).id,
    link: () => invitationOf(links),
    iceServers: ways.iceServers,
    ...doors,
    download: async (ticket) => (await tracks.download(ticket)) ?? doors.download(ticket),
    sessions: async (ask) => (await doors.sessions(ask)) ?? whip.sessions(ask),
    metrics: () => numbers(),
    setup: firstBoot ? setupDoorOf(firstBoot, config.box) : undefined,
    illness: () => (box.actual.tv === 'lost' ? 'the TV picture does not come up' : null),
    clock,
    log,
    scope,
  })
  const links: Links = liveLinks(() => linksOf(config, web, own, tvKey), clock)

  // What people see, and what the others are told.
  const painter = new Painter({
    name: config.box.name,
    own,
    history,
    link: () => invitationOf(links),
    box,
    rooms,
    seats,
    screen,
    notices,
    watching: () => broadcast.state?.watching ?? null,
    isPrivate: () => broadcast.state?.private === true,
    announced: () => announcement.now,
    watch: () => watch.now,
    update: () => updateLine(updates.seen, text),
    language: config.box.language,
    couch: () => ({
      menu: couch.scene(),
      asks: machine.sentence ?? question.sentence ?? (couch.asked ? text.leaveAsk : null),
      pairing: pairingScene(phones.pairing, originOf(links), clock.now()),
      setup: firstBoot?.scene() ?? null,
    }),
    clock,
  })
  watch.on('changed', () => teller.changed())
  web.relays.on('changed', () => teller.changed())
  wireFacts({ box, rooms, camera, screen, sound, patch, painter, notices, keep, boot, clock, log, scope })
  // After the others have been told that the call goes out.
  const isRecorded = () => broadcast.state?.recorded === true
  wireOwnTracks({ box, rooms, question, ownTracks, recorded: isRecorded })
  const tracks: TracksExchange = await openTracksExchange({
    ...{ config, folder, identity, ownTracks, recordings, box, rooms, question, clock, scope },
    recorded: isRecorded,
    brokerOf: ({ room, at }) => {
      ways.serve(room)
      return ways.elsewhere(at, softly(log)) ?? ways.inside
    },
    iceServers: ways.iceServers,
    log: log.part('tracks'),
  })
  const teller: Teller = new Teller({
    name: config.box.name,
    version,
    ports: { http: web.http, https: web.https },
    workers: () => ({ camera: camera.pid ?? null, screen: screen.pid ?? null, sound: sound.pid ?? null }),
    ...{
      text,
      box,
      rooms,
      door,
      contacts,
      history,
      notices,
      painter,
      phones,
      presence,
      live: broadcast,
      pushes,
      watch,
      relays: web.relays,
      updates,
    },
  })
  const programs = new HousePrograms({
    here: () => web.relays.origins,
    multicast: () => web.relays.multicast,
    about: aboutAt,
    onChange: () => painter.paint(),
    clock,
  })
  scope.defer(() => programs.watch(false))
  const couch: Couch = openLivingRoom({
    ...{ config, version, root, text, own, devices: { screen, camera, sound }, box, door, contacts, history, notices, phones },
    ...{ presence, programs, updates, question, machine, savedRooms, firstBoot, clock, log, scope },
    up: { rooms: ways.up, home: () => home.homeUp },
    onChange: () => painter.paint(),
  })
  body.open({ box, keys: couch.keys, notices })
  watchNetwork(() => teller.changed(), clock, scope.signal).catch(() => {})
  void watchNight(config.quiet, (night) => box.saw({ night }), clock, scope.signal)
  const home = await openHome({
    settings: config.mqtt,
    folder,
    box: identity.peer,
    about: () => ({ name: config.box.name, version, url: originOf(links) }),
    broker: ways.broker,
    view: () => teller.view(),
    find: (who) => contacts.all.find(({ peer, name }) => peer === who || name === who)?.peer ?? null,
    knows: (key) => phones.roster.find(key) !== null,
    picture: jpeg,
    ask: (intent) => box.ask(intent),
    asked: (asked) => question.put(asked),
    update: (ask) => askToInstall({ updates, question: ask ? question : null, sentence: text.update.ask }, log),
    clock,
    log: log.part('home'),
  })
  scope.defer(() => home.close())
  const numbers = countNumbers({
    status: () => teller.status(),
    missed: () => history.missed.length,
    phones: () => phones.door.connected.size,
    workers: { camera, screen, sound },
    broker: () => ways.broker.counts(),
    home: () => home,
    ...{ rooms, patch, scope },
  })
  teller.open(home)
  wireDoor({ own, box, rooms, door, contacts, history, sound, painter, notices, clock, log })

  const reach: Reach = {
    contacts,
    card,
    phones: {
      list: () => phones.roster.phones,
      remove: (key) => phones.roster.remove(key),
      pair: () => pairNow(phones.pairing, originOf(links)),
      answer: (yes) => (yes ? phones.pairing.confirm() : phones.pairing.close()),
    },
    there: {
      look: () => presence.look(),
      of: (peer) => presence.of(peer),
    },
    rooms: savedRooms,
    calls: history,
    press: (key, long) => void couch.press(key, long),
    ask: (intent) => box.ask(intent),
    status: () => teller.status(),
    numbers,
    links: () => links,
    watchLink: () => broadcast.link(box.wanted.private),
    announcement,
    updates,
    recordings,
    tracks,
    pushes,
    captions,
    whip: whip.reach,
    jpeg,
  }
  const local = await listenLocal({
    path: join(folder, 'control.sock'),
    answer: (order) => obey(order, reach),
    remove,
    onBug: (error) => log.error('an order failed', error),
  })
  scope.defer(() => local.close())
  void updates.run(scope.signal)
  const settingUp = firstBoot?.run()
  scope.defer(async () => settingUp)
  keepVigil({ box, screen, camera, sound, notices, keep, clock, log, scope })
  const steward = stewardAt(process.env.PARLOR_STEWARD_SOCKET ?? STEWARD_SOCKET)
  void proveTrial({ steward, box, screen, times: timesIn(process.env.PARLOR_TRIAL_SECONDS), clock, log: log.part('trial') }, scope.signal)
  const awake = async () => ({ date: await believedDate(), uptime: uptime() })
  if (cut) void recall({ cut, box, awake, clock, log: log.part('recall') }, scope.signal)
  const rest = () => keep.save({ ...box.wanted, room: null }, boot)
  return { box, reach, links, ports: web, rest }
}
