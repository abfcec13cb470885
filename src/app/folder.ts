// folder.ts — where the box keeps what it remembers, and where it reads its settings.
import { homedir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** PARLOR_DATA, or what systemd gives (STATE_DIRECTORY), or the person's own place for such things. */
export function dataFolder(env: Environment): string {
  return env.PARLOR_DATA || env.STATE_DIRECTORY || join(env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'parlor')
}

/** Where settings may stand, best first: the one that PARLOR_CONFIG names alone, else here, else /etc. */
export function configFiles(env: Environment, here: string): readonly string[] {
  return env.PARLOR_CONFIG ? [env.PARLOR_CONFIG] : [join(here, 'parlor.toml'), '/etc/parlor/parlor.toml']
}
