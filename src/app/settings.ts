// settings.ts — settings that people change from a phone: kept in the data folder, over the file parlor.toml and under the
// environment, and read at the next start.
import { join } from 'node:path'
import { Config, configSchema, readConfig } from '../core/config.ts'
import { readToml } from '../core/toml.ts'
import { Refusal } from '../lib/fault.ts'
import { readText, writeAtomic } from '../system/disk.ts'
import { configFiles, dataFolder } from './folder.ts'

const FILE = 'settings.json'
/** What is never shown to a phone: it opens doors elsewhere. An empty text in its place changes nothing. */
const SECRET = /^(box\.room|mqtt\.(server|home|password|homePassword)|call\.iceServers|live\.push)$/
/** What is for those alone who have the box in their hands: nothing on the network takes away its privacy switch. */
const AT_THE_BOX = 'hardware.shutter'

type Tree = Record<string, Record<string, unknown>>

/** The file's settings with those from phones over them. */
async function withChanges(folder: string, file: unknown): Promise<unknown> {
  const changes = await read(folder)
  const merged: Record<string, unknown> = isRecord(file) ? { ...file } : {}
  for (const [section, values] of Object.entries(changes))
    for (const [key, value] of Object.entries(values))
      if (`${section}.${key}` !== AT_THE_BOX) merged[section] = { ...(isRecord(merged[section]) ? merged[section] : {}), [key]: value }
  return merged
}

/** What a phone may see: the schema, and the values without secrets. */
export function shownSettings(config: Config): { schema: unknown; values: unknown } {
  const values = structuredClone(config) as unknown as Tree
  for (const [section, inside] of Object.entries(values))
    for (const key of Object.keys(inside)) if (SECRET.test(`${section}.${key}`)) inside[key] = Array.isArray(inside[key]) ? [] : ''
  return { schema: configSchema(), values }
}

/**
 * Keeps a setting for the next start.
 * @returns what phones have set, checked; null: nothing is changed
 * @throws Refusal 'bad-config' with a sentence, when the box could not start with it
 */
export async function keepSetting(folder: string, path: string, value: unknown): Promise<Config | null> {
  const [section = '', key = '', ...rest] = path.split('.')
  if (path === AT_THE_BOX) throw new Refusal('not-allowed', 'the privacy switch is set in parlor.toml on the box itself, nowhere else')
  const shape = Config.shape as Record<string, unknown>
  if (rest.length > 0 || !Object.hasOwn(shape, section)) throw new Refusal('bad-config', `there is no setting "${path}"`)
  if (SECRET.test(path) && (value === '' || (Array.isArray(value) && value.length === 0))) return null
  return keep(folder, section, key, value)
}

/** Keeps where the broadcast is sent on to for the next start. */
export const keepPushes = async (folder: string, addresses: readonly string[]): Promise<void> =>
  void (await keep(folder, 'live', 'push', addresses))

async function keep(folder: string, section: string, key: string, value: unknown): Promise<Config> {
  const changes = await read(folder)
  const next: Tree = { ...changes, [section]: { ...changes[section], [key]: value } }
  const config = readConfig(next, {})
  await writeAtomic(join(folder, FILE), `${JSON.stringify(next, null, 1)}\n`)
  return config
}

async function read(folder: string): Promise<Tree> {
  const text = await readText(join(folder, FILE))
  if (text === null) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value as Tree
  } catch {
    // Said below.
  }
  throw new Refusal('bad-config', `${join(folder, FILE)} is damaged; remove it to begin with the settings of parlor.toml`)
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x)

/** The settings of the file, with those from phones over it and the environment over both. @throws Refusal 'bad-config' */
export async function readSettings(): Promise<Config> {
  for (const file of configFiles(process.env, process.cwd())) {
    const text = await readText(file)
    if (text !== null) return readConfig(await withChanges(dataFolder(process.env), readToml(text, file)), process.env)
  }
  return readConfig(await withChanges(dataFolder(process.env), {}), process.env)
}
