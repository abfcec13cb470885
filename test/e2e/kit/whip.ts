// whip.ts — a call whose room somebody may publish into by WHIP, and what a guest in it hears of them.
import type { Person } from './browser.ts'
import { Stage } from './stage.ts'

/** A call with one guest, and the address and token of a publisher of that name. */
export async function openToPublisher(name: string): Promise<{ stage: Stage; guest: Person; endpoint: string; token: string }> {
  const stage = await Stage.open()
  const [guest] = await stage.call(1, { fps: 15 })
  if (!guest) throw new Error('nobody came')
  const { token, addresses } = (await stage.box.parlor('whip', 'add', name)) as { token: string; addresses: string[] }
  return { stage, guest, endpoint: `${stage.box.origin}${new URL(addresses[0] ?? '').pathname}`, token }
}

/** How much louder than the rest a tone of somebody's is for the guest, dB. */
export async function toneHeard(guest: Person, name: string, hz: number): Promise<() => Promise<number>> {
  const sound = await guest.soundOf(name)
  return async () => {
    const heard = (await guest.hear(sound, 700, 350, [hz, 6100])).at(-1)?.db ?? {}
    return (heard[hz] ?? -200) - (heard[6100] ?? 0)
  }
}
