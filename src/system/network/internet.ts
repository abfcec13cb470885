// internet.ts — whether the internet is behind the network that was just joined, asked once: a page that Debian keeps for this question, and
// nothing is asked at any other time.
import { ms } from '../../lib/unit.ts'

/** Answers with these words, by plain HTTP: who stands in between (a login page of a hotel) answers something else. */
const PAGE = 'http://network-test.debian.org/nm'
const WORDS = 'NetworkManager is online'
const PATIENCE = ms(6000)
const LONGEST = 1000

type Fetch = (
  url: string,
  options: { readonly redirect: 'manual'; readonly signal: AbortSignal },
) => Promise<{ readonly status: number; text(): Promise<string> }>

/** portal: somebody wants a login first. Never throws. */
export async function internet(signal: AbortSignal, ask: Fetch = fetch): Promise<'yes' | 'no' | 'portal'> {
  try {
    const answer = await ask(PAGE, { redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) })
    return answer.status === 200 && (await answer.text()).slice(0, LONGEST).includes(WORDS) ? 'yes' : 'portal'
  } catch {
    return 'no'
  }
}
