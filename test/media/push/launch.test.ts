import { describe, expect, it } from 'vitest'
import { pauseBefore, pushLaunch, whyOf, withoutAddress } from '../../../src/media/push/launch.ts'

describe('what the end of a line means', () => {
  // As GStreamer 1.22 says it.
  it.each([
    ['Failed to connect: Error resolving “no.such.host.invalid”: Name or service not known', false, 'no such server'],
    ['Could not open resource for writing. Failed to open SRT: Failed to resolve host', false, 'no such server'],
    ['Connection refused: Could not connect to 127.0.0.1: Connection refused', false, 'nobody there'],
    ["Failed to connect: 'connect' cmd failed: connection closed remotely", false, 'key refused'],
    ['Failed to connect: Socket I/O timed out', false, 'no answer'],
    ['Failed to write to SRT socket: Connection does not exist', false, 'no answer'],
    ['Connection error: connection closed remotely', true, 'broke off'],
    ['Failed to write to SRT socket: Error on SRT socket: Unknown or erroneous', true, 'broke off'],
    ['Failed to connect: Unacceptable TLS certificate', false, 'not certified'],
    ['nothing goes any more', true, 'broke off'],
  ] as const)('%s', (text, hasSent, why) => {
    expect(whyOf(text, hasSent)).toBe(why)
  })
  it('is told without anything of the address that is a key', () => {
    const location = 'rtmp://me:hidden-word@example.com/live2/SECRET-KEY?token=abcdef0123'
    const said = withoutAddress(`could not publish SECRET-KEY?token=abcdef0123 at ${location} for hidden-word`, location)
    expect(said).not.toMatch(/SECRET|abcdef|hidden/)
    const srt = 'srt://example.com:9000?passphrase=a%20b%20c%20d%20e%20f&streamid=%23!%3A%3Ar'
    expect(withoutAddress('it is wrong: a b c d e f', srt)).toBe('it is wrong: …')
  })
  it('is tried again after 1 s, 2 s, 4 s and so on, a minute at most', () => {
    expect([0, 1, 2, 5, 6, 7, 1000].map(pauseBefore)).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000])
  })
})

it('no address ever stands in a launch text', () => {
  expect(pushLaunch('rtmp')).not.toMatch(/location|rtmp:/)
  expect(pushLaunch('srt')).not.toMatch(/uri|srt:/)
})
