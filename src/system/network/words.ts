// words.ts — what is known of networks, and how a try to join one ended. Plain values: the steward, the daemon and the pages say them alike.

/** How one gets in. company: names and passwords for each person (802.1X). old: WEP, which protects nobody. Neither of these two is joined. */
export type Lock = 'open' | 'password' | 'company' | 'old'

/** A network that is in the air. */
export type Seen = {
  readonly ssid: string
  /** 0 to 100. */
  readonly signal: number
  readonly lock: Lock
  /** The box has its password already. */
  readonly kept: boolean
}

/** The box's own access point, while it is on. */
export type Point = { readonly ssid: string; readonly password: string; readonly address: string }

/** How this machine is connected. */
export type NetworkState = {
  /** none: there is no radio. off: there is one, and it is switched off or not ready. */
  readonly radio: 'none' | 'off' | 'on'
  /** A cable with an address. */
  readonly wired: boolean
  readonly wifi: { readonly is: 'none' | 'joining' | 'joined'; readonly ssid: string | null }
  /** The own access point is on. */
  readonly point: boolean
  /** Names of the networks that are kept. */
  readonly kept: readonly string[]
}

/** What is joined. password: 8 to 63 letters, or the 64 hexadecimal digits of its key; null: an open network, or one that is kept. */
export type Wish = { readonly ssid: string; readonly password: string | null; readonly hidden: boolean }

/**
 * Why a network was not joined. password: it is wrong. absent: no such network is near. no address: it let us in and gave us no address.
 * lock: it wants more than a password, or protects nobody. radio: there is none. late: it took too long. other: it did not say.
 */
export const WHY_NOT = ['password', 'absent', 'no address', 'lock', 'radio', 'late', 'other'] as const
export type WhyNot = (typeof WHY_NOT)[number]
export type Joined = { readonly joined: true } | { readonly joined: false; readonly why: WhyNot }

/** A passphrase of WPA (IEEE 802.11, annex J.4: 8 to 63 printable ASCII characters), or the key made of one. */
export const isPassword = (text: string): boolean => /^[\x20-\x7e]{8,63}$/.test(text) || /^[0-9a-fA-F]{64}$/.test(text)

/** A network's name: 1 to 32 bytes of readable text. */
export const isName = (text: string): boolean => {
  const bytes = new TextEncoder().encode(text).length
  return bytes >= 1 && bytes <= 32 && text.isWellFormed() && text.trim() !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)
}

/** ISO 3166-1, as regulators of radio are named. */
export const isCountry = (text: string): boolean => /^[A-Z]{2}$/.test(text)
