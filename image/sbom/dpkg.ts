// dpkg.ts — which Debian packages are installed in a tree, as dpkg's own record says (/var/lib/dpkg/status, deb-control(5)). Pure.

export type DebianPackage = {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly maintainer: string
  /** What it was built from: the source package and its version. */
  readonly source: { readonly name: string; readonly version: string }
  /** Names of installed packages that it depends on, sorted; where one of several would do, the first that is there. */
  readonly needs: readonly string[]
}

type Stanza = Readonly<Record<string, string>>

/** The installed packages of a status file, sorted by name. @throws when an installed one lacks what every package has */
export function installedPackages(status: string): DebianPackage[] {
  const stanzas = status
    .split(/\n\n+/)
    .map(stanzaOf)
    .filter((stanza) => stanza.Status?.endsWith(' installed'))
  const byName = providers(stanzas)
  return stanzas.map((stanza) => packageOf(stanza, byName)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Fields of one stanza; what goes on over several lines keeps its first line, which is all that is asked for here. */
function stanzaOf(text: string): Stanza {
  const fields: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Za-z-]+):\s*(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) fields[name] = value
  }
  return fields
}

/** Who stands for a name: the package itself, or who provides it. */
function providers(stanzas: readonly Stanza[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const stanza of stanzas) {
    for (const name of namesIn(stanza.Provides ?? '')) if (!found.has(name)) found.set(name, stanza.Package ?? '')
  }
  for (const { Package } of stanzas) if (Package) found.set(Package, Package)
  return found
}

function packageOf(stanza: Stanza, byName: ReadonlyMap<string, string>): DebianPackage {
  const { Package: name, Version: version, Architecture: architecture, Maintainer: maintainer } = stanza
  if (!name || !version || !architecture || !maintainer) throw new Error(`dpkg's record of ${name ?? 'a package'} is not whole`)
  const [, source = name, sourceVersion = version] = /^(\S+)(?: \((.+)\))?$/.exec(stanza.Source ?? name) ?? []
  const needs = new Set<string>()
  for (const choice of [stanza['Pre-Depends'], stanza.Depends].flatMap((field) => (field ? field.split(',') : []))) {
    const there = choice.split('|').flatMap((one) => namesIn(one).flatMap((wanted) => byName.get(wanted) ?? []))
    if (there[0] !== undefined && there[0] !== name) needs.add(there[0])
  }
  return { name, version, architecture, maintainer, source: { name: source, version: sourceVersion }, needs: [...needs].sort() }
}

/** The bare names of a list such as `libc6 (>= 2.38), python3:any`. */
function namesIn(list: string): string[] {
  return list.split(',').flatMap((one) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(one)?.[1] ?? [])
}
