// cli.ts — the command line: says what the person asks to the running daemon, and what it answers to the person.
import { join } from 'node:path'
import { askLocal, LocalRefusal } from '../control/local.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import { writeAtomic } from '../system/disk.ts'
import type { Ended } from '../wire/contact.ts'
import { timeMeant } from './announcement.ts'
import { diagnose, examine, findingsText } from './doctor.ts'
import { dataFolder } from './folder.ts'
import type { Links } from './links.ts'
import type { PushSeen } from './pushes.ts'
import type { Recording, Which } from './recordings.ts'
import { report } from './report.ts'
import { readSettings } from './settings.ts'
import { type Status, statusText } from './status.ts'
import { linksText, terminalQr } from './welcome.ts'

const HELP = `parlor — talks to the box that runs on this machine

  parlor status            how things are
  parlor link              the links to this box's room and to its TV, with a QR code
  parlor join [LINK]       goes into its own room, or into the room of a link
  parlor answer | decline  lets in who rings, or tells them that nobody comes
  parlor call WHO          rings at a contact's; --phone: by sound only, also with join
  parlor contacts          who this box knows, and its own card
  parlor contacts there    whose box is there
  parlor contacts add CARD | remove WHO | trust WHO | distrust WHO
                           trust: when they ring, the box answers by itself after ten seconds
  parlor rooms             the rooms that the box keeps by name, for the menu on the TV
  parlor rooms add NAME LINK | remove NAME
  parlor pair              makes a phone a remote: a QR code, or six digits
  parlor pair yes | no     the phone shows the same words as the TV, or not
  parlor phones [remove WHO]
                           the phones that are remotes
  parlor calls             what became of calls at the door
  parlor leave             ends the call; camera and microphone close
  parlor mute | unmute     the microphone
  parlor camera on | off   the camera
  parlor volume PERCENT    the loudspeaker
  parlor layout auto | grid | speaker
  parlor live on | off     sends the call out to everybody with the watch link, or ends that
  parlor push              where else the broadcast goes while the call is live, and how it goes there
  parlor push ADDRESS | remove N | off
                           rtmp://SERVER/APP/KEY, rtmps://... or srt://SERVER:PORT; -: the address is read from standard input
  parlor whip              other programs (OBS, GStreamer) as one more person in the room: where they publish, and who may
  parlor whip add NAME | remove NAME
                           a token for one of them, shown this once
  parlor announce TIME [TITLE] | off
                           says on the TV and on the watch page when the next broadcast begins, like 20:15
  parlor relay LINK [PORT] brings a broadcast into the house: it comes in once, and any number of screens watch it here
  parlor recordings        what is kept of broadcasts; download N gives a link that is good once, for a minute
  parlor recordings keep N | let-go N | remove N | download N [own [tracks]]
                           own: our own camera and microphone alone, as they were before the network; own tracks: the same as a
                           file for somebody else's remix
  parlor tracks on | off   while somebody else broadcasts this call: keeps our own camera and microphone on this box, or no longer
  parlor remix ROOM DATE [TIME] [FILE ...] [--720]
                           renders a recorded call once more, from everybody's own tracks: those of this box, and the files of others
  parlor cut begin | end   marks what is recorded now: from here, to here
  parlor quiet on | off    do not disturb
  parlor set on | off      the TV set
  parlor key NAME [long]   as a key of the TV's remote: ok, back, up, menu, button ...
  parlor tv [FILE]         saves a picture of the TV (tv.jpg)
  parlor doctor            what is here, what is missing, what to do

  parlor report [FILE]     what to send to somebody who helps; without secrets

  --json                   answers for machines
`

const args = process.argv.slice(2)
const json = args.includes('--json')
const phone = args.includes('--phone')
const [command = 'help', ...rest] = args.filter((arg) => arg !== '--json' && arg !== '--phone')
const root = join(import.meta.dirname, '../..')

const ask = (order: string, more: Record<string, unknown> = {}) =>
  askLocal(join(dataFolder(process.env), 'control.sock'), { do: order, ...more }, AbortSignal.timeout(20_000))
const say = (text: string, value: unknown): void => void process.stdout.write(`${json ? JSON.stringify(value) : text}\n`)

async function main(): Promise<void> {
  switch (command) {
    case 'status': {
      const status = (await ask('status')) as Status
      return say(statusText(status), status)
    }
    case 'link': {
      const links = (await ask('link')) as Links
      return say(linksText(links), links)
    }
    case 'join':
      await ask('join', { phone, ...(rest[0] !== undefined && { link: rest[0] }) })
      return say('Going in.', { ok: true })
    case 'answer':
    case 'decline':
      await ask(command)
      return say(command === 'answer' ? 'They are let in.' : 'They are told that nobody comes.', { ok: true })
    case 'call':
      await ask('call', { who: rest.join(' '), phone })
      return say('Calling.', { ok: true })
    case 'contacts':
      return contacts(rest[0], rest.slice(1).join(' '))
    case 'rooms':
      return rooms(rest[0], rest.slice(1))
    case 'pair': {
      if (rest[0] === 'yes' || rest[0] === 'no') {
        await ask('pair answer', { yes: rest[0] === 'yes' })
        return say(rest[0] === 'yes' ? 'The phone is paired.' : 'The phone is turned away.', { ok: true })
      }
      const pairing = (await ask('pair')) as { link: string; code: string | null; where: string }
      const typed = pairing.code ? `\nOr open ${pairing.where} there and type ${pairing.code}.` : ''
      return say(
        `${terminalQr(pairing.link)}\nScan this with the phone that is to be a remote, within two minutes. It is no link for guests.${typed}`,
        pairing,
      )
    }
    case 'phones': {
      if (rest[0] === 'remove') {
        await ask('remove phone', { who: rest.slice(1).join(' ') })
        return say('It is no remote any more.', { ok: true })
      }
      const { phones } = (await ask('phones')) as { phones: Array<{ name: string; key: string }> }
      return say(phones.map(({ name, key }) => `${name}  ${key}`).join('\n') || 'No phone is paired.', phones)
    }
    case 'calls': {
      const { calls } = (await ask('calls')) as { calls: Ended[] }
      const lines = calls.map(({ at, what, name }) => `${new Date(at).toLocaleString()}  ${what}: ${name}`)
      return say(lines.join('\n') || 'Nobody has called.', calls)
    }
    case 'key':
      await ask('key', { key: rest[0], long: rest[1] === 'long' })
      return say(`${rest[0]} was pressed.`, { ok: true })
    case 'layout':
      await ask('layout', { layout: rest[0] })
      return say(`The layout is ${rest[0]}.`, { ok: true })
    case 'live': {
      if (rest[0] !== 'on' && rest[0] !== 'off') throw new Refusal('bad-request', 'say `parlor live on` or `parlor live off`')
      const { link } = (await ask('live', { on: rest[0] === 'on' })) as { link: string }
      return say(rest[0] === 'on' ? `Going live. Who has this link may watch:\n${link}` : 'The broadcast ends.', { ok: true, link })
    }
    case 'relay': {
      const port = rest[1] === undefined ? null : Number(rest[1])
      if (rest[0] === undefined || (port !== null && !(Number.isInteger(port) && port >= 0 && port < 65_536)))
        throw new Refusal('bad-request', 'say `parlor relay LINK`, with the link of a broadcast')
      const { relayHere } = await import('./relay.ts')
      return relayHere(rest[0], port, say)
    }
    case 'recordings':
      return recordings(rest[0], Number(rest[1]), whichOf(rest.slice(2)))
    case 'tracks':
      if (rest[0] !== 'on' && rest[0] !== 'off') throw new Refusal('bad-request', 'say `parlor tracks on` or `parlor tracks off`')
      await ask('tracks', { on: rest[0] === 'on' })
      return say(rest[0] === 'on' ? 'They are kept while the call is broadcast.' : 'They are kept no longer.', { ok: true })
    case 'remix':
      return remix()
    case 'cut':
      if (rest[0] !== 'begin' && rest[0] !== 'end') throw new Refusal('bad-request', 'say `parlor cut begin` or `parlor cut end`')
      await ask('mark recording', { is: rest[0] })
      return say(rest[0] === 'begin' ? 'A piece begins here.' : 'The piece ends here.', { ok: true })
    case 'push':
      return push(rest[0], rest[1])
    case 'whip':
      return whip(rest[0], rest.slice(1).join(' '))
    case 'announce': {
      if (rest[0] === undefined) throw new Refusal('bad-request', 'say `parlor announce TIME TITLE`, or `parlor announce off`')
      const off = rest[0] === 'off'
      const begins = off ? 0 : timeMeant(rest[0], new Date())
      const { link } = (await ask('announce', off ? { off } : { begins, title: rest.slice(1).join(' ') })) as { link: string }
      return say(off ? 'Nothing is announced any more.' : `Announced for ${new Date(begins).toLocaleString()} at\n${link}`, {
        ok: true,
        link,
      })
    }
    case 'quiet':
    case 'set':
      if (rest[0] !== 'on' && rest[0] !== 'off')
        throw new Refusal('bad-request', `say \`parlor ${command} on\` or \`parlor ${command} off\``)
      await ask(command, { on: rest[0] === 'on' })
      return say(command === 'quiet' ? `Do not disturb is ${rest[0]}.` : `The TV set is asked to be ${rest[0]}.`, { ok: true })
    case 'leave':
      await ask('leave')
      return say('The call is over; camera and microphone are closed.', { ok: true })
    case 'mute':
    case 'unmute':
      await ask(command)
      return say(command === 'mute' ? 'The microphone is muted.' : 'The microphone is open again.', { ok: true })
    case 'camera':
      if (rest[0] !== 'on' && rest[0] !== 'off') throw new Refusal('bad-request', 'say `parlor camera on` or `parlor camera off`')
      await ask('camera', { on: rest[0] === 'on' })
      return say(`The camera is ${rest[0]}.`, { ok: true })
    case 'volume':
      await ask('volume', { percent: Number(rest[0]) })
      return say(`The volume is ${rest[0]} %.`, { ok: true })
    case 'tv': {
      const file = rest[0] ?? 'tv.jpg'
      const { jpeg } = (await ask('tv')) as { jpeg: string }
      await writeAtomic(file, Buffer.from(jpeg, 'base64'))
      return say(`The TV's picture is in ${file}.`, { file })
    }
    case 'doctor': {
      const daemon = await ask('status').then(
        (status) => status as Status,
        () => null,
      )
      const findings = diagnose(await examine(root, daemon?.notices ?? null, daemon?.actual.shutter !== 'shut'))
      if (findings.some((f) => f.is === 'bad')) process.exitCode = 1
      return say(findingsText(findings), findings)
    }
    case 'report': {
      const file = rest[0] ?? 'parlor-report.txt'
      const status = await ask('status').then(
        (is) => is as Status,
        () => null,
      )
      const numbers = await ask('numbers').then(
        (is) => (is as { text: string }).text,
        () => null,
      )
      const findings = diagnose(await examine(root, status?.notices ?? null, status?.actual.shutter !== 'shut'))
      await writeAtomic(file, await report({ folder: dataFolder(process.env), config: await readSettings(), status, numbers, findings }))
      return say(`The report is in ${file}. Links, codes, keys and passwords are taken out; read it before you send it.`, { file })
    }
    case 'help':
    case '--help':
    case '-h':
      return void process.stdout.write(HELP)
    default:
      throw new Refusal('unknown-command', `there is no command "${command}"; \`parlor help\` lists them`)
  }
}

async function contacts(what: string | undefined, who: string): Promise<void> {
  switch (what) {
    case undefined: {
      const answer = (await ask('contacts')) as { card: string; contacts: Array<{ name: string; peer: string; answers: boolean }> }
      const lines = answer.contacts.map(({ name, peer, answers }) => `${name}${answers ? ' (answered by itself)' : ''}  ${peer}`)
      return say([...lines, `The card of this box: ${answer.card}`].join('\n'), answer)
    }
    case 'there': {
      const { contacts: all } = (await ask('who is there')) as { contacts: Array<{ name: string; there: boolean | null }> }
      const lines = all.map(({ name, there }) => `${name}  ${there === null ? 'not known' : there ? 'there' : 'away'}`)
      return say(lines.join('\n') || 'There are no contacts.', all)
    }
    case 'add':
      await ask('add contact', { card: who })
      return say('Added.', { ok: true })
    case 'remove':
      await ask('remove contact', { who })
      return say('Removed.', { ok: true })
    case 'trust':
    case 'distrust':
      await ask('answer contact', { who, on: what === 'trust' })
      return say(
        what === 'trust' ? `When ${who} rings, the box answers by itself after ten seconds; any key stops it.` : `${who} has to be let in.`,
        { ok: true },
      )
    default:
      throw new Refusal('bad-request', 'say `parlor contacts`, or with there, add, remove, trust or distrust')
  }
}

/** What of a recording is meant by the words behind its number. */
const whichOf = ([own, tracks]: readonly string[]): Which => (own !== 'own' ? 'broadcast' : tracks === 'tracks' ? 'own tracks' : 'own')

async function remix(): Promise<void> {
  const { remixCommand } = await import('./remix/command.ts')
  const { recordings: all } = (await ask('recordings')) as { recordings: Recording[] }
  const { name } = (await ask('status')) as Status
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort(new Refusal('bad-request', 'stopped; nothing is left of it')))
  let told = -1
  const tell = (percent: number, what: string) => {
    const whole = Math.floor(percent)
    if (whole === told || (!process.stderr.isTTY && whole % 10 !== 0)) return
    told = whole
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${whole} %  ${what}${whole === 100 ? '\n' : ''}` : `${whole} %  ${what}\n`)
  }
  const link = async (run: number, which: Which) => ((await ask('download recording', { run, which })) as { link: string }).link
  const words = rest.filter((word) => word !== '--720')
  const height = rest.includes('--720') ? 720 : 1080
  const done = await remixCommand({ words, box: name, recordings: all, link, folder: process.cwd(), height, tell, signal: stop.signal })
  const people = done.people.map(({ name: who, ahead, shown, pictures, damaged }) => {
    const clock = ahead === null ? 'placed by its clock alone' : `its clock was ${Math.round(ahead)} ms ahead`
    return `  ${who}: ${shown} of ${pictures} pictures, ${clock}${damaged > 0 ? `, ${damaged} parts were damaged` : ''}`
  })
  return say([done.film, ...people].join('\n'), done)
}

/** @param number of the list, the newest is 1 */
async function recordings(what: string | undefined, number: number, which: Which): Promise<void> {
  const { recordings: all } = (await ask('recordings')) as { recordings: Recording[] }
  if (what === undefined) {
    const lines = all.map(({ from, to, bytes, kept, live, pieces, own: ownBytes }, i) => {
      const ownSize = ownBytes > 0 ? `${Math.round(ownBytes / 1e6)} MB of our own camera and microphone` : ''
      const marks = [live ? 'live' : '', kept ? 'kept' : '', pieces.length > 0 ? `${pieces.length} pieces` : '', ownSize]
        .filter(Boolean)
        .join(', ')
      const length = `${Math.max(1, Math.round((to - from) / 60_000))} min`
      return `${String(i + 1).padStart(3)}  ${new Date(from).toLocaleString()}  ${length}  ${Math.round(bytes / 1e6)} MB  ${marks}`.trimEnd()
    })
    return say(lines.join('\n') || 'Nothing is recorded.', all)
  }
  const run = all[number - 1]?.run
  if (run === undefined) throw new Refusal('bad-request', 'say which one, by its number in `parlor recordings`')
  switch (what) {
    case 'keep':
    case 'let-go':
      await ask('keep recording', { run, on: what === 'keep' })
      return say(what === 'keep' ? 'It is kept until you let it go.' : 'It is let go when the space is needed.', { ok: true })
    case 'remove':
      await ask('remove recording', { run })
      return say('Removed.', { ok: true })
    case 'download': {
      const { link } = (await ask('download recording', { run, which })) as { link: string }
      return say(`Once, within a minute:\n${link}`, { link })
    }
    default:
      throw new Refusal('bad-request', 'say `parlor recordings`, or with keep, let-go, remove or download and a number')
  }
}

async function push(what: string | undefined, which: string | undefined): Promise<void> {
  const address = what === '-' ? await typed() : what
  const order =
    what === undefined
      ? ask('push')
      : what === 'off'
        ? ask('push no more')
        : what === 'remove'
          ? ask('push no more', { number: Number(which) })
          : ask('push to', { address })
  const { pushes } = (await order) as { pushes: PushSeen[] }
  const lines = pushes.map(({ to, is, said }, i) => `${i + 1}  ${to}  ${said ?? (is === 'resting' ? 'when the call is live' : is)}`)
  return say(lines.join('\n') || 'The broadcast goes to no other server.', pushes)
}

/** The first line of what stands or comes in: so a key is in no list of commands. */
async function typed(): Promise<string> {
  let text = ''
  for await (const piece of process.stdin) {
    text += String(piece)
    if (text.includes('\n')) break
  }
  return text.split('\n')[0] ?? ''
}

async function whip(what: string | undefined, name: string): Promise<void> {
  switch (what) {
    case undefined: {
      const said = (await ask('whip')) as { addresses: string[]; publishers: Array<{ name: string; publishing: boolean }> }
      const who = said.publishers.map((each) => `${each.name}${each.publishing ? '  publishes now' : ''}`).join('\n')
      return say(
        `${who || 'Nobody may publish here; `parlor whip add NAME` makes a token.'}\n\nAddress: ${said.addresses.join('\n     or: ')}`,
        said,
      )
    }
    case 'add': {
      const { token, addresses } = (await ask('whip add', { name })) as { token: string; addresses: string[] }
      return say(`Address: ${addresses.join('\n     or: ')}\nBearer token, shown this once: ${token}`, { token, addresses })
    }
    case 'remove':
      await ask('whip remove', { name })
      return say('Removed. Its token counts no more.', { ok: true })
    default:
      throw new Refusal('bad-request', 'say `parlor whip`, or with add NAME or remove NAME')
  }
}

async function rooms(what: string | undefined, words: readonly string[]): Promise<void> {
  switch (what) {
    case undefined: {
      const { rooms: all } = (await ask('rooms')) as { rooms: Array<{ name: string; at: string | null }> }
      return say(all.map(({ name, at }) => (at ? `${name}  at ${at}` : name)).join('\n') || 'No room is kept.', all)
    }
    case 'add': {
      const [name, link] = [words.slice(0, -1).join(' '), words.at(-1)]
      if (name === '' || link === undefined) throw new Refusal('bad-request', 'say `parlor rooms add NAME LINK`')
      await ask('add room', { name, link })
      return say(`${name} is kept; it is in the menu of the TV.`, { ok: true })
    }
    case 'remove':
      await ask('remove room', { name: words.join(' ') })
      return say('Removed.', { ok: true })
    default:
      throw new Refusal('bad-request', 'say `parlor rooms`, or with add or remove')
  }
}

main().catch((error: unknown) => {
  const known = error instanceof Refusal || error instanceof Fault || error instanceof LocalRefusal
  const slow = error instanceof Error && error.name === 'TimeoutError'
  const sentence = slow ? 'the box did not answer within 20 s' : error instanceof Error ? error.message : String(error)
  process.stderr.write(json ? `${JSON.stringify({ error: known ? error.code : 'bug', sentence })}\n` : `parlor: ${sentence}\n`)
  process.exitCode = known ? 1 : 2
})
