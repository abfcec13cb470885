// A relayed call outlives the first nonce of its TURN server. The server here is a small one that forgets its nonce when told to.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTurnClient, Message } from 'werift'
import type { Turn } from '../../../src/call/werift/inner.ts'
import { Odd } from '../../../src/call/werift/odd.ts'
import { mendTurn } from '../../../src/call/werift/turn.ts'
import { TurnServer } from './turn-server.ts'

let server: TurnServer
beforeEach(async () => {
  server = new TurnServer()
  await server.open()
})
afterEach(() => server.close())

const client = () => createTurnClient({ address: ['127.0.0.1', server.port], username: 'u', password: 'c' }, { transport: 'udp' })

test('a stale nonce is taken up and the request said again, signed anew', async () => {
  const turn = await client()
  try {
    mendTurn(turn as unknown as Turn, new Odd())
    server.nonce = 'second'
    await turn.getPermission(['192.0.2.9', 9])
    expect(server.permissions).toEqual(['192.0.2.9'])
    server.nonce = 'third'
    await turn.getPermission(['192.0.2.10', 9])
    expect(server.permissions).toEqual(['192.0.2.9', '192.0.2.10'])
  } finally {
    await turn.close()
  }
})

test('werift alone never hears that its nonce is stale', async () => {
  const turn = await client()
  try {
    server.nonce = 'second'
    const outcome = await Promise.race([
      turn.getPermission(['192.0.2.9', 9]).then(
        () => 'permitted',
        () => 'refused',
      ),
      new Promise((resolve) => setTimeout(() => resolve('waits'), 700)),
    ])
    expect(outcome).toBe('waits')
    expect(server.stale).toBeGreaterThan(1)
  } finally {
    await turn.close()
  }
})

test('nobody but the server speaks for the server', async () => {
  const turn = await client()
  const odd = new Odd()
  try {
    const inner = turn as unknown as Turn
    mendTurn(inner, odd)
    const heard = vi.fn()
    turn.onData.subscribe(heard)
    const indication = new Message(7 as never, 0x0010 as never)
      .setAttribute('DATA', Buffer.from('forged'))
      .setAttribute('XOR-PEER-ADDRESS', ['192.0.2.9', 9])
    inner.transport.onData(Buffer.from((indication as Message).bytes), ['192.0.2.66', server.port])
    expect(heard).not.toHaveBeenCalled()
    expect(odd.count('turn from a stranger')).toBe(1)
    inner.transport.onData(Buffer.from((indication as Message).bytes), ['127.0.0.1', server.port])
    expect(heard).toHaveBeenCalledOnce()
  } finally {
    await turn.close()
  }
})
