// rpi-image-gen.test.ts — the recipe in the terms of rpi-image-gen fits its layer format and is in step with the one recipe. It was never built
// with rpi-image-gen here: that needs Raspberry Pi's archive.
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { DISK, SIZE } from '../../image/layout.ts'
import { derivedFiles, oldFiles } from '../../image/rpi-image-gen.ts'

const HOME = join(import.meta.dirname, '../../image/rpi-image-gen')
const files = readdirSync(HOME, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(HOME, path)).isFile())
const read = (path: string) => readFileSync(join(HOME, path), 'utf8')
const layers = files.filter((path) => path.endsWith('.yaml') && !path.startsWith('config/'))

/** The fields between METABEGIN and METAEND: deb822 in comments. */
function metaOf(text: string): ReadonlyMap<string, string> {
  const [, block = ''] = /^# METABEGIN\n([\s\S]*?)^# METAEND$/m.exec(text) ?? []
  const unfolded = block.replaceAll(/\n# {2,}/g, ' ')
  return new Map([...unfolded.matchAll(/^# (X-Env-[\w-]+): ?(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))
}

/** What rpi-image-gen itself brings, of what is asked for here (docs/layer of its repository). */
const SHIPPED = ['rpizero2w', 'image-base', 'device-base', 'debian-trixie-arm64', 'rpi-debian-trixie']
const FIELDS =
  /^X-Env-(Layer-(Name|Category|Desc|Version|Requires|Provides|RequiresProvider|Conflicts)|VarPrefix|VarRequires(-Valid)?|Var-[a-z_0-9]+(-(Desc|Required|Valid|Set|Triggers|Conflicts))?)$/

test('every layer has its metadata, in fields that rpi-image-gen knows, and a body that is mmdebstrap YAML', () => {
  expect(layers.length).toBe(3)
  for (const path of layers) {
    const meta = metaOf(read(path))
    expect([path, [...meta.keys()].filter((name) => !FIELDS.test(name))]).toEqual([path, []])
    expect(meta.get('X-Env-Layer-Name')).toBe(basename(path, '.yaml'))
    for (const name of ['Category', 'Desc', 'Version']) expect(meta.get(`X-Env-Layer-${name}`)).toMatch(/\S/)
    for (const name of meta.keys()) if (/^X-Env-Var-[a-z_]+$/.test(name)) expect([...meta.keys()]).toContain(`${name}-Valid`)
    if ([...meta.keys()].some((name) => name.startsWith('X-Env-Var-'))) expect(meta.has('X-Env-VarPrefix')).toBe(true)
    const body: unknown = parse(read(path))
    if (body !== null) expect(Object.keys(body as object)).toEqual(['mmdebstrap'])
  }
})

test('what layers and the configuration ask for is here or comes with rpi-image-gen, and only the image is provided here', () => {
  const names = layers.map((path) => metaOf(read(path)).get('X-Env-Layer-Name') ?? '')
  const config = parse(read('config/parlor.yaml')) as { device: { layer: string }; image: { layer: string }; layer: string[] }
  const asked = [
    config.device.layer,
    config.image.layer,
    ...config.layer,
    ...layers.flatMap((path) => (metaOf(read(path)).get('X-Env-Layer-Requires') ?? '').split(/,\s*/)),
  ]
  for (const name of asked.filter(Boolean)) expect([...names, ...SHIPPED]).toContain(name)
  for (const name of names) expect(asked).toContain(name)
  expect(
    layers.filter((path) => metaOf(read(path)).has('X-Env-Layer-Provides')).map((path) => metaOf(read(path)).get('X-Env-Layer-Provides')),
  ).toEqual(['image'])
})

test('hooks belong to a layer, are named by a phase, can be run, and name files that are there', () => {
  const hooks = files.filter((path) => path.includes('.d/hooks/'))
  expect(hooks.length).toBe(2)
  for (const path of hooks) {
    accessSync(join(HOME, path), constants.X_OK)
    expect(basename(path)).toMatch(
      /^(prebuild|setup|extract|essential|customize|cleanup|postbuild|preimage|postimage|deploy)[0-9]*-[a-z0-9-]+$/,
    )
    expect(layers).toContain(dirname(dirname(path)).replace(/\.d$/, '.yaml'))
    for (const [, name = ''] of read(path).matchAll(/\$checkout\/([\w./-]+\w)/g)) statSync(join(HOME, '../..', name))
    for (const [, name = ''] of read(path).matchAll(/\$LAYER_DOTD\/([\w./-]+\w)/g)) statSync(join(HOME, dirname(dirname(path)), name))
  }
})

test('packages and partitions are those of the one recipe (node image/rpi-image-gen.ts writes them)', async () => {
  expect(await oldFiles()).toEqual([])
  const made = await derivedFiles()
  const packages = (parse(made.get('image/rpi-image-gen/layer/parlor-system.yaml') ?? '') as { mmdebstrap: { packages: string[] } })
    .mmdebstrap.packages
  expect(packages).toEqual(expect.arrayContaining(['systemd', 'rauc', 'network-manager', 'gstreamer1.0-tools', 'gstreamer1.0-libcamera']))
  const genimage = made.get('image/rpi-image-gen/image/parlor-card.d/genimage.cfg.in') ?? ''
  expect([...genimage.matchAll(/^ {3}partition (\S+)/gm)].map(([, name]) => name)).toEqual([
    'SELECTOR',
    'BOOT_A',
    'BOOT_B',
    'ROOT_A',
    'ROOT_B',
    'STATE',
    'MEDIA',
  ])
  expect(genimage).toContain(`disk-signature = 0x${DISK}`)
  expect(genimage.match(new RegExp(`size = ${SIZE.root}M`, 'g'))).toHaveLength(3)
})
