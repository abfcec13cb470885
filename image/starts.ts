// starts.ts — which programs a system starts by itself: what its units, its bus, udev and Parlor's own sources name, found in the tree of a
// card and not in a list that somebody has to keep. It names rather too many than too few: a word in a script that is also a program counts.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const UNITS = ['/etc/systemd/system', '/usr/local/lib/systemd/system', '/usr/lib/systemd/system']
const PROGRAMS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin']
/** Parlor's Node comes from here. */
const MODULES = '/opt/parlor/node_modules'
const RULES = ['/etc/udev/rules.d', '/usr/lib/udev/rules.d']
const GENERATORS = '/usr/lib/systemd/system-generators'
const BUS = '/usr/share/dbus-1/system-services'
/** What the kernel starts. */
const KERNEL = ['/sbin/init', '/sbin/modprobe']
/** Unit settings that bring in other units. */
const BRINGS = /^(Wants|Requires|Requisite|BindsTo|Upholds|OnFailure|OnSuccess|Sockets|Unit|Service)$/

/** Paths of programs in the tree, without symlinks; for each, one reason why it is there (a unit, a rule, a source). Sorted. */
export function programsOf(root: string): ReadonlyMap<string, string> {
  const tree = new Tree(root)
  const found = new Map<string, string>()
  const take = (name: string, why: string): void => {
    const path = tree.program(name)
    if (path === null || found.has(path)) return
    found.set(path, why)
    const text = tree.script(path)
    if (text === null) return
    const [, interpreter] = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text) ?? []
    if (interpreter !== undefined) take(interpreter, path)
    takeWords(text, path)
  }
  const takeWords = (text: string, why: string): void => {
    for (const [word] of text.matchAll(/(?<![\w.$@-])[\w/][\w.+/-]*[\w+](?![\w(=])/g)) if (tree.isCommand(word)) take(word, why)
  }
  for (const name of KERNEL) take(name, 'the kernel')
  for (const name of tree.list(GENERATORS)) take(join(GENERATORS, name), 'systemd')
  for (const [unit, settings] of unitsOf(tree)) {
    for (const [key, value] of settings) {
      if (!/^Exec[A-Z]/.test(key)) continue
      const [name = '', ...rest] = value.replace(/^[-@:+!|]+/, '').split(/\s+/)
      take(name, unit)
      takeWords(rest.join(' '), unit)
    }
  }
  for (const [rule, text] of RULES.flatMap((folder) =>
    tree.list(folder).map((name) => [name, tree.read(join(folder, name)) ?? ''] as const),
  )) {
    for (const [, line = ''] of text.matchAll(/(?:RUN(?:\{program\})?\+?=|PROGRAM[!=]?=|IMPORT\{program\}=)\s*"([^"]*)"/g)) {
      const [name = ''] = line.split(/\s+/)
      take(name.startsWith('/') ? name : join('/usr/lib/udev', name), rule)
    }
  }
  for (const source of tree.walk('/opt/parlor/src').filter((path) => path.endsWith('.ts') && !path.includes('/pages/'))) {
    for (const [, word = ''] of (tree.read(source) ?? '').matchAll(/'([\w./+-]+)'/g)) if (tree.isCommand(word)) take(word, source)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Settings = readonly (readonly [key: string, value: string])[]

/** All units that come up with default.target, or that the bus, a socket, a timer or a device may start. */
function unitsOf(tree: Tree): ReadonlyMap<string, Settings> {
  const found = new Map<string, Settings>()
  const take = (name: string): void => {
    if (found.has(name) || !/\.(service|socket|target|timer|path|mount|automount|slice|swap)$/.test(name)) return
    const template = name.replace(/@.*\./, '@.')
    const file = UNITS.map((folder) => tree.find(join(folder, name)) ?? tree.find(join(folder, template))).find((path) => path != null)
    if (file === undefined || file === '/dev/null') return
    const dropIns = [...new Set([name, template, basename(file)])].flatMap((unit) =>
      UNITS.flatMap((folder) => tree.list(join(folder, `${unit}.d`)).map((one) => join(folder, `${unit}.d`, one))),
    )
    const settings = [file, ...dropIns].flatMap((path) => settingsIn(tree.read(path) ?? ''))
    found.set(name, settings)
    for (const [key, value] of settings) if (BRINGS.test(key)) for (const other of value.split(/\s+/)) take(other.replaceAll('%i', ''))
    for (const folder of UNITS)
      for (const kind of ['wants', 'requires', 'upholds']) for (const other of tree.list(join(folder, `${name}.${kind}`))) take(other)
    const [, stem] = /^(.*)\.(socket|timer|path)$/.exec(name) ?? []
    if (stem !== undefined) take(`${stem}.service`)
  }
  take(
    basename(tree.find('/etc/systemd/system/default.target') ?? tree.find('/usr/lib/systemd/system/default.target') ?? 'multi-user.target'),
  )
  for (const name of tree.list(BUS)) {
    const settings = new Map(settingsIn(tree.read(join(BUS, name)) ?? ''))
    const unit = settings.get('SystemdService')
    if (unit !== undefined) take(unit)
  }
  for (const folder of RULES) {
    for (const name of tree.list(folder)) {
      for (const [, units = ''] of (tree.read(join(folder, name)) ?? '').matchAll(/ENV\{SYSTEMD_WANTS\}\+?="([^"]*)"/g)) {
        for (const unit of units.split(/\s+/)) take(unit)
      }
    }
  }
  return found
}

/** `Key=value` lines of a unit file, those that go on over several lines put together. */
function settingsIn(text: string): Settings {
  const lines = text.replaceAll(/\\\n/g, ' ').split('\n')
  return lines.flatMap((line) => {
    const [, key, value] = /^([A-Za-z]+)=\s*(.*)$/.exec(line) ?? []
    return key === undefined || value === undefined || value === '' ? [] : [[key, value] as const]
  })
}

/** A system's files, its symlinks followed as they lead in there. */
class Tree {
  readonly #root: string
  #programs: readonly string[] | null = null

  constructor(root: string) {
    this.#root = root
  }

  /** Where a path leads; null when there is nothing. `/dev/null` is itself: units that are masked lead there. */
  find(path: string, hops = 0): string | null {
    if (path === '/dev/null') return path
    if (hops > 40) return null
    let at = '/'
    const parts = path.split('/').filter((part) => part !== '')
    for (const [index, part] of parts.entries()) {
      if (part === '..') {
        at = dirname(at)
        continue
      }
      const next = join(at, part)
      const link = this.#link(next)
      if (link !== null) return this.find(join(link.startsWith('/') ? link : join(at, link), ...parts.slice(index + 1)), hops + 1)
      at = next
    }
    return existsSync(this.#root + at) ? at : null
  }

  #link(path: string): string | null {
    try {
      return readlinkSync(this.#root + path)
    } catch {
      return null // it is no symlink, or not there
    }
  }

  list(folder: string): string[] {
    const at = this.find(folder)
    return at === null || !statSync(this.#root + at).isDirectory() ? [] : readdirSync(this.#root + at).sort()
  }

  walk(folder: string): string[] {
    return this.list(folder).flatMap((name) => {
      const path = join(folder, name)
      return this.list(path).length > 0 ? this.walk(path) : [path]
    })
  }

  read(path: string): string | null {
    const at = this.find(path)
    return at === null || at === '/dev/null' || !statSync(this.#root + at).isFile() ? null : readFileSync(this.#root + at, 'utf8')
  }

  /** The file of a program that is named by its path or, as in PATH, by its name. */
  program(name: string): string | null {
    this.#programs ??= [
      ...this.list(MODULES).flatMap((one) => (one.startsWith('node-linux-') ? join(MODULES, one, 'bin') : [])),
      ...PROGRAMS,
    ]
    const paths = name.startsWith('/') ? [name] : name.includes('/') ? [] : this.#programs.map((folder) => join(folder, name))
    for (const path of paths) {
      const at = this.find(path)
      if (at === null || at === '/dev/null') continue
      const { mode } = statSync(this.#root + at)
      if ((mode & 0o170000) === 0o100000 && (mode & 0o111) !== 0) return at
    }
    return null
  }

  /** Whether a word of a script or source is likely a command: a program by its name, or by a whole path. */
  isCommand(word: string): boolean {
    return (word.startsWith('/') || !word.includes('/')) && this.program(word) !== null
  }

  /** The text of a script; null for what the kernel loads. */
  script(path: string): string | null {
    const bytes = readFileSync(this.#root + path)
    return bytes.subarray(0, 2).toString('latin1') === '#!' ? bytes.toString('utf8') : null
  }
}
