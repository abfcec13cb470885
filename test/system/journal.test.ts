import { expect, test } from 'vitest'
import { Bug, Fault, Refusal } from '../../src/lib/fault.ts'
import { hide, openJournal } from '../../src/system/journal.ts'

async function journal(format: 'json' | 'pretty' = 'json', level: 'debug' | 'info' = 'info') {
  const lines: string[] = []
  const log = await openJournal({ format, level, write: (line) => lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

test('a line is a sentence with its facts, its level, its part and its time', async () => {
  const { log, lines, last } = await journal()
  log.part('call').info('joined the room', { peers: 3, tookMs: 812 })
  expect(lines[0]?.endsWith('\n')).toBe(true)
  expect(last()).toMatchObject({ level: 'info', part: 'call', peers: 3, tookMs: 812, msg: 'joined the room' })
  expect(Date.parse(last().time)).toBeGreaterThan(0)
})

test('lines below the level are not written', async () => {
  const { log, lines } = await journal()
  log.debug('nobody wants to know')
  expect(lines).toEqual([])
})

test('facts named like secrets are hidden', async () => {
  const { log, lines, last } = await journal()
  log.info('made a room', { secret: 's3cr3t', link: 'https://box/r#X', key: 'k3y', tvKey: 'k3y', password: 'p4ss', keyframes: 2 })
  expect(last()).toMatchObject({
    secret: '[hidden]',
    link: '[hidden]',
    key: '[hidden]',
    tvKey: '[hidden]',
    password: '[hidden]',
    keyframes: 2,
  })
  expect(lines.join('')).not.toMatch(/s3cr3t|k3y|p4ss/)
})

test('links, room secrets and passwords inside a text are hidden wherever they stand', async () => {
  expect(hide('go to https://box.local:8443/r#K7QF-AAAA-BBBB now')).toBe('go to https://box.local:8443/r#[hidden] now')
  expect(hide('see http://localhost/tv#abcdef')).toBe('see http://localhost/tv#[hidden]')
  expect(hide('watch /w/abc#k1')).toBe('watch /w/abc#[hidden]')
  expect(hide('bad link K7QF-8ZTM-0000-AAAA-BBBB-CCCC-DD')).toBe('bad link [hidden]')
  expect(hide('no answer from mqtts://me:pw@host:8883')).toBe('no answer from mqtts://[hidden]@host:8883')
  expect(hide('at 2026-11-21 the box-of-many-odd-names spoke')).toBe('at 2026-11-21 the box-of-many-odd-names spoke')
  const { log, lines } = await journal()
  log.error('cannot join /r#AAAA', new Error('bad /r#BBBB', { cause: new Refusal('bad-link', 'wrong: /r#CCCC') }), { where: '/r#DDDD' })
  expect(lines.join('')).not.toMatch(/AAAA|BBBB|CCCC|DDDD/)
})

test('a fault is told by code and sentence, a bug by its stack, and a cause goes along', async () => {
  const { log, last } = await journal()
  log.error('the state was not kept', new Fault('disk-full', 'cannot write x', { cause: new Error('ENOSPC') }))
  expect(last().error).toMatchObject({ code: 'disk-full', message: 'cannot write x', cause: { message: 'ENOSPC' } })
  expect(last().error.stack).toBeUndefined()
  log.error('stopping', new Bug('no case'))
  expect(last().error).toMatchObject({ type: 'Bug', message: 'no case' })
  expect(last().error.stack).toContain('journal.test')
  log.error('odd', 'a text was thrown')
  expect(last().error).toBe('a text was thrown')
})

test('people read one line with the sentence in it', async () => {
  const { log, lines } = await journal('pretty')
  log.part('web').info('the pages are served', { port: 8080 })
  const plain = lines
    .join('')
    .replace(/\[[0-9;]*m/g, '')
    .split(String.fromCharCode(27))
    .join('')
  expect(plain).toMatch(/INFO.*web: the pages are served/)
  expect(plain).toContain('port: 8080')
})
