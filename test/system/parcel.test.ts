import { expect, test } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { Worker } from '../../src/media/worker.ts'
import { readFromHost, readToHost } from '../../src/system/fork-word.ts'
import { LONGEST_PARCEL, pack, Unpacker } from '../../src/system/parcel.ts'
import { FakeFork } from '../fake/fork.ts'
import { quietLog } from '../fake/quiet.ts'

const messages = [{ order: { do: 'open', port: 5000 } }, { jpeg: Buffer.from([1, 2, 3]) }, 'a text', null, { ports: { 1: 5002 } }]

test('messages come out as they went in, Buffers too, however the bytes are cut', () => {
  const bytes = Buffer.concat(messages.map(pack))
  for (const cut of [1, 2, 3, 5, 7, 64, bytes.length]) {
    const unpacker = new Unpacker()
    const out: unknown[] = []
    for (let at = 0; at < bytes.length; at += cut) out.push(...unpacker.take(bytes.subarray(at, at + cut)))
    expect(out).toEqual(messages)
  }
})

test('a length over the limit is refused as soon as it is read, before anything is kept for it', () => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(LONGEST_PARCEL + 1)
  expect(() => new Unpacker().take(head)).toThrow('too long')
  expect(() => pack(Buffer.alloc(LONGEST_PARCEL))).toThrow('too long')
})

test('bytes that are no message are refused, and nothing worse comes of them', () => {
  let refused = 0
  for (let seed = 1; seed <= 500; seed++) {
    const body = Buffer.from(Array.from({ length: 1 + (seed % 60) }, (_, i) => (seed * 2654435761 + i * 40503 * seed) >>> 24))
    const head = Buffer.alloc(4)
    head.writeUInt32BE(body.length)
    try {
      new Unpacker().take(Buffer.concat([head, body]))
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad-message' })
      refused++
    }
  }
  expect(refused).toBeGreaterThan(400)
})

test('what cannot be cloned is refused before it is sent', () => {
  expect(() => pack({ f: () => {} })).toThrow('cannot be sent')
})

test('what the watcher of workers sets in their environment is let through', () => {
  const forks = new FakeFork()
  const parts = { module: new URL('file:///x.ts'), fork: forks.fork, clock: new FakeClock(), log: quietLog().log, first: () => [] }
  new Worker({ name: 'camera', ...parts }).start()
  const { env } = forks.last
  expect(Object.keys(env).length).toBeGreaterThan(0)
  expect(readToHost({ fork: 'camera', env })).toEqual({ fork: 'camera', env })
})

test('the host is asked for a child with nothing else in its environment', () => {
  expect(readToHost({ fork: 'camera', env: { UV_THREADPOOL_SIZE: '16' } })).toEqual({ fork: 'camera', env: { UV_THREADPOOL_SIZE: '16' } })
  for (const env of [
    { LD_PRELOAD: '/tmp/x.so' },
    { NODE_OPTIONS: '--require x' },
    { UV_THREADPOOL_SIZE: '1;x' },
    { UV_THREADPOOL_SIZE: 16 },
    [],
  ])
    expect(readToHost({ fork: 'camera', env })).toBeNull()
})

test.each([null, 7, 'fork', [], {}, { fork: 7, env: {} }, { kill: 'SIGSTOP' }, { kill: 9 }])('%j is no word to the host', (raw) => {
  expect(readToHost(raw)).toBeNull()
})

test.each([null, 7, [], {}, { pid: -1 }, { pid: 'x' }, { exit: 7 }])('%j is no word from the host', (raw) => {
  expect(readFromHost(raw)).toBeNull()
})
