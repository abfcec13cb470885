import { describe, expect, it } from 'vitest'
import { parseWatchLink, watchLinkIn } from '../../src/wire/watch-link.ts'

const NAME = '0123456789abcdefghjkmnpqrs'

describe('a watch link', () => {
  it('says which program it is and where it comes from', () => {
    expect(watchLinkIn(`https://box.example:8443/w/${NAME}`)).toEqual({ program: NAME, origin: 'https://box.example:8443', secret: null })
    expect(watchLinkIn(`Look: http://10.0.0.2:8080/w/${NAME.toUpperCase()}/ tonight`)).toEqual({
      program: NAME,
      origin: 'http://10.0.0.2:8080',
      secret: null,
    })
    expect(watchLinkIn(`https://box/w/${NAME}#moderator=ABC`)).toEqual({ program: NAME, origin: 'https://box', secret: null })
  })
  it('opened by way of another box still says where it comes from', () =>
    expect(watchLinkIn(`http://192.168.1.4:8080/w/${NAME}?from=https%3A%2F%2Ffar.example`)).toEqual({
      program: NAME,
      origin: 'https://far.example',
      secret: null,
    }))
  it('of a private program says what opens it, in groups and in lower case too', () => {
    const secret = '000G40R40M30E209185GR38E1W'
    for (const hash of [secret, secret.toLowerCase(), '000G-40R40M-30E209-185GR38E1W', `${secret}&moderator=${'A'.repeat(26)}`])
      expect(watchLinkIn(`https://box/w/${NAME}#${hash}`)?.secret, hash).toBe(secret)
    expect(watchLinkIn(`http://relay/w/${NAME}?from=https%3A%2F%2Fbox#${secret}`)).toEqual({ program: NAME, origin: 'https://box', secret })
    for (const hash of ['', secret.slice(1), `moderator=${secret}`])
      expect(watchLinkIn(`https://box/w/${NAME}#${hash}`)?.secret, hash).toBeNull()
  })
  it('is nothing else', () => {
    for (const text of [
      '',
      NAME,
      `https://h/r#${NAME}`,
      `ftp://h/w/${NAME}`,
      `https://h/w/${NAME}x`,
      `https://h/w/${NAME.replace('a', 'u')}`,
    ])
      expect(watchLinkIn(text), text).toBeNull()
    for (const from of ['file:///etc', 'https://user:secret@h', 'gopher://h', '//h'])
      expect(watchLinkIn(`https://b/w/${NAME}?from=${encodeURIComponent(from)}`), from).toBeNull()
    expect(() => parseWatchLink('x')).toThrow('not the link of a broadcast')
  })
})
