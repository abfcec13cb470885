// vite.config.ts — makes the pages: six documents and their assets in dist/pages, for any static server.
//
//   dist/pages/index.html   /     where do you want to go
//   dist/pages/r.html       /r    join a room
//   dist/pages/tv.html      /tv   the TV's picture
//   dist/pages/remote.html  /remote   a phone as the remote; with what installs it beside it
//   dist/pages/w.html       /w/PROGRAM   watch a program
//   dist/pages/setup.html  /setup   a new box finds its network (on its own access point alone)
//   dist/pages/assets/      names with a hash inside: may be cached for ever
//
// No page has inline scripts or styles, a font from elsewhere or another host, so a strict content policy fits:
// default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ws: wss:.
import { renameSync, rmdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const here = import.meta.dirname
const pages = join(here, 'src/web/pages')
const out = join(here, 'dist/pages')
/** The page's folder in src, and its document in dist. */
const DOCUMENTS = { home: 'index.html', join: 'r.html', tv: 'tv.html', remote: 'remote.html', view: 'w.html', setup: 'setup.html' } as const

/** What a phone fetches for a page, at first and for what follows, may weigh this much, compressed. */
const LIMIT = 150_000

/** Gives every document the name that its address has. */
const documents = (): Plugin => {
  let folder = out
  return {
    name: 'documents',
    configResolved({ build }) {
      folder = build.outDir
    },
    closeBundle() {
      for (const [page, document] of Object.entries(DOCUMENTS)) {
        renameSync(join(folder, page, 'index.html'), join(folder, document))
        rmdirSync(join(folder, page))
      }
    },
  }
}

/** Prints what each page weighs, and fails the build when one is too heavy. */
const scales: Plugin = {
  name: 'scales',
  generateBundle(_options, bundle) {
    const weigh = (name: string): number => {
      const file = bundle[name]
      return file ? gzipSync(file.type === 'chunk' ? file.code : file.source).length : 0
    }
    for (const entry of Object.values(bundle)) {
      if (entry.type !== 'chunk' || !entry.isEntry) continue
      const first = new Set<string>()
      const later = new Set<string>()
      const walk = (name: string, into: Set<string>): void => {
        const chunk = bundle[name]
        if (first.has(name) || into.has(name) || chunk?.type !== 'chunk') return
        into.add(name)
        for (const style of chunk.viteMetadata?.importedCss ?? []) into.add(style)
        for (const other of chunk.imports) walk(other, into)
        for (const other of chunk.dynamicImports) walk(other, later)
      }
      walk(entry.fileName, first)
      const sum = (names: Set<string>): number => [...names].reduce((bytes, name) => bytes + weigh(name), 0)
      const all = sum(first)
      const rest = sum(new Set([...later].filter((name) => !first.has(name))))
      const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
      this.info(`${entry.name}: ${kB(all)} at first, ${kB(rest)} later (compressed)`)
      if (all + rest > LIMIT) this.error(`${entry.name} weighs ${kB(all + rest)}, more than ${kB(LIMIT)}`)
    }
  },
}

const module = (name: string): string => join(here, 'node_modules', name)
const stand = (name: string): string => join(pages, 'kit/node', name)
const only = (name: string): RegExp => new RegExp(`^(?:node:)?${name}/?$`)

export default defineConfig({
  root: pages,
  base: '/',
  // Manifest and icons must keep their names.
  publicDir: join(pages, 'remote/installed'),
  plugins: [documents(), scales],
  define: { global: 'globalThis' },
  resolve: {
    // What stands for Node's modules inside the MQTT client, so that it weighs some 40 kB less than the library's own bundle.
    alias: [
      { find: only('buffer'), replacement: module('buffer/index.js') },
      { find: only('events'), replacement: module('events/events.js') },
      { find: only('string_decoder'), replacement: module('string_decoder/lib/string_decoder.js') },
      { find: only('process'), replacement: stand('process.ts') },
      { find: only('debug'), replacement: stand('debug.cjs') },
      { find: only('worker-timers'), replacement: stand('none.ts') },
      { find: only('lru-cache'), replacement: stand('none.ts') },
      { find: only('ws'), replacement: stand('none.ts') },
    ],
  },
  build: {
    outDir: out,
    emptyOutDir: true,
    target: 'es2022',
    // Inlined assets would need data: in a content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.keys(DOCUMENTS).map((page) => [basename(page), join(pages, page, 'index.html')])),
      transform: { inject: { Buffer: ['buffer', 'Buffer'], process: ['process', 'default'] } },
    },
  },
})
