// box.ts — commands about the box itself: how it is, its links, its TV, its keys, and what is wrong with it.
import { join } from 'node:path'
import { writeAtomic } from '../../system/disk.ts'
import { diagnose, examine, findingsText } from '../doctor.ts'
import { dataFolder } from '../folder.ts'
import type { Links } from '../links.ts'
import { report } from '../report.ts'
import { readSettings } from '../settings.ts'
import { type Status, statusText } from '../status.ts'
import { linksText } from '../welcome.ts'
import { type Cli, type Command, isOn } from './command.ts'

const root = join(import.meta.dirname, '../../..')

export const status: Command = {
  names: ['status'],
  help: [['parlor status', 'how things are']],
  async run({ ask, say }) {
    const is = (await ask('status')) as Status
    say(statusText(is), is)
  },
}

export const link: Command = {
  names: ['link'],
  help: [['parlor link', "the links to this box's room and to its TV, with a QR code"]],
  async run({ ask, say }) {
    const links = (await ask('link')) as Links
    say(linksText(links), links)
  },
}

export const quiet: Command = {
  names: ['quiet'],
  help: [['parlor quiet on | off', 'do not disturb']],
  async run(cli) {
    await cli.ask('quiet', { on: isOn(cli) })
    cli.say(`Do not disturb is ${cli.words[0]}.`, { ok: true })
  },
}

export const set: Command = {
  names: ['set'],
  help: [['parlor set on | off', 'the TV set']],
  async run(cli) {
    await cli.ask('set', { on: isOn(cli) })
    cli.say(`The TV set is asked to be ${cli.words[0]}.`, { ok: true })
  },
}

export const key: Command = {
  names: ['key'],
  help: [['parlor key NAME [long]', "as a key of the TV's remote: ok, back, up, menu, button ..."]],
  async run({ words: [name, long], ask, say }) {
    await ask('key', { key: name, long: long === 'long' })
    say(`${name} was pressed.`, { ok: true })
  },
}

export const tv: Command = {
  names: ['tv'],
  help: [['parlor tv [FILE]', 'saves a picture of the TV (tv.jpg)']],
  async run({ words: [file = 'tv.jpg'], ask, say }) {
    const { jpeg } = (await ask('tv')) as { jpeg: string }
    await writeAtomic(file, Buffer.from(jpeg, 'base64'))
    say(`The TV's picture is in ${file}.`, { file })
  },
}

/** How the daemon is, or null when none answers. */
const statusOf = ({ ask }: Pick<Cli, 'ask'>): Promise<Status | null> =>
  ask('status').then(
    (is) => is as Status,
    () => null,
  )

const findingsOf = async (is: Status | null) => diagnose(await examine(root, is?.notices ?? null, is?.actual.shutter !== 'shut'))

export const doctor: Command = {
  names: ['doctor'],
  help: [['parlor doctor', 'what is here, what is missing, what to do']],
  async run(cli) {
    const findings = await findingsOf(await statusOf(cli))
    if (findings.some((f) => f.is === 'bad')) process.exitCode = 1
    cli.say(findingsText(findings), findings)
  },
}

export const reportCommand: Command = {
  names: ['report'],
  help: [[''], ['parlor report [FILE]', 'what to send to somebody who helps; without secrets']],
  async run(cli) {
    const file = cli.words[0] ?? 'parlor-report.txt'
    const is = await statusOf(cli)
    const numbers = await cli.ask('numbers').then(
      (said) => (said as { text: string }).text,
      () => null,
    )
    const findings = await findingsOf(is)
    const text = await report({ folder: dataFolder(process.env), config: await readSettings(), status: is, numbers, findings })
    await writeAtomic(file, text)
    cli.say(`The report is in ${file}. Links, codes, keys and passwords are taken out; read it before you send it.`, { file })
  },
}
