// wish.ts — the network that a phone wants the box to join, read from what it sent: on the access point, paired, or by Bluetooth.
import { Refusal } from '../../lib/fault.ts'
import { isCountry, isName, isPassword } from '../../system/network/words.ts'

/** @throws Refusal 'bad-request' */
export function wishIn(given: unknown): { ssid: string; password: string | null; hidden: boolean; country: string | null } {
  const table: Record<string, unknown> = typeof given === 'object' && given !== null ? { ...given } : {}
  const { ssid, password, hidden, country } = table
  if (typeof ssid !== 'string' || !isName(ssid)) throw new Refusal('bad-request', 'that is no name of a Wi-Fi')
  if (password !== null && (typeof password !== 'string' || !isPassword(password)))
    throw new Refusal('bad-request', 'a Wi-Fi password has 8 to 63 letters, figures and signs')
  return { ssid, password, hidden: hidden === true, country: typeof country === 'string' && isCountry(country) ? country : null }
}
