// rules.ts — the house rules as data and one pure function: who may import whom, and through which door.
import { dirname, join, relative } from 'node:path'

/** Who may import whom. A folder may always import itself. */
const BASE = ['wire', 'core', 'lib'] as const
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  core: ['lib'],
  wire: ['lib', 'core'],
  room: BASE,
  call: BASE,
  media: BASE,
  broadcast: BASE,
  hw: BASE,
  control: BASE,
  web: BASE,
  system: BASE,
  rendezvous: BASE,
  'web/pages': [...BASE, 'room', 'call', 'broadcast'],
  app: [...BASE, 'room', 'call', 'media', 'broadcast', 'hw', 'control', 'web', 'system', 'rendezvous'],
}

/** One library, one door: the files (or folders) that may import it. A library that is not named here has no door at all. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  zod: [
    'core/',
    'wire/',
    'control/topic.ts',
    'control/topic-row.ts',
    'control/topic-update.ts',
    'control/topic-words.ts',
    'control/topic-order.ts',
    'system/steward/words.ts',
    'system/slots/pending.ts',
  ],
  'smol-toml': ['core/toml.ts'],
  yaml: ['system/imager/yaml.ts'],
  'lean-qr': ['lib/qr.ts'],
  '@noble/': ['wire/crypto.ts', 'wire/exchange.ts'],
  werift: ['call/werift.ts', 'call/werift/'],
  tweetnacl: ['call/werift/x25519.ts'],
  mqtt: ['control/mqtt.ts', 'web/pages/kit/mqtt.ts'],
  aedes: ['control/broker.ts'],
  ws: ['web/socket.ts', 'web/socket-out.ts'],
  '@peculiar/x509': ['web/certificate/x509.ts'],
  'reflect-metadata': ['web/certificate/x509.ts'],
  'gstreamer-superficial': ['media/gst.ts'],
  '@ennuicastr/webrtcaec3.js': ['media/sound/echo.ts'],
  onoff: ['hw/gpio.ts'],
  epoll: ['hw/ioctl.ts'],
  'unix-dgram': ['system/systemd.ts'],
  'dbus-native': ['system/bluetooth/bus.ts'],
  pino: ['system/journal.ts'],
  'pino-pretty': ['system/journal.ts'],
  preact: ['web/pages/'],
  '@preact/': ['web/pages/'],
  'node:http': ['web/server.ts', 'web/secure.ts', 'broadcast/relay/upstream.ts'],
  'node:https': ['broadcast/relay/upstream.ts'],
  'node:http2': ['web/secure.ts', 'web/server.ts'],
  'node:child_process': ['system/process.ts'],
  'node:fs': [
    'system/disk.ts',
    'system/media-folder.ts',
    'system/process.ts',
    'system/slots/selector.ts',
    'system/reset/',
    'system/update/',
    'media/capture/device.ts',
    'media/screen/connector.ts',
    'media/sound/card.ts',
    'hw/',
  ],
  'node:dgram': ['media/port.ts', 'call/werift/turn-wire.ts', 'system/mdns.ts'],
  'node:net': [
    'lib/listening.ts',
    'control/local.ts',
    'system/lock.ts',
    'system/fork-host.ts',
    'system/remote-fork.ts',
    'system/steward/',
    'call/werift/',
  ],
  'node:timers': ['lib/clock.ts'],
}

/** Every way to name another module: static and dynamic import, export from, require, createRequire(...)(). A name that ends in .from is none, nor is the word 'from' itself. */
const SPECIFIER = /(?:(?<![.'"])\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\)?\(\s*|import\.meta\.url\)\s*\(\s*)['"]([^'"\n]+)['"]/g
const TYPES_ONLY = /\bimport\s+type\s[^'"]*['"][^'"]+['"]/g

const folderOf = (home: string): string => (home.startsWith('web/pages/') ? 'web/pages' : (home.split('/')[0] ?? ''))
const names = (text: string): string[] => [...text.matchAll(SPECIFIER)].map(([, name = '']) => name)

function doorsOf(library: string): readonly string[] | undefined {
  const door = Object.entries(DOORS).find(([name]) => library === name || library.startsWith(name.endsWith('/') ? name : `${name}/`))
  if (door) return door[1]
  return library.startsWith('node:') ? undefined : []
}

/**
 * Every breach of the house rules, one sentence each.
 * @param root the src folder  @param files absolute paths of its sources  @param read gives a file's text
 */
export function faults(root: string, files: readonly string[], read: (file: string) => string): string[] {
  const all = files.flatMap((file) => {
    const home = relative(root, file)
    const folder = folderOf(home)
    return names(read(file)).flatMap((name) => {
      if (!name.startsWith('.')) {
        const doors = doorsOf(name)
        return !doors || doors.some((d) => home.startsWith(d)) ? [] : [`${home}: ${name} has its own door`]
      }
      const target = folderOf(relative(root, join(dirname(file), name)))
      return target === folder || FLOORS[folder]?.includes(target) ? [] : [`${home}: ${folder} may not import ${target}`]
    })
  })
  return [...all, ...nodeInPages(root, files, read)]
}

/** Pages run in a browser: nothing they reach, however far, may need Node. Imports of types alone do not count. */
function nodeInPages(root: string, files: readonly string[], read: (file: string) => string): string[] {
  const found: string[] = []
  const seen = new Set<string>()
  const walk = (file: string, from: string): void => {
    if (seen.has(file) || !files.includes(file)) return
    seen.add(file)
    for (const name of names(read(file).replace(TYPES_ONLY, ''))) {
      if (name.startsWith('node:')) found.push(`${relative(root, file)}: a page reaches ${name} (from ${from})`)
      else if (name.startsWith('.')) walk(join(dirname(file), name), from)
    }
  }
  for (const file of files) {
    const home = relative(root, file)
    if (home.startsWith('web/pages/')) walk(file, home)
  }
  return found
}
