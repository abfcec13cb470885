// phone.ts — a program: a phone that is paired with a box by the link of its QR code, and then asks it for things, for a test. It runs in
// the network of the box (ip netns exec NAMESPACE node phone.ts HOST:PORT LINK). Reads lines of JSON: { intent } or { setting: [path, value] },
// and says for each, in order, "done" or "no: SENTENCE".
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Intent } from '../../../src/core/intent.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { RemoteLink } from '../../../src/web/pages/kit/remote.ts'
import type { OpenSocket } from '../../../src/web/pages/kit/remote-line.ts'
import { SOCKET_PATH } from '../../../src/wire/remote.ts'

const [host = '', link = ''] = process.argv.slice(2)
const socket: OpenSocket = (ears) => {
  const open = new WebSocket(`ws://${host}${SOCKET_PATH}`)
  open.binaryType = 'arraybuffer'
  open.onopen = () => ears.opened()
  open.onclose = () => ears.closed()
  open.onmessage = ({ data }) => ears.heard(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer))
  return {
    send: (frame) => void (open.readyState === WebSocket.OPEN && open.send(typeof frame === 'string' ? frame : frame.slice())),
    close: () => open.close(),
  }
}
/** It forgets the box when it ends. */
const phone = new RemoteLink({ socket, clock: systemClock, shelf: { read: () => null, write: () => {} } })
phone.start()
await phone.pairByQr(link, 'A phone of the test')
while (phone.now !== 'connected') await sleep(20)
console.log('paired')

/** A box takes so many orders a second of one phone; who is faster is told so. */
const NOT_SO_FAST = /not so fast/i
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as { readonly intent: Intent } | { readonly setting: readonly [string, unknown] }
  for (;;) {
    const said = await ('intent' in order
      ? phone.ask(order.intent)
      : phone.query('set setting', { path: order.setting[0], value: order.setting[1] })
    ).then(
      () => 'done',
      (error: unknown) => `no: ${error instanceof Error ? error.message : error}`,
    )
    if (!NOT_SO_FAST.test(said)) {
      console.log(said)
      break
    }
    await sleep(50)
  }
}
phone.close()
process.exit()
