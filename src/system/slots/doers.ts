// doers.ts — the steward's orders about slots: what becomes of an update that is on the card (steward/words.ts).
import { Refusal } from '../../lib/fault.ts'
import type { Doers } from '../steward/orders.ts'
import type { Value } from '../steward/words.ts'
import type { Slots } from './slots.ts'
import { isTrial, type Seen } from './step.ts'

/** @param slots of this machine; asked anew for each order */
export function slotsDoers(slots: () => Promise<Slots>): Pick<Doers, 'update.status' | 'update.try' | 'update.good' | 'update.undo'> {
  return {
    'update.status': async () => statusOf(await (await slots()).look()),
    'update.try': async ({ had }) => {
      await (await slots()).try(had)
      return {}
    },
    'update.good': async () => {
      const here = await slots()
      if (!isTrial(await here.look())) throw new Refusal('not-allowed', 'no new version is being tried')
      await here.settle({ is: 'good' })
      return {}
    },
    'update.undo': async ({ why, had }) => {
      await (await slots()).undo(why, had)
      return {}
    },
  }
}

function statusOf(seen: Seen): Value<'update.status'> {
  const { running, version, pending: p } = seen
  const trial = isTrial(seen)
  return {
    ...{ slot: running, version, trial },
    had: trial && p?.is === 'trying' && p.slot === running ? p.had : null,
    update: !p || p.is === 'writing' ? p && { is: p.is } : shown(p),
    before: !trial && p?.is === 'over' && p.outcome === 'good' && p.slot === running ? p.before : null,
  }
}

function shown(p: Exclude<NonNullable<Seen['pending']>, { is: 'writing' }>): Value<'update.status'>['update'] {
  if (p.is === 'over') return { is: 'over', version: p.version, outcome: p.outcome }
  return { is: p.is, version: p.version }
}
