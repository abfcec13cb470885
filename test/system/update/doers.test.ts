import { describe, expect, it } from 'vitest'
import { cardOver } from '../../../src/app/update-card.ts'
import { Fault } from '../../../src/lib/fault.ts'
import type { Steward } from '../../../src/system/steward/client.ts'
import { refusalOf } from '../../../src/system/update/bundle.ts'
import { percentIn } from '../../../src/system/update/doers.ts'

describe('what RAUC says', () => {
  it('of its progress is a number of 100', () => {
    expect(percentIn('{"type":"(isi)","data":[40,"Copying image to rootfs.1",2]}')).toBe(40)
    for (const text of ['', '{"type":"(isi)","data":["x"]}', '{"data":[400,"",1]}']) expect(percentIn(text), text).toBeNull()
  })
  it.each([
    ["Bundle format 'plain' not allowed", 'update-format'],
    ['signature verification failed: Verify error: self-signed certificate', 'update-unsigned'],
    ['signature verification failed: error:1700009E:CMS routines::verification failure', 'update-unsigned'],
    ['Invalid bundle format: Signature size (12934489550006777636) exceeds bundle size', 'update-unreadable'],
    ['Invalid bundle format: Signature size is 0', 'update-unreadable'],
    ['', 'update-unreadable'],
    [
      'Verifying bundle signature... \ncould not ensure exclusive bundle access (F_SETLEASE): EACCES: missing capability CAP_LEASE?',
      'update-format',
    ],
  ])('of a bundle that it does not take: %s', (said, code) => expect(refusalOf(said).code).toBe(code))
})

describe('the slots as updates see them', () => {
  const steward = (answer: () => unknown): Steward => ({ ask: (async () => answer()) as Steward['ask'] })
  const signal = new AbortController().signal
  const had = () => ({ picture: true, network: true })
  const of = (update: unknown) =>
    cardOver(
      steward(() => ({ slot: 'A', version: '0.4.0', trial: false, had: null, update, before: null })),
      had,
    )

  it('are none where there is no steward, or no card', async () => {
    for (const code of ['steward-away', 'no-slots'] as const) {
      const card = cardOver(
        steward(() => {
          throw new Fault(code, 'nobody')
        }),
        had,
      )
      expect(await card.status(signal)).toBeNull()
    }
  })
  it('that cannot be asked now are another thing than none', async () => {
    const card = cardOver(
      steward(() => {
        throw new Fault('selector-odd', 'odd')
      }),
      had,
    )
    await expect(card.status(signal)).rejects.toThrow('odd')
  })
  it('tell what waits, is tried and is over; what is half written is nothing yet', async () => {
    const over = { is: 'over', version: '0.5.0', outcome: 'good' } as const
    expect(await of(over).status(signal)).toEqual({ version: '0.4.0', trial: over })
    expect(await of({ is: 'writing' }).status(signal)).toEqual({ version: '0.4.0', trial: null })
    expect(await of(null).status(signal)).toEqual({ version: '0.4.0', trial: null })
  })
})
