import { describe, expect, it } from 'vitest'
import { Checkup, levelOf, type Running, rowsOf, type Seen } from '../../src/app/checkup.ts'
import { readConfig } from '../../src/core/config.ts'
import { asleep } from '../../src/core/plan.ts'
import { textIn } from '../../src/core/text/text.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'

const seen: Seen = {
  cameras: ['/dev/video0'],
  records: ['C920'],
  plays: ['vc4hdmi0'],
  connected: ['HDMI-A-1'],
  addresses: ['192.168.1.5', 'box.local'],
  heat: 51.4,
  starved: false,
}
const running: Running = {
  settings: readConfig({}, {}),
  actual: asleep,
  camera: { camera: 'closed', why: null },
  sound: { microphone: 'closed', speaker: 'closed', echo: 'off', why: [] },
  output: 'hdmi',
  roomsBroker: null,
  homeBroker: null,
  notices: [],
}
const text = textIn('en')
const table = (looked: Seen, now: Running, level: number | null = null) =>
  Object.fromEntries(
    rowsOf(looked, now, level, [], text).map(({ id, value, mark, level: bar }) => [id, `${value ?? bar ?? ''} ${mark ?? ''}`.trim()]),
  )

describe('how the box is', () => {
  it('says at rest that all is there and closed', () => {
    expect(table(seen, running)).toEqual({
      camera: 'closed good',
      microphone: 'closed good',
      loudspeaker: 'closed good',
      tv: 'connected good',
      network: '192.168.1.5 good',
      heat: '51 °C good',
      power: 'enough good',
      'All is well.': '',
    })
  })
  it('shows in a call how loud the microphone hears', () => {
    const inCall = {
      ...running,
      sound: { ...running.sound, microphone: 'open', speaker: 'open' } as const,
      camera: { camera: 'open', why: null } as const,
    }
    expect(table(seen, inCall, 0.4)).toMatchObject({ camera: 'in use good', microphone: '0.4 good', loudspeaker: 'in use good' })
    expect(table(seen, { ...inCall, actual: { ...asleep, muted: true } }, 0.4)).toMatchObject({ microphone: 'Muted good' })
  })
  it('names what a bare box lacks, and what it strains under', () => {
    const bare: Seen = { cameras: [], records: [], plays: [], connected: [], addresses: [], heat: 84, starved: true }
    const away = { ...running, output: null, roomsBroker: false, homeBroker: true, notices: ['The disk does not answer.'] }
    expect(table(bare, away)).toEqual({
      camera: 'not found amiss',
      microphone: 'not found amiss',
      loudspeaker: 'not found amiss',
      tv: 'in a browser',
      network: 'no address amiss',
      'rooms broker': 'not reached amiss',
      'home broker': 'reached good',
      heat: '84 °C amiss',
      power: 'too little amiss',
      'The disk does not answer.': '',
    })
  })
  it('says that the camera is missing while the test picture stands in for it', () => {
    const actual = { ...asleep, camera: 'open' as const }
    expect(table(seen, { ...running, actual, camera: { camera: 'missing', why: { is: 'no camera' } } }).camera).toBe('missing amiss')
  })
  it('leaves out what this machine does not tell', () => {
    expect(Object.keys(table({ ...seen, heat: null, starved: null }, running))).not.toContain('power')
  })
  it('calls what the privacy switch took away switched off, not broken', () => {
    expect(table(seen, { ...running, actual: { ...asleep, shutter: 'shut', camera: 'missing' } })).toMatchObject({
      camera: 'switched off',
      microphone: 'switched off',
    })
  })
  it('shows loudness in tenths of a bar, from a whisper to full', () => {
    expect([-100, -60, -30, -29, 0, 6].map(levelOf)).toEqual([0, 0, 0.5, 0.5, 1, 1])
  })
})

describe('looking how the box is', () => {
  function begin() {
    const clock = new FakeClock()
    const count = { looks: 0, changes: 0, asked: 0 }
    const checkup = new Checkup({
      look: () => {
        count.looks++
        return seen
      },
      running: () => running,
      unwell: async () => {
        count.asked++
        return ['The pages are not built.']
      },
      text,
      onChange: () => count.changes++,
      clock,
      onTrouble: (error) => {
        throw error
      },
    })
    return { clock, count, checkup }
  }
  it('is done while somebody reads it, and not a moment longer', async () => {
    const { clock, count, checkup } = begin()
    await clock.advance(seconds(10))
    expect(checkup.rows).toBeNull()
    checkup.watch(true)
    checkup.watch(true)
    await clock.advance(seconds(4))
    expect(count.looks).toBe(3)
    expect(checkup.rows?.at(-1)?.text).toBe('The pages are not built.')
    checkup.watch(false)
    await clock.advance(seconds(10))
    expect(count.looks).toBe(3)
    expect(checkup.rows).toBeNull()
    checkup.watch(true)
    checkup.watch(false)
    expect(count.asked).toBe(1)
  })
  it('is drawn anew for the level only while it is read, and only when it looks different', () => {
    const { count, checkup } = begin()
    checkup.heard(-20)
    expect(count.changes).toBe(0)
    checkup.watch(true)
    const before = count.changes
    for (const dbfs of [-20, -20.5, -21, -40]) checkup.heard(dbfs)
    expect(count.changes - before).toBe(2)
    checkup.watch(false)
  })
})
