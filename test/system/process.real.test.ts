import { fork as forkNode } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ms, seconds } from '../../src/lib/unit.ts'
import { mortal, plainEnvironment, run } from '../../src/system/process.ts'

describe('a short command', () => {
  it('gives what it printed', async () => {
    expect(await run('printf', ['%s|%s', 'a b', '$HOME'], { timeLimit: seconds(20) })).toEqual({ ok: true, out: 'a b|$HOME', err: '' })
  })
  it('is not ok when it fails, and says what it said', async () => {
    const ran = await run('ls', ['/nowhere/at/all'], { timeLimit: seconds(20) })
    expect(ran.ok).toBe(false)
    expect(ran.err).toContain('/nowhere/at/all')
  })
  it('is not ok when it does not exist', async () => {
    expect(await run('no-such-command', [], { timeLimit: seconds(20) })).toMatchObject({ ok: false, out: '' })
  })
  it('is killed when it outstays its time', async () => {
    const ran = await run('sleep', ['1000'], { timeLimit: ms(50) })
    expect(ran).toEqual({ ok: false, out: '', err: 'it was ended by SIGKILL, as its time was over' })
  })
  it('says that somebody else ended it', async () => {
    expect((await run('sh', ['-c', 'kill $$'], { timeLimit: seconds(20) })).err).toBe('it was ended by SIGTERM')
  })
  it('ends when its asker goes', async () => {
    const asker = new AbortController()
    const ran = run('sleep', ['1000'], { timeLimit: seconds(500), signal: asker.signal })
    asker.abort()
    expect((await ran).ok).toBe(false)
  })
})

it('takes its children along when it is killed, also one that hears nothing', async () => {
  const parent = forkNode(new URL('./kit/parent.ts', import.meta.url))
  const child = await new Promise<number>((done) => parent.on('message', (pid) => done(Number(pid))))
  expect(existsSync(`/proc/${child}`)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => existsSync(`/proc/${child}`)).toBe(false)
})

it('starts a plain child where the program that would tie it to us may not run, or is not there', () => {
  const plain = { execPath: process.execPath, execArgv: [] }
  expect(mortal('/bin/false')).toEqual(plain)
  expect(mortal('/nowhere/setpriv')).toEqual(plain)
  expect(mortal('/usr/bin/setpriv')).toEqual({ execPath: '/usr/bin/setpriv', execArgv: ['--pdeathsig', 'KILL', process.execPath] })
})

it('tells a child nothing of our settings, secrets and switches', () => {
  expect(
    plainEnvironment({
      PATH: '/bin',
      PARLOR_ROOM__SECRET: 'x',
      NODE_OPTIONS: '--inspect',
      MALLOC_ARENA_MAX: '1',
      HOME: undefined,
      GST_DEBUG: '2',
    }),
  ).toEqual({
    PATH: '/bin',
    GST_DEBUG: '2',
  })
})
