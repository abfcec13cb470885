// spdx.ts — the bill of materials of a card as an SPDX 2.3 document (spdx.github.io/spdx-spec/v2.3): every Debian and npm package with
// version, origin, licence where somebody said it, and what needs what. The same inputs give the same bytes. Pure.
import { createHash } from 'node:crypto'
import type { DebianPackage } from './dpkg.ts'
import type { NpmPackage } from './npm.ts'

export type Card = {
  /** As in /etc/parlor-release. */
  readonly board: string
  readonly version: string
  /** Seconds since 1970: the date of what went into it, not of the build. */
  readonly date: number
  readonly debian: readonly DebianPackage[]
  readonly npm: { readonly packages: readonly NpmPackage[]; readonly roots: readonly string[] }
}

export type SpdxPackage = {
  readonly SPDXID: string
  readonly name: string
  readonly versionInfo: string
  readonly downloadLocation: string
  readonly filesAnalyzed: false
  readonly supplier: string
  readonly licenseConcluded: string
  readonly licenseDeclared: string
  readonly copyrightText: 'NOASSERTION'
  readonly licenseComments?: string
  readonly sourceInfo?: string
  readonly primaryPackagePurpose?: 'OPERATING_SYSTEM' | 'APPLICATION'
  readonly checksums?: readonly { readonly algorithm: 'SHA512'; readonly checksumValue: string }[]
  readonly externalRefs?: readonly {
    readonly referenceCategory: 'PACKAGE-MANAGER'
    readonly referenceType: 'purl'
    readonly referenceLocator: string
  }[]
}

export type Relationship = {
  readonly spdxElementId: string
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS' | 'DEPENDS_ON'
  readonly relatedSpdxElement: string
}

export type SpdxDocument = {
  readonly spdxVersion: 'SPDX-2.3'
  readonly dataLicense: 'CC0-1.0'
  readonly SPDXID: 'SPDXRef-DOCUMENT'
  readonly name: string
  readonly documentNamespace: string
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] }
  readonly packages: readonly SpdxPackage[]
  readonly relationships: readonly Relationship[]
}

const DOCUMENT = 'SPDXRef-DOCUMENT'
const CARD = 'SPDXRef-card'
const PARLOR = 'SPDXRef-parlor'
const UNSAID = 'NOASSERTION'

/** The document. @throws when two packages would have one id */
export function billOfMaterials(card: Card): SpdxDocument {
  const packages = [cardPackage(card), parlorPackage(card), ...card.debian.map(debianPackage), ...card.npm.packages.map(npmPackage)]
  const ids = new Set(packages.map(({ SPDXID }) => SPDXID))
  if (ids.size !== packages.length) throw new Error('two packages have the same id')
  const relationships: Relationship[] = [
    link(DOCUMENT, 'DESCRIBES', CARD),
    link(CARD, 'CONTAINS', PARLOR),
    ...card.debian.map(({ name }) => link(CARD, 'CONTAINS', debianId(name))),
    ...card.npm.packages.map((one) => link(PARLOR, 'CONTAINS', npmId(keyOf(one)))),
    ...card.npm.roots.map((root) => link(PARLOR, 'DEPENDS_ON', npmId(root))),
    ...card.debian.flatMap(({ name, needs }) => needs.map((other) => link(debianId(name), 'DEPENDS_ON', debianId(other)))),
    ...card.npm.packages.flatMap((one) => one.needs.map((other) => link(npmId(keyOf(one)), 'DEPENDS_ON', npmId(other)))),
  ]
  const name = `parlor-${card.version}-${card.board}`
  const digest = createHash('sha256')
    .update(JSON.stringify([card.date, packages, relationships]))
    .digest('hex')
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${digest.slice(0, 32)}`,
    creationInfo: {
      created: new Date(card.date * 1000).toISOString().replace('.000', ''),
      creators: [`Tool: parlor-image-${card.version}`],
    },
    packages,
    relationships,
  }
}

const keyOf = ({ name, version }: NpmPackage): string => `${name}@${version}`
const idOf = (text: string): string => text.replaceAll(/[^a-zA-Z0-9.-]/g, (sign) => `-${sign.charCodeAt(0).toString(16)}-`)
const debianId = (name: string): string => `SPDXRef-deb-${idOf(name)}`
const npmId = (key: string): string => `SPDXRef-npm-${idOf(key)}`
const link = (spdxElementId: string, relationshipType: Relationship['relationshipType'], relatedSpdxElement: string): Relationship => ({
  spdxElementId,
  relationshipType,
  relatedSpdxElement,
})

const unsaid = { filesAnalyzed: false, licenseConcluded: UNSAID, licenseDeclared: UNSAID, copyrightText: UNSAID } as const

function cardPackage({ board, version }: Card): SpdxPackage {
  return {
    ...unsaid,
    SPDXID: CARD,
    name: `parlor-card-${board}`,
    versionInfo: version,
    downloadLocation: UNSAID,
    supplier: UNSAID,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
  }
}

function parlorPackage({ version }: Card): SpdxPackage {
  return {
    ...unsaid,
    SPDXID: PARLOR,
    name: 'parlor',
    versionInfo: version,
    downloadLocation: UNSAID,
    supplier: UNSAID,
    licenseConcluded: 'MIT',
    licenseDeclared: 'MIT',
    primaryPackagePurpose: 'APPLICATION',
  }
}

function debianPackage(one: DebianPackage): SpdxPackage {
  const fromRaspberryPi = one.version.includes('+rpt') || /raspberrypi\.(com|org)/.test(one.maintainer)
  const place = fromRaspberryPi ? '&repository_url=https://archive.raspberrypi.com/debian' : ''
  return {
    ...unsaid,
    SPDXID: debianId(one.name),
    name: one.name,
    versionInfo: one.version,
    downloadLocation: UNSAID,
    supplier: `${/\bteam\b|maintainers|group|project|list|packagers/i.test(one.maintainer) ? 'Organization' : 'Person'}: ${agent(one.maintainer)}`,
    sourceInfo: `built from ${one.source.name} ${one.source.version}`,
    licenseComments: `said in /usr/share/doc/${one.name}/copyright`,
    externalRefs: [purl(`deb/debian/${encodeURIComponent(one.name)}@${encodeURIComponent(one.version)}?arch=${one.architecture}${place}`)],
  }
}

/** `Name <address>` as SPDX writes it: `Name (address)`. */
const agent = (maintainer: string): string => maintainer.replace(/\s*<([^>]*)>.*$/, ' ($1)')

function npmPackage(one: NpmPackage): SpdxPackage {
  const [, scope = '', bare = one.name] = /^(?:(@[^/]+)\/)?(.+)$/.exec(one.name) ?? []
  const license = one.license ?? UNSAID
  return {
    ...unsaid,
    SPDXID: npmId(keyOf(one)),
    name: one.name,
    versionInfo: one.version,
    downloadLocation: `https://registry.npmjs.org/${one.name}/-/${bare}-${one.version}.tgz`,
    supplier: UNSAID,
    licenseDeclared: license,
    ...(one.sha512 === null ? {} : { checksums: [{ algorithm: 'SHA512', checksumValue: one.sha512 }] }),
    externalRefs: [purl(`npm/${scope === '' ? '' : `${encodeURIComponent(scope)}/`}${encodeURIComponent(bare)}@${one.version}`)],
  }
}

function purl(rest: string): NonNullable<SpdxPackage['externalRefs']>[number] {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: `pkg:${rest}` }
}
