import { describe, expect, it } from 'vitest'
import { parseWatchLink, watchLinkIn } from '../../src/wire/watch-link.ts'

const NAME = '0123456789abcdefghjkmnpqrs'

describe('a watch link', () => {
  it('says which program it is and where it comes from', () => {
    expect(watchLinkIn(`https://box.example:8443/w/${NAME}`)).toEqual({ program: NAME, origin: 'https://box.example:8443' })
    expect(watchLinkIn(`Look: http://10.0.0.2:8080/w/${NAME.toUpperCase()}/ tonight`)).toEqual({
      program: NAME,
      origin: 'http://10.0.0.2:8080',
    })
    expect(watchLinkIn(`https://box/w/${NAME}#moderator=ABC`)).toEqual({ program: NAME, origin: 'https://box' })
  })
  it('opened by way of another box still says where it comes from', () =>
    expect(watchLinkIn(`http://192.168.1.4:8080/w/${NAME}?from=https%3A%2F%2Ffar.example`)).toEqual({
      program: NAME,
      origin: 'https://far.example',
    }))
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
