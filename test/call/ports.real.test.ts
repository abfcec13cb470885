// Calls behind a firewall: their sockets get ports of the range that it lets through, also when others hold some of them.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { nextCallPort, useCallPorts } from '../../src/call/werift/ports.ts'
import { openWerift } from '../../src/call/werift.ts'
import { quiet } from './werift/kit.ts'

// Below those that the system gives away, and not those of another run beside this one.
const FIRST = 20_000 + (process.pid % 90) * 100
const LAST = FIRST + 99
const inRange = (port: number): boolean => port >= FIRST && port <= LAST

afterEach(() => useCallPorts(''))

async function portsOf(): Promise<number[]> {
  const transport = openWerift({ iceServers: [], onRtp: () => {}, log: quiet })
  try {
    const sdp = await transport.offer({ iceRestart: false }, AbortSignal.timeout(10_000))
    // Each line of the description names all of them.
    return [...new Set([...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host/gim)].map(([, port]) => Number(port)))]
  } finally {
    await transport.close()
  }
}

test('every socket of a link has a port of the range, and one of its own', async () => {
  useCallPorts(`${FIRST}-${LAST}`)
  const ports = [...(await portsOf()), ...(await portsOf())]
  expect(ports.length).toBeGreaterThanOrEqual(2)
  expect(ports.filter((port) => !inRange(port))).toEqual([])
  expect(new Set(ports).size).toBe(ports.length)
})

test('a port that somebody else holds is passed over', async () => {
  useCallPorts(`${FIRST}-${LAST}`)
  const held: Socket[] = []
  try {
    // The next ones are taken: whoever asks for a port goes past them.
    const first = (nextCallPort() ?? 0) + 1
    for (let n = 0; n < 6; n++) {
      const port = FIRST + ((first + n - FIRST) % (LAST - FIRST + 1))
      const socket = createSocket('udp4')
      held.push(socket)
      socket.bind(port)
      await once(socket, 'listening')
    }
    const taken = new Set(held.map((socket) => socket.address().port))
    const ports = await portsOf()
    expect(ports.length).toBeGreaterThanOrEqual(1)
    expect(ports.filter((port) => !inRange(port) || taken.has(port))).toEqual([])
  } finally {
    for (const socket of held) socket.close()
  }
})

test('without a range the system chooses', async () => {
  useCallPorts('')
  expect(nextCallPort()).toBeNull()
  expect((await portsOf()).length).toBeGreaterThanOrEqual(1)
})

test.each(['30000', '30000-30010', '80-2000', '60000-70000', '5-4'])('%s is no range', (text) => {
  expect(() => useCallPorts(text)).toThrow(/call\.ports/)
})
