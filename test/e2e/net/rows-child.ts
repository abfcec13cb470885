// rows-child.ts — sends pictures to two listeners through the addon, in turns, and says what came and how many times the system was asked to send.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type QuickSocket, quicken } from '../../../src/lib/quick-socket.ts'

const HOST = '127.0.0.1'

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, HOST)
  await once(socket, 'listening')
  return socket
}

/** Counted once for each piece that is handed to the system, however many datagrams it is cut into (RFC 4113 has the name). */
function handed(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'latin1').match(/^Udp:.*$/gm) ?? []
  return Number(values.split(' ')[names.split(' ').indexOf('OutDatagrams')])
}

const [one, two] = [await bound(), await bound()]
const sockets = [await bound(), await bound()]
const heard: [string[], string[]] = [[], []]
for (const [i, listener] of [one, two].entries())
  listener.on('message', (data) => void heard[i]?.push(`${data.length} ${data.readUInt16BE(1)}`))
for (const socket of sockets) if (!quicken(socket as unknown as QuickSocket, null)) throw new Error('there is no addon')

// The first goes alone: until then nobody knows where to.
for (const [i, to] of [one, two].entries()) sockets[i]?.send(Buffer.alloc(3, 0x80), to.address().port, HOST)
await sleep(50)
for (const all of heard) all.length = 0

const sent: [string[], string[]] = [[], []]
const before = handed()
let count = 0
/** Of each packet a length, the same packet to both. */
for (const picture of JSON.parse(process.argv[2] ?? '[]') as number[][]) {
  for (const length of picture) {
    const packet = Buffer.alloc(length, 0x80)
    packet.writeUInt16BE(++count, 1)
    for (const [i, to] of [one, two].entries()) {
      sent[i]?.push(`${length} ${count}`)
      sockets[i]?.send(packet, to.address().port, HOST)
    }
  }
  await sleep(2)
}
await sleep(200)
process.stdout.write(JSON.stringify({ handed: handed() - before, sent, heard }))
for (const each of [one, two, ...sockets]) each.close()
