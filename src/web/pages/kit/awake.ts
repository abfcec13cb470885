// awake.ts — keeps a phone's screen on while there is somebody to look at. Where a browser cannot, the screen goes dark as it always did.
import { effect } from '@preact/signals'

/** Holds the lock while `wanted` (which reads signals) says so. A browser drops it when the page is hidden; it is asked for again. */
export function stayAwake(wanted: () => boolean): void {
  if (!('wakeLock' in navigator)) return
  let lock: WakeLockSentinel | null = null
  const turn = async (): Promise<void> => {
    const on = wanted() && document.visibilityState === 'visible'
    if (on === (lock !== null && !lock.released)) return
    const before = lock
    lock = null
    await before?.release()
    // The phone may say no, for example when its battery is low.
    if (on) lock = await navigator.wakeLock.request('screen').catch(() => null)
  }
  effect(() => {
    wanted()
    turn().catch(reportError)
  })
  document.addEventListener('visibilitychange', () => void turn().catch(reportError))
}
