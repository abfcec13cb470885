// why.ts — why NetworkManager could not join, in our words. Pure. nmcli's codes: nmcli(1), EXIT STATUS; reasons: NMDeviceStateReason.
import type { WhyNot } from './words.ts'

const REASONS: ReadonlyArray<readonly [said: RegExp, why: WhyNot]> = [
  [/[Ss]ecrets were required|802\.1X supplicant|passw|psk/, 'password'],
  [/network could not be found|No suitable device|ssid.not.found|no network with SSID/i, 'absent'],
  [/IP configuration could not|DHCP|ip.config|no available address/i, 'no address'],
  [/No Wi-Fi device|not a Wi-Fi device|radio|rfkill|disabled/i, 'radio'],
  [/[Tt]imeout|took too long/, 'late'],
]

/** @param said what nmcli printed, in English */
export const whyIn = (said: string): WhyNot => REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? 'other'
