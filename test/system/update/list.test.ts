import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../image/rauc/certificate.ts'
import { listAfter, sealList } from '../../../image/rauc/list.ts'
import { addressOf } from '../../../src/system/update/address.ts'
import { believedList, offerIn } from '../../../src/system/update/list.ts'
import { LONGEST_LIST, type UpdateList, type UpdateRelease } from '../../../src/wire/updates.ts'

const FROM = new URL('https://updates.example/parlor/updates.json')
const entry = (version: string, more: Partial<UpdateRelease> = {}): UpdateRelease => ({
  ...{ version, board: 'pi4', url: `parlor-pi4-${version}.raucb`, sha256: 'ab'.repeat(32), size: 1000, notes: { en: 'New.', de: 'Neu.' } },
  ...more,
})
const list = (...releases: UpdateRelease[]): UpdateList => ({ number: 7, channel: 'release', releases })
const HERE = { version: '0.5.0', board: 'pi4', channel: 'release' } as const

describe('the list of updates', () => {
  let ours: { key: string; certificate: string }
  let others: typeof ours
  beforeAll(async () => {
    ours = await makeCertificate('ours')
    others = await makeCertificate('others')
  })

  it('is believed when the certificate of the card says so', () => {
    expect(believedList(sealList(list(entry('0.6.0')), ours.key), ours.certificate)).toEqual(list(entry('0.6.0')))
  })
  it('is believed by each certificate of a keyring', () => {
    expect(believedList(sealList(list(), ours.key), `${others.certificate}\n${ours.certificate}`).number).toBe(7)
  })
  it('is not believed when another key signed it, or it was changed', () => {
    expect(() => believedList(sealList(list(), others.key), ours.certificate)).toThrow('not signed')
    const sealed = sealList(list(entry('0.6.0')), ours.key)
    expect(() => believedList(sealed.replace('0.6.0', '0.7.0'), ours.certificate)).toThrow('not signed')
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(() => believedList(sealList(list(), rsa), ours.certificate)).toThrow()
  })
  it('is no list when it is something else, or too long', () => {
    for (const text of ['', '{}', 'null', '<html>', JSON.stringify({ parlor: 'updates-2', signed: '', signature: '' })])
      expect(() => believedList(text, ours.certificate), text).toThrow('no list')
    expect(() => believedList(' '.repeat(LONGEST_LIST + 1), ours.certificate)).toThrow('no list')
  })
  it('is not made with what a box would not understand', () => {
    expect(() => sealList(list(entry('0.6.0', { board: 'PI 4' })), ours.key)).toThrow('no list')
  })
  it('rises by one, and a version takes its own place again', () => {
    const next = listAfter(list(entry('0.5.0'), entry('0.6.0')), 'release', [entry('0.6.0', { size: 2 }), entry('0.7.0')])
    expect(next.number).toBe(8)
    expect(next.releases.map(({ version, size }) => [version, size])).toEqual([
      ['0.5.0', 1000],
      ['0.6.0', 2],
      ['0.7.0', 1000],
    ])
  })
})

describe('what a list offers', () => {
  it('is the newest that is newer than what runs', () => {
    expect(offerIn(list(entry('0.6.0'), entry('0.10.0'), entry('0.4.0')), FROM, HERE)?.version).toBe('0.10.0')
  })
  it('is nothing when all is of now, older, for another board or channel, or no version', () => {
    expect(offerIn(list(entry('0.5.0'), entry('0.4.9'), entry('0.6.0', { board: 'pi5' }), entry('latest')), FROM, HERE)).toBeNull()
    expect(offerIn({ ...list(entry('0.6.0')), channel: 'development' }, FROM, HERE)).toBeNull()
  })
  it('lies beside the list, or where the list says', () => {
    expect(offerIn(list(entry('0.6.0')), FROM, HERE)?.url).toBe('https://updates.example/parlor/parlor-pi4-0.6.0.raucb')
    expect(offerIn(list(entry('0.6.0', { url: 'https://other.example/x' })), FROM, HERE)?.url).toBe('https://other.example/x')
  })
  it('is nowhere but where updates may be read', () => {
    for (const url of ['http://other.example/x', 'file:///etc/passwd', 'ftp://other.example/x', 'https://a:b@other.example/'])
      expect(() => offerIn(list(entry('0.6.0', { url })), FROM, HERE), url).toThrow()
  })
})

describe('an address of updates', () => {
  it('is https anywhere, http at home, or a file', () => {
    for (const text of [
      'https://a.example/x',
      'http://192.168.1.5/x',
      'http://10.0.0.2:8000/x',
      'http://nas.local/x',
      'http://[fd00::1]/x',
      'http://172.20.1.1/',
    ])
      expect(addressOf(text).href).toBe(text)
    expect(addressOf('/media/usb/updates.json').href).toBe('file:///media/usb/updates.json')
    expect(addressOf('x.raucb', new URL('file:///media/usb/updates.json')).href).toBe('file:///media/usb/x.raucb')
  })
  it('is nothing else', () => {
    for (const text of [
      '',
      'x',
      'http://a.example/',
      'http://11.0.0.1/',
      'http://172.32.0.1/',
      'http://192.168.1.5.example/',
      'file://host/x',
      'data:,x',
    ])
      expect(() => addressOf(text), text).toThrow()
  })
})
