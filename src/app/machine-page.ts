// machine-page.ts — the pages of the menu about the whole machine: switched off, started anew, erased (asked twice). Pure.
import type { Text } from '../core/text/text.ts'
import type { Item } from './menu-page.ts'

/** Pages of this file, as the menu names them. */
export const MACHINE_PAGES = ['machine', 'erase', 'really erase'] as const
export type MachinePage = (typeof MACHINE_PAGES)[number]

export const isMachinePage = (name: unknown): name is MachinePage => MACHINE_PAGES.some((page) => page === name)

/** Title and entries. Where something is erased the focus is on what keeps it. */
export function machinePage(name: MachinePage, { machine: text }: Text): { readonly title: string; readonly items: readonly Item[] } {
  const keep: Item = { id: 'keep', text: text.keep, ok: { do: 'back' } }
  switch (name) {
    case 'machine':
      return {
        title: text.title,
        items: [
          { id: 'off', text: text.off, ok: { do: 'machine', order: 'off' } },
          { id: 'reboot', text: text.reboot, ok: { do: 'machine', order: 'reboot' } },
          { id: 'erase', text: text.erase, mark: 'more', ok: { do: 'open', page: 'erase' } },
        ],
      }
    case 'erase':
      return {
        title: text.erase,
        items: [
          keep,
          { id: 'further', text: text.further, mark: 'more', ok: { do: 'open', page: 'really erase' } },
          { id: 'what', text: text.eraseWhat, prose: true },
        ],
      }
    case 'really erase':
      return {
        title: text.really,
        items: [
          keep,
          { id: 'now', text: text.now, ok: { do: 'machine', order: 'reset' } },
          { id: 'what', text: text.reallyWhat, prose: true },
        ],
      }
  }
}
