// headers.ts — what browsers are told about our answers, so that a page of ours can do little harm even if it is tricked. Pure.
import type { Host } from './guard.ts'

/** `call`: may use camera, microphone and screen. `watch`: may keep the screen on. `page`: neither. `data`: is no page at all. */
export type Kind = 'call' | 'watch' | 'page' | 'data'

const NOTHING = 'accelerometer=(), geolocation=(), gyroscope=(), magnetometer=(), midi=(), payment=(), serial=(), usb=()'
const DEVICES = ['camera', 'microphone', 'display-capture', 'speaker-selection', 'screen-wake-lock'] as const
const ALLOWED: Readonly<Record<Kind, readonly string[]>> = { call: DEVICES, watch: ['screen-wake-lock'], page: [], data: [] }
const policy = (kind: Kind) =>
  `${DEVICES.map((device) => `${device}=${ALLOWED[kind].includes(device) ? '(self)' : '()'}`).join(', ')}, ${NOTHING}`

/**
 * The headers that every answer carries.
 * @param host a host that has been found to be ours: older browsers do not take 'self' for WebSockets
 * @param elsewhere further brokers that pages may connect to, as wss:// origins
 */
export function guardHeaders(kind: Kind, host: Host | null, elsewhere: readonly string[]): Record<string, string> {
  const sockets = host ? [`ws://${host.withPort}`, `wss://${host.withPort}`] : []
  const csp =
    kind === 'data'
      ? ["default-src 'none'", "frame-ancestors 'none'"]
      : [
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self' blob: data:",
          "media-src 'self' blob:",
          "font-src 'self'",
          "worker-src 'self' blob:",
          "manifest-src 'self'",
          `connect-src ${["'self'", ...sockets, ...elsewhere].join(' ')}`,
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'",
        ]
  return {
    'content-security-policy': csp.join('; '),
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': policy(kind),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}
