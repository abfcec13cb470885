// When send() is over the datagram is on its way, so its bytes may be used again; and nobody is asked about an address.
import { createSocket } from 'node:dgram'
import dns from 'node:dns'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { UdpTransport } from 'werift'
import '../../src/call/werift/socket.ts'

afterEach(() => vi.restoreAllMocks())

test.each([
  ['udp4', '127.0.0.1'],
  ['udp6', '::1'],
] as const)('%s: bytes changed right after send() do not change what arrives', async (type, host) => {
  const peer = createSocket(type)
  peer.bind(0, host)
  await once(peer, 'listening')
  const arrived: string[] = []
  peer.on('message', (datagram) => void arrived.push(datagram.toString()))
  const lookups = [vi.spyOn(dns, 'lookup'), vi.spyOn(dns.promises, 'lookup')]
  const transport = await UdpTransport.init(type)
  try {
    expect(transport.addressFamily).toBe(type === 'udp4' ? 4 : 6)
    const bytes = Buffer.alloc(1)
    const sent = ['a', 'b', 'c', 'd']
    for (const letter of sent) {
      bytes.write(letter)
      transport.socket.send(bytes, peer.address().port, host)
    }
    bytes.write('x')
    await vi.waitFor(() => expect(arrived).toEqual(sent), { timeout: 5000 })
    for (const lookup of lookups) expect(lookup).not.toHaveBeenCalled()
  } finally {
    await transport.close()
    peer.close()
  }
})
