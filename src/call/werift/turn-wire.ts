// turn-wire.ts — the connection to a TURN server: UDP, TCP or TLS. Datagrams in, datagrams out, whatever carries them.
//
// A certificate is taken as it comes. TLS is a way through a firewall here and no secret is trusted to it: media and words are
// encrypted between the peers, and what we ask of the server is signed. And a Pi whose clock stands at 1970 would believe no
// certificate at all, nor does one believe the firewall of an office that looks into TLS.
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Fault } from '../../lib/fault.ts'
import { padded } from './stun.ts'

export type TurnServer = {
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly host: string
  readonly port: number
  readonly username: string
  readonly credential: string
}

export interface Wire {
  /** Takes a copy or is done with it. False: it could not go. */
  send(datagram: Buffer): boolean
  close(): void
}

export type WireEars = {
  readonly onDatagram: (datagram: Buffer) => void
  /** Nothing will come any more. */
  readonly onEnd: (why: string) => void
}

const SOCKET_BUFFER = 1024 * 1024
/** Bytes that may wait for a TCP connection: 50 ms at 4 Mb/s. What is older than that is worth nothing. */
const BACKLOG = 32 * 1024

/** Connects. @throws Fault 'transport'; what the signal was aborted with */
export async function openWire(server: TurnServer, ears: WireEars, signal: AbortSignal): Promise<Wire> {
  signal.throwIfAborted()
  try {
    return server.transport === 'udp' ? await openUdp(server, ears, signal) : await openStream(server, ears, signal)
  } catch (cause) {
    signal.throwIfAborted()
    throw new Fault('transport', `the relay at ${server.host} is not reached by ${server.transport}`, { cause })
  }
}

/** The socket is connected, so the system lets nobody but the server speak to us. */
async function openUdp({ host, port }: TurnServer, { onDatagram, onEnd }: WireEars, signal: AbortSignal): Promise<Wire> {
  const { address, family } = isIP(host) ? { address: host, family: isIP(host) } : await lookup(host)
  signal.throwIfAborted()
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  let isOpen = true
  const close = () => {
    if (!isOpen) return
    isOpen = false
    socket.close()
  }
  try {
    await new Promise<void>((done, fail) => {
      socket.once('error', fail)
      socket.connect(port, address, () => {
        socket.off('error', fail)
        done()
      })
    })
    signal.throwIfAborted()
    socket.setRecvBufferSize(SOCKET_BUFFER)
    socket.setSendBufferSize(SOCKET_BUFFER)
  } catch (error) {
    close()
    throw error
  }
  // Like ECONNREFUSED while the server is being restarted: the next answer or the lack of one tells.
  socket.on('error', () => {})
  socket.on('message', onDatagram)
  socket.once('close', () => onEnd('the socket was closed'))
  return {
    send(datagram) {
      if (!isOpen) return false
      try {
        socket.send(datagram)
        return true
      } catch {
        return false
      }
    },
    close,
  }
}

async function openStream(server: TurnServer, { onDatagram, onEnd }: WireEars, signal: AbortSignal): Promise<Wire> {
  const { host, port, transport } = server
  const socket: Socket =
    transport === 'tls'
      ? connectTls({ host, port, rejectUnauthorized: false, ...(isIP(host) ? {} : { servername: host }) })
      : connectTcp({ host, port })
  socket.setNoDelay(true)
  const stop = () => void socket.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await new Promise<void>((done, fail) => {
      socket.once('error', fail)
      socket.once('close', () => fail(new Error('closed before it was open')))
      socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => done())
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
  const frames = new Frames()
  socket.on('error', () => {})
  socket.on('data', (bytes: Buffer) => {
    if (!frames.feed(bytes, onDatagram)) socket.destroy()
  })
  socket.once('close', () => onEnd('the connection was closed'))
  return {
    send(datagram) {
      if (socket.destroyed || socket.writableLength > BACKLOG) return false
      socket.write(datagram.length % 4 === 0 ? datagram : Buffer.concat([datagram, FILL.subarray(0, 4 - (datagram.length % 4))]))
      return true
    },
    close: stop,
  }
}
const FILL = Buffer.alloc(4)

/** Cuts a stream into STUN messages and channel data (RFC 8656 §12.5). */
export class Frames {
  #rest: Buffer = Buffer.alloc(0)

  /** False when the stream is none of TURN: then all is lost. */
  feed(bytes: Buffer, onDatagram: (datagram: Buffer) => void): boolean {
    let all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (all.length >= 4) {
      const first = all.readUInt8(0)
      if (first > 3 && (first < 0x40 || first > 0x4f)) return false
      const length = all.readUInt16BE(2) + (first <= 3 ? 20 : 4)
      if (all.length < padded(length)) break
      onDatagram(all.subarray(0, length))
      all = all.subarray(padded(length))
    }
    this.#rest = all
    return true
  }
}
