import { describe, expect, it } from 'vitest'
import { releaseIn } from '../../../src/system/release.ts'
import { whyBelow } from '../../../src/system/update/floor.ts'
import { compareVersions, isVersion } from '../../../src/system/update/version.ts'

describe('versions', () => {
  it('stand in the order of Semantic Versioning, section 11', () => {
    const order = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0']
    for (const [i, a] of order.entries())
      for (const [j, b] of order.entries()) expect(Math.sign(compareVersions(a, b)), `${a} and ${b}`).toBe(Math.sign(i - j))
  })
  it('are numbers, not letters', () => {
    expect(compareVersions('0.10.0', '0.9.9')).toBeGreaterThan(0)
    expect(compareVersions('1.0.0', '0.99.99')).toBeGreaterThan(0)
  })
  it('of the same age differ in what stands behind the +', () => expect(compareVersions('0.5.0+a', '0.5.0+b')).toBe(0))
  it('that are none are older than any', () => {
    for (const text of ['', '5', 'v0.5.0', '0.5', '0.5.0.1', '0.5.0-', '1234567.0.0', '0.5.0 ', '../0.5.0']) {
      expect(isVersion(text), text).toBe(false)
      expect(compareVersions(text, '0.0.0-a'), text).toBeLessThan(0)
    }
  })
})

describe('what a card is', () => {
  const text = 'VERSION=0.5.0\nBOARD=pi4\nCHANNEL=release\nBUILT=2026-11-21\n'
  it('stands in its release file', () => expect(releaseIn(text)).toEqual({ version: '0.5.0', board: 'pi4', channel: 'release' }))
  it('is of development only when that is said', () => {
    expect(releaseIn(text.replace('release', 'development'))?.channel).toBe('development')
    expect(releaseIn(text.replace('CHANNEL=release', 'CHANNEL="release"'))?.channel).toBe('release')
    expect(releaseIn(text.replace('CHANNEL=release\n', ''))?.channel).toBe('release')
  })
  it('is nothing of ours without the file, a version or a board', () => {
    for (const bad of [null, '', text.replace('0.5.0', 'x'), text.replace('pi4', 'PI 4')]) expect(releaseIn(bad)).toBeNull()
  })
})

describe('the floor inside RAUC', () => {
  it('lets the same and newer pass', () => {
    for (const version of ['0.5.0', '0.5.1', '1.0.0']) expect(whyBelow(`[update]\nversion=${version}\n`, '0.5.0')).toBeNull()
  })
  it('says no to older ones, and to a bundle without a version', () => {
    for (const version of ['0.4.9', '0.5.0-rc.1', 'latest', ''])
      expect(whyBelow(`[update]\nversion=${version}\n`, '0.5.0'), version).not.toBeNull()
    expect(whyBelow('', '0.5.0')).not.toBeNull()
  })
})
