import { describe, expect, it } from 'vitest'
import { isPushAddress, pushAddress } from '../../src/core/push-address.ts'

describe('an address that the broadcast is sent on to', () => {
  it('is RTMP with an application and a key', () => {
    expect(pushAddress(' rtmp://a.rtmp.example.com/live2/abcd-1234-SECRET ')).toEqual({
      by: 'rtmp',
      location: 'rtmp://a.rtmp.example.com/live2/abcd-1234-SECRET',
      shown: 'rtmp://a.rtmp.example.com/live2/…',
    })
    expect(pushAddress('rtmps://live.example:443/rtmp/FB-1?s_bl=1&a=Ab').location).toBe('rtmps://live.example:443/rtmp/FB-1?s_bl=1&a=Ab')
    expect(pushAddress('RTMP://user:pass@[::1]:1936/app/inst/key')).toEqual({
      by: 'rtmp',
      location: 'rtmp://user:pass@[::1]:1936/app/inst/key',
      shown: 'rtmp://[::1]:1936/app/…',
    })
  })
  it('is SRT with a port, and with what SRT needs to know', () => {
    expect(pushAddress('srt://10.0.0.9:9000')).toEqual({ by: 'srt', location: 'srt://10.0.0.9:9000', shown: 'srt://10.0.0.9:9000' })
    expect(pushAddress('srt://in.example:9000?mode=caller&streamid=#!::r=live/a,m=publish&passphrase=0123456789ab&latency=300')).toEqual({
      by: 'srt',
      location: 'srt://in.example:9000?streamid=%23%21%3A%3Ar%3Dlive%2Fa%2Cm%3Dpublish&passphrase=0123456789ab&latency=300',
      shown: 'srt://in.example:9000?…',
    })
  })
  it.each([
    ['file:///etc/passwd', 'begins with rtmp'],
    ['http://example.com/live/key', 'begins with rtmp'],
    ['/tmp/x', 'begins with rtmp'],
    ['rtmp://example.com/live/key ! filesink location=/tmp/x', 'a blank'],
    ['rtmp://example.com/live/key"', 'a quote'],
    ["srt://example.com:9000?streamid='a", 'a quote'],
    ['rtmp://example.com/live/a\\b', 'another letter'],
    ['rtmp://example.com/live/sch\u00f6n', 'another letter'],
    ['rtmp:///live/key', 'no server'],
    ['rtmp://-x/live/key', 'no server'],
    ['rtmp://a%20b/live/key', 'no server'],
    ['rtmp://example.com:0/live/key', 'port'],
    ['rtmp://example.com:77777/live/key', 'no server'],
    ['rtmp://example.com/live', 'stream key'],
    ['rtmp://example.com/live/', 'stream key'],
    ['rtmp://example.com/live/a#b', '%23'],
    ['srt://example.com', 'a port'],
    ['srt://example.com:9000/file', 'only ?streamid'],
    ['srt://example.com:9000?mode=listener', 'mode=caller'],
    ['srt://example.com:9000?localport=22', 'only streamid'],
    ['srt://example.com:9000?__proto__=1', 'only streamid'],
    ['srt://example.com:9000?passphrase=short', '10 to 79'],
    ['srt://example.com:9000?latency=2000000', 'milliseconds'],
    ['srt://example.com:9000?latency=1&latency=2', 'milliseconds'],
    [`rtmp://example.com/live/${'k'.repeat(600)}`, '500 characters'],
  ])('is not %s', (text, why) => {
    expect(() => pushAddress(text)).toThrow(why)
    expect(isPushAddress(text)).toBe(false)
  })
  it('is never repeated in the sentence that refuses it', () => {
    expect(() => pushAddress('rtmp://example.com/SECRET-KEY')).not.toThrow(/SECRET/)
    expect(() => pushAddress('rtmp://example.com/SECRET-KEY')).toThrow(expect.objectContaining({ code: 'bad-request' }))
  })
})
