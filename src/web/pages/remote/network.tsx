// network.tsx — how the box is connected, and another Wi-Fi for it. Who changes the network that the phone came by loses the box for a moment.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { RemoteNetwork } from '../../../wire/remote-network.ts'
import { Networks, type Wish } from '../kit/networks.tsx'
import { Trouble } from '../kit/trouble.tsx'
import { type Words as JoinWords, wordsFor } from '../setup/words.ts'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

const LOOK_MS = 3000

export function Network({ store }: { store: Store }): VNode {
  const { words, here } = store
  const [network, setNetwork] = useState<RemoteNetwork | undefined>(undefined)
  const [looking, setLooking] = useState(false)
  const [why, setWhy] = useState<string | null>(null)
  const connected = here.value
  const trying = network?.trying ?? null
  const joinWords = wordsFor([words.locale]).words
  const look = async (hear: boolean): Promise<void> => {
    if (hear) setLooking(true)
    const now = await store.query(setWhy, 'network', { look: hear })
    if (hear) setLooking(false)
    if (now !== null || hear) setNetwork((before) => (now && !hear ? { ...now, seen: before?.seen ?? [] } : now))
  }
  useEffect(() => {
    if (connected) void look(false)
  }, [connected])
  useEffect(() => {
    if (trying === null || !connected) return
    const timer = setInterval(() => void look(false), LOOK_MS)
    return () => clearInterval(timer)
  }, [trying, connected])
  const join = async (wish: Wish): Promise<boolean> => {
    const begun = await store.query(setWhy, 'join network', wish)
    if (begun) void look(false)
    return begun !== null
  }
  if (network === undefined && !why) return <p role="status">{words.loading}</p>
  if (!network) return why ? <Trouble>{why}</Trouble> : <p>{words.networkElsewhere}</p>
  return (
    <>
      {why && <Trouble>{why}</Trouble>}
      <ul class="card findings" data-testid="network">
        <Line name={words.cable} is={network.wired ? words.networkYes : words.networkNo} />
        <Line name={words.wifi} is={network.wifi ?? words.networkNo} />
      </ul>
      {network.failed && <Trouble id="failed">{sentence(network.failed, joinWords)}</Trouble>}
      {trying !== null && <p role="status">{joinWords.trying(trying)}</p>}
      {trying === null && network.seen.length > 0 && (
        <Networks words={joinWords} seen={network.seen} before={words.networkBefore} onJoin={join} />
      )}
      {trying === null && network.radio === 'on' && (
        <button type="button" disabled={!connected || looking} onClick={() => void look(true)} data-testid="hear">
          <Sign name="again" /> {looking ? words.loading : words.networkHear}
        </button>
      )}
    </>
  )
}

const Line = ({ name, is }: { name: string; is: string }): VNode => (
  <li>
    <span>
      <strong>{name}</strong> {is}
    </span>
  </li>
)

const sentence = ({ ssid, why }: { ssid: string; why: string }, { failed }: JoinWords): string =>
  (why in failed ? failed[why as keyof JoinWords['failed']] : failed.other)(ssid)
