import { describe, expect, it } from 'vitest'
import { believedDate } from '../../src/system/wall.ts'

const NOW = 1_700_000_000
const asked = (files: Record<string, string>) =>
  believedDate(
    async (path) => files[path] ?? null,
    () => NOW * 1000,
  )
const SYNCED = '/run/systemd/timesync/synchronized'
const BATTERY = '/sys/class/rtc/rtc0/since_epoch'

describe('the date', () => {
  it('is believed once it came from the network', async () => {
    expect(await asked({ [SYNCED]: '' })).toBe(NOW)
    expect(await asked({ [SYNCED]: '', [BATTERY]: '12\n' })).toBe(NOW)
  })
  it('is believed while a clock with a battery says the same', async () => {
    expect(await asked({ [BATTERY]: `${NOW - 1}\n` })).toBe(NOW)
  })
  it('is not believed without either, nor beside a clock that began anew with the power', async () => {
    expect(await asked({})).toBeNull()
    for (const says of ['31\n', '', '\n', 'no clock', `${NOW + 3600}\n`]) expect(await asked({ [BATTERY]: says })).toBeNull()
  })
  it('is not believed where that cannot be looked at', async () => {
    expect(await believedDate(() => Promise.reject(new Error('EACCES')))).toBeNull()
  })
})
