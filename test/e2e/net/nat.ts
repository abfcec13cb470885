// nat.ts — the routers of the world as nft rules. Pure.
//
// RFC 4787 sorts them by two questions: does the same inner port keep its outer port whoever is spoken to (mapping), and who may
// answer to it (filtering)? Linux' own masquerade keeps the port and lets only the one answer who was spoken to: port restricted.
export const NATS = [
  'open',
  'full cone',
  'restricted',
  'port restricted',
  'symmetric',
  'carrier',
  'carrier symmetric',
  'udp blocked',
  'tcp 443',
] as const
export type Nat = (typeof NATS)[number]

/** Homes behind a carrier's NAT have two routers: their own (port restricted), and the carrier's. */
export const isCarrier = (nat: Nat): boolean => nat === 'carrier' || nat === 'carrier symmetric'

/**
 * The rules of one router, for `nft -f -`; null for one that only routes.
 * @param outside its device towards the internet  @param inside the one towards home
 */
export function rules(nat: Nat, outside: string, inside: string): string | null {
  if (nat === 'open') return null
  const { pre = '', forward = '', random = '' } = KINDS[nat](outside, inside)
  // A stranger's early packet must not reach the router itself: it would make an entry there, and masquerade would then have to
  // choose another port for the home that speaks to the same stranger a moment later.
  return `table ip lab {
  map ports { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 120s; }
  set spoken { type ipv4_addr . inet_service; flags dynamic,timeout; timeout 120s; }
  chain before { type nat hook prerouting priority dstnat;
    ${pre}
  }
  chain after { type nat hook postrouting priority srcnat;
    oifname "${outside}" masquerade ${random}
  }
  chain through { type filter hook forward priority filter; policy drop;
    ct state invalid drop
    ${forward}
    ct state established,related accept
    iifname "${inside}" accept
    ct status dnat accept
  }
  chain into { type filter hook input priority filter; policy accept;
    iifname "${outside}" ct state established,related accept
    iifname "${outside}" meta l4proto icmp accept
    iifname "${outside}" drop
  }
}
`
}

type Kind = (outside: string, inside: string) => { readonly pre?: string; readonly forward?: string; readonly random?: string }
const remember = (outside: string, inside: string) =>
  `iifname "${inside}" oifname "${outside}" meta l4proto udp update @ports { udp sport : ip saddr . udp sport }`

const KINDS: Readonly<Record<Exclude<Nat, 'open'>, Kind>> = {
  'full cone': (outside, inside) => ({
    forward: remember(outside, inside),
    pre: `iifname "${outside}" meta l4proto udp dnat ip to udp dport map @ports`,
  }),
  restricted: (outside, inside) => ({
    forward: `${remember(outside, inside)}
    iifname "${inside}" oifname "${outside}" meta l4proto udp update @spoken { ip daddr . udp sport }`,
    pre: `iifname "${outside}" ip saddr . udp dport @spoken dnat ip to udp dport map @ports`,
  }),
  'port restricted': () => ({}),
  carrier: () => ({}),
  symmetric: () => ({ random: 'fully-random' }),
  'carrier symmetric': () => ({ random: 'fully-random' }),
  'udp blocked': (outside) => ({ forward: `oifname "${outside}" meta l4proto udp drop` }),
  'tcp 443': (outside) => ({
    forward: `oifname "${outside}" tcp dport 443 accept
    oifname "${outside}" ct state new drop
    oifname "${outside}" meta l4proto != tcp drop`,
  }),
}
