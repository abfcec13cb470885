// phone.ts — the box's network for a paired phone: how it is, what is in the air, and joining one. The access point is not needed for that.
import { Refusal } from '../../lib/fault.ts'
import type { RemoteNetwork } from '../../wire/remote-network.ts'
import type { FirstBoot } from '../firstboot.ts'
import { wishIn } from './wish.ts'

/** @param look hear what is in the air first */
export async function networkFor(firstBoot: FirstBoot | null, look: boolean): Promise<RemoteNetwork> {
  if (!firstBoot) return null
  const { radio, wired, wifi } = await firstBoot.look()
  const seen = look && radio === 'on' ? await firstBoot.list() : []
  const { trying, failed } = firstBoot
  return { radio, wired, wifi: wifi.is === 'joined' ? wifi.ssid : null, trying, failed, seen: [...seen] }
}

/** Begins to try one; how it ends is said by networkFor. @throws Refusal */
export function joinFor(firstBoot: FirstBoot | null, wish: unknown): void {
  if (!firstBoot) throw new Refusal('not-allowed', 'the network of this box is not set up by Parlor')
  firstBoot.choose(wishIn(wish), null)
}
