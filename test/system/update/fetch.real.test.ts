// A bundle and a list by HTTP from a server that answers as badly as servers do; at home, so that no certificate is needed.
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchBundle, readSmall } from '../../../src/system/update/fetch.ts'
import type { Offer } from '../../../src/system/update/list.ts'

const bytes = randomBytes(3_000_000)
const undo: Array<() => void> = []
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each()
})

async function serve(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  undo.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function shelf() {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-fetch-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  return { path: join(folder, 'x.raucb'), folder }
}
const offer = (url: string, more: Partial<Offer> = {}): Offer => ({
  ...{ version: '1.0.0', url, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), notes: { en: '', de: '' } },
  ...more,
})
const signal = () => AbortSignal.timeout(30_000)

describe('a bundle', () => {
  it('is fetched whole, and told of as it comes', async () => {
    const at = await serve((_, answer) => answer.end(bytes))
    const { path } = shelf()
    const told: number[] = []
    await fetchBundle(offer(`${at}/x`), { path, onProgress: (percent) => told.push(percent) }, signal())
    expect(readFileSync(path).equals(bytes)).toBe(true)
    expect(told.at(-1)).toBe(100)
    expect([...told].sort((a, b) => a - b)).toEqual(told)
  })
  it('that broke off goes on where it was', async () => {
    const ranges: Array<string | undefined> = []
    const at = await serve(({ headers }, answer) => {
      ranges.push(headers.range)
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
      if (from > 0) return void answer.writeHead(206).end(bytes.subarray(from))
      answer.writeHead(200, { 'content-length': bytes.length })
      answer.write(bytes.subarray(0, 1_000_000), () => setImmediate(() => answer.destroy()))
    })
    const { path } = shelf()
    const take = () => fetchBundle(offer(`${at}/x`), { path, onProgress: () => {} }, signal())
    await expect(take()).rejects.toMatchObject({ code: 'updates-away' })
    await take()
    expect(readFileSync(path).equals(bytes)).toBe(true)
    expect(ranges[0]).toBeUndefined()
    expect(ranges[1]).toMatch(/^bytes=[1-9]/)
  })
  it('comes from the beginning again from a server that gives no pieces', async () => {
    const at = await serve((_, answer) => answer.end(bytes))
    const { path } = shelf()
    writeFileSync(`${path}.part`, 'something of before')
    await fetchBundle(offer(`${at}/x`), { path, onProgress: () => {} }, signal())
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })
  it('that is another one than the list says is thrown away, also when it is longer', async () => {
    for (const other of [randomBytes(bytes.length), Buffer.concat([bytes, bytes])]) {
      const at = await serve((_, answer) => answer.end(other))
      const { path, folder } = shelf()
      const take = () => fetchBundle(offer(`${at}/x`), { path, onProgress: () => {} }, signal())
      await expect(take()).rejects.toMatchObject({ code: 'update-damaged' })
      await expect(take()).rejects.toMatchObject({ code: 'update-damaged' })
      expect(readdirSync(folder)).not.toContain('x.raucb')
    }
  })
  it('is not begun when the disk has no room for it', async () => {
    const at = await serve((_, answer) => answer.end(bytes))
    const { path, folder } = shelf()
    await expect(fetchBundle(offer(`${at}/x`, { size: 1e15 }), { path, onProgress: () => {} }, signal())).rejects.toMatchObject({
      code: 'disk-full',
    })
    expect(readdirSync(folder)).toEqual([])
  })
  it('follows a server that sends on, but not out of where updates may be read, and not for ever', async () => {
    const at = await serve(({ url }, answer) => {
      if (url === '/good') return void answer.writeHead(302, { location: '/x' }).end()
      if (url === '/round') return void answer.writeHead(302, { location: '/round' }).end()
      if (url === '/bad') return void answer.writeHead(302, { location: 'http://updates.example/x' }).end()
      if (url === '/file') return void answer.writeHead(302, { location: 'file:///etc/passwd' }).end()
      answer.end(bytes)
    })
    const take = (way: string) => fetchBundle(offer(at + way), { path: shelf().path, onProgress: () => {} }, signal())
    await take('/good')
    await expect(take('/round')).rejects.toMatchObject({ code: 'updates-away' })
    await expect(take('/bad')).rejects.toMatchObject({ code: 'bad-request' })
    await expect(take('/file')).rejects.toMatchObject({ code: 'bad-request' })
  })
  it('is let go of when something else begins', async () => {
    const at = await serve((_, answer) => void answer.write(bytes.subarray(0, 1000)))
    const off = new AbortController()
    const taking = fetchBundle(offer(`${at}/x`), { path: shelf().path, onProgress: () => off.abort(new Error('a call')) }, off.signal)
    await expect(taking).rejects.toThrow('a call')
  })
  it('on a stick is copied from there', async () => {
    const { path, folder } = shelf()
    const from = join(folder, 'stick.raucb')
    writeFileSync(from, bytes)
    await fetchBundle(offer(`file://${from}`), { path, onProgress: () => {} }, signal())
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })
})

describe('a list', () => {
  it('is read by http at home and from a file', async () => {
    const at = await serve((_, answer) => answer.end('{"a": 1}'))
    expect(await readSmall(new URL(at), 100, signal())).toBe('{"a": 1}')
    const { path } = shelf()
    writeFileSync(path, 'x')
    expect(await readSmall(new URL(`file://${path}`), 100, signal())).toBe('x')
  })
  it('that does not end, is not there, or is no file is refused', async () => {
    const at = await serve(({ url }, answer) => {
      if (url === '/no') return void answer.writeHead(404).end('no')
      const more = (): void => void answer.write('x'.repeat(10_000), () => answer.destroyed || more())
      more()
    })
    await expect(readSmall(new URL(`${at}/long`), 100_000, signal())).rejects.toMatchObject({ code: 'update-unreadable' })
    await expect(readSmall(new URL(`${at}/no`), 100, signal())).rejects.toMatchObject({ code: 'updates-away' })
    await expect(readSmall(new URL('file:///dev/zero'), 100, signal())).rejects.toMatchObject({ code: 'updates-away' })
    await expect(readSmall(new URL('file:///nowhere'), 100, signal())).rejects.toMatchObject({ code: 'updates-away' })
  })
})
