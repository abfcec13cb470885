// What a burst shows of a way: what goes between its packets takes of the way, too.
import { describe, expect, test } from 'vitest'
import { Clusters, type Shown } from '../../../src/call/adapt/cluster.ts'
import { NO_CLUSTER } from '../../../src/call/adapt/result.ts'

const PROBE = { cluster: 3, bps: 400_000, bytes: 1500, packets: 5 }
/** Milliseconds that a packet takes on a way of 200 kb/s. */
const took = (bytes: number): number => (bytes * 8) / 200

/** Five packets of 300 bytes, sent at the probe's rate, and after each one of sound of so many bytes; they come one behind the other. */
function burst(sound: number): Shown | null {
  const clusters = new Clusters()
  clusters.begin(PROBE)
  let came = 100
  let shown: Shown | null = null
  for (let i = 0; i < 5; i++) {
    const sentAt = i * 6
    came += took(300)
    shown = clusters.take({ sentAt, cameAt: came, bytes: 300, cluster: 3, late: false }) ?? shown
    if (sound === 0) continue
    came += took(sound)
    clusters.take({ sentAt, cameAt: came, bytes: sound, cluster: NO_CLUSTER, late: false })
  }
  return shown
}

describe('a burst on a way of 200 kb/s', () => {
  test.each([0, 60, 160, 300])('shows it with %i bytes of sound between its packets', (sound) => {
    const shown = burst(sound)
    expect(shown?.limit).toBe(true)
    expect(shown?.bps).toBeGreaterThan(180_000)
    expect(shown?.bps).toBeLessThan(200_000)
  })

  test('shows nothing by what is not of it', () => {
    const clusters = new Clusters()
    clusters.begin(PROBE)
    for (let i = 0; i < 9; i++) {
      expect(clusters.take({ sentAt: i, cameAt: 50 + i, bytes: 400, cluster: NO_CLUSTER, late: false })).toBeNull()
      expect(clusters.take({ sentAt: i, cameAt: 50 + i, bytes: 400, cluster: 2, late: false })).toBeNull()
    }
  })
})
