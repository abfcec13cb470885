import { describe, expect, it } from 'vitest'
import type { Trial } from '../../src/app/update.ts'
import { updateItems } from '../../src/app/update-page.ts'
import { updateForHome, updateForPhones } from '../../src/app/update-told.ts'
import { type UpdateKept, Updates, type UpdatesParts } from '../../src/app/updates.ts'
import { askToInstall } from '../../src/app/updating.ts'
import { textIn } from '../../src/core/text/text.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Fault, Refusal } from '../../src/lib/fault.ts'
import { seconds } from '../../src/lib/unit.ts'
import { RemoteUpdate } from '../../src/wire/remote-update.ts'
import type { UpdateList } from '../../src/wire/updates.ts'
import { quietLog } from '../fake/quiet.ts'

const release = (version: string) => ({
  ...{ version, board: 'virtual', url: `x-${version}.raucb`, sha256: 'ab'.repeat(32), size: 1000 },
  notes: { en: 'Better sound.\nFewer faults.', de: 'Besserer Ton.' },
})
const FROM = 'https://updates.example/updates.json'

/** A card whose other slot, network and people do what the test says. */
function box(change: Partial<UpdatesParts> & { trial?: Trial; noCard?: true } = {}) {
  const clock = new FakeClock()
  const did: string[] = []
  const now = {
    rest: true,
    hour: 15,
    trial: change.trial ?? null,
    list: list(7, release('0.5.0')) as UpdateList | Error,
    fetchEnds: true,
    installs: null as Error | null,
  }
  const kept: UpdateKept[] = []
  const { log, said } = quietLog()
  const updates = new Updates({
    release: { version: '0.4.0', board: 'virtual', channel: 'release' },
    runs: '0.4.0',
    settings: { from: FROM, night: false },
    hours: { from: '', to: '' },
    card: {
      status: async () => (change.noCard ? null : { version: '0.4.0', trial: now.trial }),
      install: async (path) => {
        did.push(`install ${path}`)
        if (now.installs) throw now.installs
      },
      progress: async () => 50,
      try: async () => void did.push('try'),
      undo: async () => void did.push('undo'),
    },
    world: {
      address: (text) => new URL(text),
      list: async () => {
        did.push('list')
        if (now.list instanceof Error) throw now.list
        return now.list
      },
      fetch: async ({ version }, onProgress, signal) => {
        did.push(`fetch ${version}`)
        onProgress(30)
        if (!now.fetchEnds) await clock.sleep('a slow line', seconds(1e6), signal)
        return '/media/x.raucb'
      },
      examine: async () => ({ version: '0.5.0', size: 1000 }),
      tidy: async () => void did.push('tidy'),
    },
    shelf: { read: async () => kept.at(-1) ?? { number: 0, told: null }, write: async (news) => void kept.push(news) },
    rest: () => now.rest,
    date: () => new Date(2026, 10, 21, now.hour),
    clock,
    log,
    ...change,
  })
  const ended = new AbortController()
  const run = updates.run(ended.signal)
  const pass = (s: number) => clock.advance(seconds(s))
  const end = async (): Promise<void> => {
    ended.abort()
    await run
  }
  const order = (said: Parameters<Updates['order']>[0]) => updates.order(said, ended.signal)
  return { updates, did, now, kept, said, pass, end, order, give: (what: string) => updates.give(what, ended.signal) }
}
const list = (number: number, ...releases: Array<ReturnType<typeof release>>): UpdateList => ({ number, channel: 'release', releases })

describe('updates of a box', () => {
  it('are found by themselves, offered, and brought in when somebody wants them', async () => {
    const { updates, did, pass, end, order } = box()
    await pass(120)
    expect(updates.seen).toMatchObject({ is: 'offered', version: '0.5.0', runs: '0.4.0' })
    expect(did).toEqual(['list'])
    await order('now')
    await pass(1)
    expect(did).toEqual(['list', 'fetch 0.5.0', 'install /media/x.raucb', 'tidy', 'try'])
    expect(updates.seen.is).toBe('installed')
    await end()
  })
  it('ask nobody where no address is set, day after day', async () => {
    const { did, updates, pass, end, order } = box({ settings: { from: '', night: true } })
    await pass(3 * 86_400)
    expect(did).toEqual([])
    expect(updates.seen).toMatchObject({ is: 'none', asks: false })
    await expect(order('check')).rejects.toThrow('update.from')
    await end()
  })
  it('wait for the end of a call', async () => {
    const { did, now, pass, end, order } = box()
    await pass(120)
    now.rest = false
    await order('now')
    await pass(3600)
    expect(did).toEqual(['list'])
    now.rest = true
    await pass(60)
    expect(did).toContain('try')
    await end()
  })
  it('that are being fetched are put off within two seconds when somebody calls, and go on after', async () => {
    const { updates, did, now, pass, end, order } = box()
    await pass(120)
    now.fetchEnds = false
    await order('now')
    await pass(1)
    expect(updates.seen).toMatchObject({ is: 'downloading', percent: 30 })
    now.rest = false
    await pass(2)
    expect(updates.seen).toMatchObject({ is: 'offered', when: 'now' })
    now.rest = true
    now.fetchEnds = true
    await pass(60)
    expect(did.filter((each) => each.startsWith('fetch'))).toHaveLength(2)
    expect(did).toContain('try')
    await end()
  })
  it('come by night where that is allowed, not by day', async () => {
    const { did, now, pass, end } = box({ settings: { from: FROM, night: true } })
    await pass(3600)
    expect(did).toEqual(['list'])
    now.hour = 3
    await pass(60)
    expect(did).toContain('try')
    await end()
  })
  it('come in the quiet hours where people have set them', async () => {
    const { did, now, pass, end, order } = box({ hours: { from: '22:00', to: '07:00' } })
    await pass(120)
    await order('tonight')
    await pass(60)
    expect(did).toEqual(['list'])
    now.hour = 23
    await pass(60)
    expect(did).toContain('try')
    await end()
  })
  it('say why they came to nothing, and are not tried again at once', async () => {
    const { updates, did, now, pass, end, order } = box()
    await pass(120)
    now.installs = new Refusal('update-unsigned', 'not signed')
    await order('now')
    await pass(1000)
    expect(updates.seen).toMatchObject({ is: 'offered', why: 'unsigned', when: null })
    expect(did.filter((each) => each.startsWith('install'))).toHaveLength(1)
    await end()
  })
  it('leave an old list alone, which hides what is new', async () => {
    const { updates, now, pass, end, order, kept } = box()
    await pass(120)
    expect(kept.at(-1)?.number).toBe(7)
    now.list = list(6)
    await expect(order('check')).rejects.toThrow('older')
    expect(updates.seen.is).toBe('offered')
    await end()
  })
  it('live with an address that does not answer: it is asked again, and nobody is bothered', async () => {
    const { updates, did, now, pass, end, order } = box()
    now.list = new Fault('updates-away', 'updates.example does not answer')
    await pass(120)
    expect(updates.seen.is).toBe('none')
    await expect(order('check')).rejects.toThrow('does not answer')
    now.list = list(7, release('0.5.0'))
    await pass(1900)
    expect(updates.seen.is).toBe('offered')
    expect(did).toHaveLength(3)
    await end()
  })
  it('are told of after the start: on trial, then done, once', async () => {
    const { updates, now, pass, end, order, kept } = box({ trial: { is: 'trying', version: '0.4.0' } })
    await pass(1)
    expect(updates.seen).toMatchObject({ is: 'trying', version: '0.4.0' })
    now.trial = { is: 'over', version: '0.4.0', outcome: 'good' }
    await pass(60)
    expect(updates.seen.is).toBe('done')
    await order('seen')
    expect(kept.at(-1)?.told).toBe('0.4.0 good')
    expect(updates.seen.is).toBe('none')
    await end()
  })
  it('that went back say why', async () => {
    const { updates, pass, end } = box({ trial: { is: 'over', version: '0.5.0', outcome: 'no picture' } })
    await pass(1)
    expect(updateForPhones(updates.seen, textIn('en')).says).toBe(
      'The box has gone back from version 0.5.0. There was no picture on the TV.',
    )
    await pass(200)
    // The same one is in the list still, and is left alone.
    expect(updates.seen.is).toBe('went back')
    await end()
  })
  it('are taken from a file that a person gives', async () => {
    const { did, pass, end, give } = box({ settings: { from: '', night: false } })
    await pass(1)
    expect(await give('/home/me/x.raucb')).toMatchObject({ is: 'ready', version: '0.5.0' })
    await pass(1)
    expect(did).toEqual(['install /home/me/x.raucb', 'tidy', 'try'])
    await end()
  })
  it('are none on a box that is no card of ours, which says so', async () => {
    const { updates, did, pass, end, order, give } = box({ noCard: true })
    await pass(1e5)
    expect(did).toEqual([])
    expect(updates.seen.is).toBe('no card')
    expect(updateForPhones(updates.seen, textIn('en'))).toMatchObject({
      orders: [],
      says: expect.stringContaining('not updated from here'),
    })
    await expect(order('now')).rejects.toThrow('card of ours')
    await expect(give('/x.raucb')).rejects.toThrow('card of ours')
    await end()
  })
})

describe('what people are told of an update', () => {
  it('is what a phone understands', async () => {
    const { updates, pass, end } = box()
    await pass(120)
    const told = updateForPhones(updates.seen, textIn('de'))
    expect(RemoteUpdate.parse(told)).toEqual(told)
    expect(told).toMatchObject({ notes: 'Besserer Ton.', orders: ['now', 'tonight'] })
    await end()
  })
  it('is what Home Assistant calls an update: newest and installed differ as long as it waits', async () => {
    const { updates, pass, end } = box()
    await pass(1)
    expect(updateForHome(updates.seen)).toMatchObject({ installed: '0.4.0', latest: '0.4.0', busy: false })
    await pass(120)
    expect(updateForHome(updates.seen)).toMatchObject({ installed: '0.4.0', latest: '0.5.0', summary: expect.stringContaining('sound') })
    await end()
  })
  it('begins on the TV with what can be chosen', async () => {
    const { updates, pass, end } = box()
    await pass(120)
    expect(updateItems(textIn('en'), updates.seen).map(({ text }) => text)).toEqual([
      'Install now',
      'Install tonight',
      'Version 0.5.0 is there.',
      'Better sound.',
      'Fewer faults.',
    ])
    await end()
  })
})

describe('home automation that wants an update', () => {
  const asked = async (answer: boolean | null) => {
    const here = box()
    await here.pass(120)
    const said: string[] = []
    const question = {
      ask: async ({ sentence }: { sentence: string }) => {
        said.push(sentence)
        return answer
      },
    }
    await askToInstall({ updates: here.updates, question, sentence: textIn('en').update.ask }, quietLog().log)
    await here.pass(1)
    const { is } = here.updates.seen
    await here.end()
    return { said, is }
  }
  it('asks the people before the TV, and they decide', async () => {
    expect(await asked(true)).toEqual({ said: [expect.stringContaining('0.5.0')], is: 'installed' })
    expect((await asked(false)).is).toBe('offered')
    expect((await asked(null)).is).toBe('offered')
  })
  it('is told when there is none', async () => {
    const here = box()
    await here.pass(1)
    await expect(askToInstall({ updates: here.updates, question: null, sentence: String }, quietLog().log)).rejects.toThrow('no update')
    await here.end()
  })
})
