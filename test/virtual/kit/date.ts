// date.ts — a program: whoever asks for the date on this network (SNTP, RFC 4330) gets it, so many seconds wrong. For a test of what a box does
// with the date; it runs in the network of the box (ip netns exec NAMESPACE node date.ts). Reads lines: how many seconds to add from now on.
import { createSocket } from 'node:dgram'
import { createInterface } from 'node:readline'

/** Seconds from 1900, where NTP begins, to 1970. */
const BEFORE_1970 = 2_208_988_800
const LENGTH = 48
let add = 0

const stamp = (into: Buffer, at: number): void => {
  const now = Date.now() / 1000 + add + BEFORE_1970
  into.writeUInt32BE(Math.floor(now), at)
  into.writeUInt32BE(Math.floor((now % 1) * 2 ** 32), at + 4)
}

const server = createSocket('udp4')
server.on('message', (asked, from) => {
  if (asked.length < LENGTH) return
  const answer = Buffer.alloc(LENGTH)
  answer[0] = 0b00_100_100 // no leap second, version 4, a server
  answer[1] = 2 // it has its date from one that has a clock
  answer[2] = asked[2] ?? 0
  answer[3] = 0xec
  answer.write('TEST', 12)
  stamp(answer, 16)
  asked.copy(answer, 24, 40, 48) // what the asker said is its own time
  stamp(answer, 32)
  stamp(answer, 40)
  server.send(answer, from.port, from.address)
})
server.bind(123, () => console.log('listening'))

for await (const line of createInterface({ input: process.stdin })) {
  add = Number(line)
  console.log(`adding ${add}`)
}
process.exit()
