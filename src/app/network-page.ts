// network-page.ts — the menu's page about the network: how the box is connected, and its own Wi-Fi for a phone to set up another. Pure.
import type { Text } from '../core/text/text.ts'
import type { NetworkState, Point } from '../system/network/words.ts'
import type { Item } from './menu-page.ts'

/** What the menu knows of the network; state is null until it was looked at. */
export type NetworkSeen = { readonly state: NetworkState | null; readonly point: Point | null }

/** The entry of the main page; nothing where the network is not ours to set up. */
export const networkEntry = ({ setup }: Text, network: NetworkSeen | null): Item[] =>
  network ? [{ id: 'network', text: setup.menu, value: '', mark: 'more', ok: { do: 'open', page: 'network' } }] : []

export function networkItems(text: Text, network: NetworkSeen | null): Item[] {
  const { setup } = text
  if (!network?.state) return [{ id: 'looking', text: text.looking }]
  const { state, point } = network
  const is = (connected: boolean) => (connected ? setup.yes : setup.no)
  const wifi = state.wifi.is === 'joined' ? (state.wifi.ssid ?? setup.yes) : setup.no
  return [
    { id: 'wired', text: setup.wired, value: is(state.wired) },
    { id: 'wifi', text: setup.wifi, value: wifi },
    ...(point
      ? [{ id: 'point', text: setup.point, value: point.ssid }, { id: 'end', text: setup.end, ok: { do: 'network', on: false } } as const]
      : state.radio === 'on'
        ? [{ id: 'set up', text: setup.setUp, ok: { do: 'network', on: true } } as const]
        : []),
  ]
}
