// certificate.real.test.ts — certificates made in a process of its own, as a box makes them.
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { fork } from '../../src/system/process.ts'
import { makerApart } from '../../src/web/certificate/apart.ts'

const NOW = Date.UTC(2026, 11, 24)

test('an authority and a certificate under it, each by a process that ends', async () => {
  const ended: Array<Promise<unknown>> = []
  const maker = makerApart((module) => {
    const child = fork(module, {})
    ended.push(new Promise((done) => child.on('exit', (code) => done(code))))
    return child
  })
  const authority = await maker.authority(['local', 'example.org'])
  const server = new X509Certificate((await maker.server(authority, ['parlor.local', '192.168.1.7'], NOW)).cert)
  expect(server.checkIssued(new X509Certificate(authority.cert))).toBe(true)
  expect([server.checkHost('parlor.local'), server.checkIP('192.168.1.7')]).toEqual(['parlor.local', '192.168.1.7'])
  expect(await Promise.all(ended)).toEqual([0, 0])
})

test('a fault is told when there is no such process, and when it cannot make one', async () => {
  const none = makerApart(() => fork(new URL('file:///nowhere/child.ts'), {}))
  await expect(none.authority(['local'])).rejects.toThrow('what makes certificates ended')
  const maker = makerApart((module) => fork(module, {}))
  await expect(maker.server({ key: 'none', cert: 'none' }, ['parlor.local'], NOW)).rejects.toThrow('could not be made')
})
