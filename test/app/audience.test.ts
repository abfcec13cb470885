import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAudience } from '../../src/app/audience.ts'
import { Notices } from '../../src/app/notices.ts'
import { Config } from '../../src/core/config.ts'
import type { RoomSecret } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { seconds } from '../../src/lib/unit.ts'
import { ann } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'
import { playedMakers } from './kit/makers.ts'

const own = '0000000000000000000000H0ME' as RoomSecret
const never = new AbortController().signal
const HOUR = 3_600_000

describe('for an audience', () => {
  let folder: string
  let scope: Scope
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlor-audience-'))
    scope = new Scope(() => {})
  })
  afterEach(async () => {
    await scope.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open() {
    const clock = new FakeClock()
    const { log } = quietLog()
    const told = { changes: 0 }
    const { screen, sound, give } = playedMakers()
    const audience = await openAudience({
      ...{ config: Config.parse({ live: { keep: 0 } }), folder, identity: ann, goesOn: false, own, screen, sound, clock, log, scope },
      origin: () => 'https://box',
      notices: new Notices(() => clock.now()),
      iceServers: () => [],
      keyframe: () => {},
      onChange: () => told.changes++,
    })
    return { ...audience, clock, told, give }
  }

  test('what was announced is over when the broadcast begins', async () => {
    const { announcement, broadcast, told } = await open()
    announcement.set('A concert', Date.now() + HOUR)
    await broadcast.begin(own, never)
    expect(announcement.now).toBeNull()
    expect(told.changes).toBe(3)
  })

  test('what is announced during a broadcast is for a later one: it stays, whoever comes to watch and when it ends', async () => {
    const { announcement, broadcast, doors, clock, give } = await open()
    await broadcast.begin(own, never)
    announcement.set('The second part', Date.now() + HOUR)
    give(5)
    await doors.watch({ path: `/live/${broadcast.id}/index.m3u8`, query: '', address: '10.0.0.1', signal: never })
    await clock.advance(seconds(1))
    expect(broadcast.state?.watching).toBe(1)
    expect(announcement.now?.title).toBe('The second part')
    await broadcast.end()
    expect(announcement.now?.title).toBe('The second part')
  })
})
