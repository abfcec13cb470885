import { createSocket, type Socket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { RtpIn, RtpOut } from '../../src/media/port.ts'

const undo: Array<() => void> = []
afterEach(() => {
  for (const close of undo.splice(0)) close()
})

function rtp(sequence: number, size = 100): Buffer {
  const packet = Buffer.alloc(size)
  packet[0] = 0x80
  packet.writeUInt16BE(sequence & 0xffff, 2)
  return packet
}
const sequence = (packet: Buffer): number => packet.readUInt16BE(2)

async function receiver(): Promise<{ into: RtpIn; port: number; got: number[]; until: (done: () => boolean) => Promise<void> }> {
  const got: number[] = []
  let look = (): void => {}
  const into = new RtpIn((packet) => {
    got.push(sequence(packet))
    look()
  })
  undo.push(() => into.close())
  const port = await into.open()
  const until = (done: () => boolean): Promise<void> =>
    new Promise((go) => {
      look = () => {
        if (!done()) return
        clearInterval(timer)
        go()
      }
      const timer = setInterval(look, 5)
    })
  return { into, port, got, until }
}
async function stranger(address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket('udp4')
  await new Promise<void>((go) => socket.bind(0, address, go))
  undo.push(() => socket.close())
  return socket
}
const sender = (port: number): RtpOut => {
  const out = new RtpOut()
  undo.push(() => out.close())
  out.to(port)
  return out
}

describe('RTP over loopback', () => {
  it('arrives whole and in order, also what was sent before the socket was ready', async () => {
    const { port, got, until } = await receiver()
    const out = sender(port)
    for (let n = 0; n < 50; n++) out.send(rtp(n, 1200))
    await until(() => got.length === 50)
    expect(got).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect(out.dropped.total).toBe(0)
  })
  it('takes a keyframe of 120 packets in one burst', async () => {
    const { port, got, until } = await receiver()
    const out = sender(port)
    out.send(rtp(0))
    await until(() => got.length === 1)
    for (let n = 1; n <= 120; n++) out.send(rtp(n, 1200))
    await until(() => got.length === 121)
    expect(out.dropped.total).toBe(0)
  })
  it('drops the oldest and counts them while nobody can be sent to, and goes on with the newest', async () => {
    const { port, got, until } = await receiver()
    const out = sender(port)
    for (let n = 0; n < 200; n++) out.send(rtp(n))
    expect(out.dropped.total).toBe(200 - 64)
    await until(() => got.length === 64)
    expect(got[0]).toBe(136)
    expect(got.at(-1)).toBe(199)
  })
  it('survives a receiver that is gone, and finds the next', async () => {
    const first = await receiver()
    const out = sender(first.port)
    out.send(rtp(1))
    await first.until(() => first.got.length === 1)
    first.into.close()
    for (let n = 2; n < 200; n++) out.send(rtp(n))
    const second = await receiver()
    out.to(second.port)
    out.send(rtp(500))
    await second.until(() => second.got.length === 1)
    expect(second.got).toEqual([500])
  })
  it('takes packets of its worker only, and counts the others', async () => {
    const { into, port, got, until } = await receiver()
    const worker = await stranger()
    const other = await stranger()
    worker.send(rtp(1), port, '127.0.0.1')
    await until(() => got.length === 1)
    other.send(rtp(2), port, '127.0.0.1')
    await until(() => into.refused.total === 1)
    worker.send(rtp(3), port, '127.0.0.1')
    await until(() => got.length === 2)
    expect(got).toEqual([1, 3])
    into.expect(null)
    other.send(rtp(4), port, '127.0.0.1')
    await until(() => got.length === 3)
    worker.send(rtp(5), port, '127.0.0.1')
    await until(() => into.refused.total === 2)
    into.expect(worker.address().port)
    worker.send(rtp(6), port, '127.0.0.1')
    await until(() => got.length === 4)
    expect(got).toEqual([1, 3, 4, 6])
  })
  it('refuses another address of this machine', async () => {
    const { into, port, got, until } = await receiver()
    const elsewhere = await stranger('127.0.0.2')
    elsewhere.send(rtp(1), port, '127.0.0.1')
    await until(() => into.refused.total === 1)
    expect(got).toEqual([])
  })
  it('refuses what is no RTP', async () => {
    const { into, port, got, until } = await receiver()
    const worker = await stranger()
    for (const odd of [Buffer.alloc(0), Buffer.from('short'), Buffer.alloc(40), rtp(1, 1501)]) worker.send(odd, port, '127.0.0.1')
    await until(() => into.refused.total === 4)
    expect(got).toEqual([])
  })
  it('goes on when its taker throws', async () => {
    let taken = 0
    const into = new RtpIn(() => {
      taken++
      throw new Error('a bug of the taker')
    })
    undo.push(() => into.close())
    const port = await into.open()
    const out = sender(port)
    out.send(rtp(1))
    out.send(rtp(2))
    while (taken < 2) await new Promise((go) => setTimeout(go, 5))
    expect(into.refused.total).toBe(2)
  })
  it('does not keep anybody waiting who closes it while it opens', async () => {
    const into = new RtpIn(() => {})
    const opening = into.open()
    into.close()
    await expect(opening).rejects.toMatchObject({ code: 'transport' })
  })
})
