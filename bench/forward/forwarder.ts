// forwarder.ts — the process whose CPU is counted: one call comes in, its packets go out to all others.
//
// Spoken with by process messages: an offer is answered in the order they come, the first being the sender's; `count` is answered with the CPU
// time so far, of all threads, and the packets that went out.
import type { Line } from '../../src/call/transport.ts'
import { type StackName, stackOf } from './stack.ts'

export type Ask = { readonly ask: 'answer'; readonly offer: string } | { readonly ask: 'count' } | { readonly ask: 'end' }
export type Said = { readonly answer: string } | { readonly cpuMicros: number; readonly forwarded: number }

const stack = await stackOf(process.argv[2] as StackName)
const receivers: Array<ReturnType<typeof stack.open>> = []
let forwarded = 0
let isFirst = true

const forward = (line: Line, packet: unknown): void => {
  for (const receiver of receivers) {
    receiver.send(line, packet)
    forwarded++
  }
}

const say = (said: Said): void => void process.send?.(said)

process.on('message', async (message: Ask) => {
  if (message.ask === 'end') process.exit(0)
  else if (message.ask === 'count') {
    const { user, system } = process.cpuUsage()
    say({ cpuMicros: user + system, forwarded })
  } else {
    const end = stack.open(isFirst ? forward : () => {})
    if (!isFirst) receivers.push(end)
    isFirst = false
    say({ answer: await end.answer(message.offer) })
  }
})
