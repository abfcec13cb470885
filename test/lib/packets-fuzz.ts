// packets-fuzz.ts — throws hundreds of thousands of calls at an addon built with AddressSanitizer, right and wrong ones, of every length.
//
// Run by packets.slow.real.test.ts. Every Buffer is allocated for itself, so that one byte too far is seen; a memory error ends the process.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Packets } from '../../src/lib/packets.ts'
import { dice } from '../fake/dice.ts'

const [file = '', rounds = '1000'] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as Packets
const random = dice(11)
const exactly = (length: number): Buffer => Buffer.allocUnsafeSlow(length).fill(random(256))
const some = (most: number): Buffer => exactly(random(3) === 0 ? random(40) : random(most))
const words = () => [random(2 ** 32), random(2 ** 32), random(65_536)] as const
let refused = 0
const tried = (call: () => unknown): unknown => {
  try {
    return call()
  } catch {
    refused++
    return null
  }
}

const sockets = await Promise.all(
  Array.from({ length: 4 }, async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  }),
)
const room = exactly(65_536)
const news = exactly(192)
const from = exactly(448)
const fdOf = (socket: object): number => {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol')
  return key ? (Reflect.get(socket, key) as { handle: { fd: number } }).handle.fd : -1
}
let doors: number[] = []
let heard = 0
function reopen(): void {
  for (const door of doors) addon.close(door)
  doors = sockets.map((socket) => addon.door(fdOf(socket)))
  for (const door of doors)
    addon.listen(door, room, news, from, (count) => {
      heard += count
      if (random(40) === 0) reopen()
    })
}

for (let i = 0; i < Number(rounds); i++) {
  const isGcm = random(2) === 0
  const suite = addon.suite(isGcm, exactly(16), exactly(20), exactly(isGcm ? 12 : 14))
  tried(() => addon.suite(random(2) === 0, some(40), some(40), some(40)))
  for (let k = 0; k < 20; k++) {
    const [payload, turn] = [some(1500), words()]
    const header = random(60)
    const into = exactly(header + payload.length + (isGcm ? 16 : 10))
    const length = addon.seal(suite, into, header, payload, ...turn)
    const plain = exactly(payload.length)
    if (addon.open(suite, into, header, plain, ...turn) !== payload.length || length !== into.length || !plain.equals(payload))
      throw new Error(`round ${i}: what was sealed is not opened`)
    tried(() => addon.seal(suite, some(2000), random(2100), some(2000), ...turn))
    tried(() => addon.open(suite, some(2000), random(2100), some(2000), ...turn))
    tried(() => addon.open(suite, into.subarray(random(into.length)), random(70), some(2000), ...turn))
    tried(() => addon.open(suite, into, header, exactly(random(payload.length + 2)), ...turn))
    const report = exactly(8 + random(300))
    const sealed = exactly(report.length + 4 + (isGcm ? 16 : 10))
    addon.sealControl(suite, report, random(2 ** 32), sealed, ...turn)
    const opened = exactly(report.length)
    if (addon.openControl(suite, sealed, opened, ...turn) !== report.length || !opened.equals(report)) throw new Error(`round ${i}: report`)
    tried(() => addon.sealControl(suite, some(400), 1, some(400), ...turn))
    tried(() => addon.openControl(suite, some(400), some(400), ...turn))
    tried(() => addon.openControl(suite, sealed.subarray(0, random(sealed.length)), opened, ...turn))
  }
  if (i % 50 === 0) reopen()
  for (let k = 0; k < 4; k++) {
    const to = addon.address('127.0.0.1', sockets[random(4)]?.address().port ?? 9)
    const arena = exactly(28 + random(3000))
    if (to && arena.length >= 28) arena.set(to)
    const orders = new Int32Array(5 * (1 + random(4)))
    for (let at = 0; at < orders.length; at += 5)
      orders.set(
        [
          doors[random(4)] ?? random(9),
          random(8) === 0 ? random(9000) - 4000 : 28,
          random(arena.length - 27),
          random(8) === 0 ? random(99) : 16,
        ],
        at,
      )
    tried(() => addon.send(arena, Buffer.from(orders.buffer), random(8) === 0 ? random(9) : orders.length / 5))
  }
  tried(() => addon.address(exactly(random(200)).toString('latin1'), random(70_000)))
  tried(() => addon.host(some(60)))
  tried(() => addon.listen(random(2000), some(70_000), some(200), some(500), () => {}))
  if (i % 20 === 0) await (i % 100 === 0 ? sleep(2) : new Promise(setImmediate))
}
for (const door of doors) addon.close(door)
for (const socket of sockets) socket.close()
console.log(JSON.stringify({ refused, heard }))
