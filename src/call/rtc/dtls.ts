// dtls.ts — what we do to werift's DTLS: its handshake is checked (proof.ts), and begins without waiting.
//
// As a client werift sleeps 100 ms before its hello, so that the server may have got ready meanwhile. Our servers need no such time:
// what comes early waits for them (ice.ts).
import type { DtlsSocket, RTCDtlsTransport } from 'werift'
import type { Odd } from './odd.ts'
import { type Handshake, Proof } from './proof.ts'

/** What of a DtlsSocket we need beyond its public face. */
type Inside = {
  onHandleHandshakes: (assembled: readonly Handshake[]) => Promise<void>
  readonly dtls: { readonly sortedHandshakeCache: readonly Handshake[] }
  readonly cipher: {
    readonly localRandom?: { serialize(): Buffer }
    readonly remoteCertificate?: Buffer
    readonly masterSecret?: Buffer
  }
  connect?: () => Promise<void>
}

/** @param onListening the DTLS end is there: from now on datagrams reach it */
export function prepareDtls(transport: RTCDtlsTransport, odd: Odd, onListening: () => void): void {
  const start = transport.start.bind(transport)
  transport.start = () => {
    const started = start() // makes its socket before it waits for anything
    if (transport.dtls) {
      demandProof(transport.dtls, odd)
      helloNow(transport.dtls)
      onListening()
    }
    return started
  }
}

function demandProof(socket: DtlsSocket, odd: Odd): void {
  const inside = socket as unknown as Inside
  const { cipher, dtls } = inside
  const proof = new Proof({
    role: 'connect' in socket ? 'client' : 'server',
    get localRandom() {
      return cipher.localRandom?.serialize() ?? null
    },
    get remoteCertificate() {
      return cipher.remoteCertificate ?? null
    },
    get masterSecret() {
      return cipher.masterSecret ?? null
    },
    get transcript() {
      return dtls.sortedHandshakeCache
    },
  })
  const take = inside.onHandleHandshakes
  inside.onHandleHandshakes = async (assembled) => {
    for (const message of assembled) {
      const flaw = proof.flaw(message)
      if (flaw) odd.add(flaw)
      else await take([message])
    }
  }
}

function helloNow(socket: DtlsSocket): void {
  const inside = socket as unknown as Inside
  const hello = inside.connect?.call(socket)
  if (!hello) return
  hello.catch(() => {}) // werift hears of it below
  inside.connect = () => hello
}
