// keys.ts — the secrets of private broadcasts, in memory: another one after each that ended.
import { systemRandom } from '../../../src/wire/crypto.ts'
import type { ProgramId } from '../../../src/wire/manifest.ts'
import { newWatchSecret, watchKey } from '../../../src/wire/watch-key.ts'

export function madeKeys(program: ProgramId) {
  let secret = newWatchSecret(systemRandom)
  const runs: number[] = []
  return {
    get secret() {
      return secret
    },
    get key() {
      return watchKey(program, secret)
    },
    begun: async (run: number) => void runs.push(run),
    turn: () => {
      secret = newWatchSecret(systemRandom)
    },
    runs,
  }
}
