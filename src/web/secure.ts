// secure.ts — the https server: HTTP/2 for those who speak it, HTTP/1.1 for the others and for sockets. One connection then carries all that a
// viewer asks, and a playlist that waits holds up nothing.
//
// Node's limits of time for a request count for HTTP/1.1 alone. In HTTP/2 a connection that asks nothing at first is hung up on here; one on which
// nothing moves any more Node ends itself (`setTimeout` of the server). How many streams it may open at once is limited, and what their heads weigh.
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { Credentials } from './certificate.ts'

export type Request = IncomingMessage | Http2ServerRequest
export type Response = ServerResponse | Http2ServerResponse
export type SecureServer = Http2SecureServer

const STREAMS = 64
const HEAD_BYTES = 8 * 1024
/** Megabytes that one connection may make us hold. */
const MEMORY = 4

/** @param http1 limits as for http  @param head milliseconds until the first request of a connection must have come */
export function secureServer(credentials: Credentials, http1: ServerOptions, head: number): SecureServer {
  const options = {
    ...{ ...http1, ...credentials },
    allowHTTP1: true,
    minVersion: 'TLSv1.2' as const,
    handshakeTimeout: head,
    maxSessionMemory: MEMORY,
    settings: { maxConcurrentStreams: STREAMS, maxHeaderListSize: HEAD_BYTES },
  }
  const server = createSecureServer(options)
  server.on('session', (session) => attend(session, head))
  return server
}

function attend(session: ServerHttp2Session, head: number): void {
  const silent = setTimeout(() => session.destroy(), head)
  session.once('stream', () => clearTimeout(silent))
  session.once('close', () => clearTimeout(silent))
  session.on('error', () => {})
}

/** The host that a request is for: HTTP/2 says it in a place of its own (RFC 9113, 8.3.1). */
export const hostOf = (request: Request): string | undefined =>
  ('authority' in request ? request.authority : undefined) || request.headers.host
