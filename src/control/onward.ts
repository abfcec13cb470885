// onward.ts — hands a guest's MQTT on to a broker behind us, byte by byte: where one machine is not enough, a cluster keeps the rooms,
// and whoever serves the pages stands in front of it. What a guest may say is the cluster's to judge.
import { connect as connectTcp } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { Refusal } from '../lib/fault.ts'

/**
 * Gives what joins a stream of a guest to the broker; either end's end is the other's.
 * @param url mqtt:// or mqtts://  @throws Refusal 'bad-config' for another one
 */
export function onwardTo(url: string): (guest: Duplex) => void {
  const { protocol, hostname, port, username } = new URL(url)
  if (protocol !== 'mqtt:' && protocol !== 'mqtts:') throw new Refusal('bad-config', 'mqtt.server must be mqtt:// or mqtts:// here')
  if (username !== '') throw new Refusal('bad-config', 'mqtt.server cannot have a password here: guests speak to it themselves')
  const host = hostname.replace(/^\[|\]$/g, '')
  return (guest) => {
    const behind =
      protocol === 'mqtts:'
        ? connectTls({ host, port: Number(port || 8883), servername: host })
        : connectTcp({ host, port: Number(port || 1883) })
    behind.setNoDelay(true)
    const end = () => {
      guest.destroy()
      behind.destroy()
    }
    pipeline(guest, behind, end)
    pipeline(behind, guest, end)
  }
}
