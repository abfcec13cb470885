// wall.ts — the date of this machine, where it can be believed.
//
// Most Pis have no clock that runs without power: after a cut they go on with the date of about when it happened, so a night looks like
// a moment. A date is believed once systemd-timesyncd has it from the network, or while a clock with a battery says the same.
import { readText } from './disk.ts'

/** systemd-timesyncd.service(8) makes it when it has set the clock, anew in each boot. */
const SYNCED = '/run/systemd/timesync/synchronized'
/** Seconds since 1970. A clock without a battery begins at 0 and does not agree with what systemd makes of that. */
const BATTERY = '/sys/class/rtc/rtc0/since_epoch'
const AGREE = 2

/** Seconds since 1970; null: nobody knows. Never rejects. */
export async function believedDate(read: (path: string) => Promise<string | null> = readText, now = Date.now): Promise<number | null> {
  const look = (path: string) => read(path).catch(() => null)
  const seconds = now() / 1000
  if ((await look(SYNCED)) !== null) return seconds
  const battery = await look(BATTERY)
  return battery !== null && battery.trim() !== '' && Math.abs(Number(battery) - seconds) <= AGREE ? seconds : null
}
