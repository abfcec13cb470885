import { describe, expect, it } from 'vitest'
import { Pushes } from '../../src/app/pushes.ts'
import type { PushAddress } from '../../src/core/push-address.ts'
import { Emitter } from '../../src/lib/emitter.ts'
import { Bug } from '../../src/lib/fault.ts'
import type { PushInit, PushPart } from '../../src/media/push/order.ts'
import type { PushState } from '../../src/media/push.ts'
import { making } from '../broadcast/kit/making.ts'

const YT = 'rtmp://a.example/live2/KEY-ONE'
const SRT = 'srt://b.example:9000?streamid=KEY-TWO'

class Line extends Emitter<{ changed: [] }> {
  state: PushState = { is: 'connecting', why: null }
  readonly address: PushAddress
  readonly inits: PushInit[] = []
  readonly parts: PushPart[] = []
  isOpen = false
  constructor(address: PushAddress) {
    super((error) => {
      throw error
    })
    this.address = address
  }
  open(inits: readonly PushInit[]): void {
    this.isOpen = true
    this.inits.push(...inits)
  }
  init(init: PushInit): void {
    this.inits.push(init)
  }
  part(part: PushPart): void {
    this.parts.push(part)
  }
  async close(): Promise<void> {
    this.isOpen = false
  }
  is(state: PushState): void {
    this.state = state
    this.emit('changed')
  }
}

function open(addresses: readonly string[] = [YT], keep: (all: readonly string[]) => Promise<void> = async () => {}) {
  const lines: Line[] = []
  const notices: unknown[] = []
  const pushes = new Pushes({
    addresses,
    keep,
    open: (address) => {
      const line = new Line(address)
      lines.push(line)
      return line
    },
    notices: { set: (_, amiss) => void notices.push(amiss) },
    onListenerError: (error) => {
      throw error
    },
  })
  return { pushes, lines, notices }
}

describe('a broadcast that is sent on', () => {
  it('goes nowhere while nobody is live, and nowhere that nobody has set', () => {
    const { pushes, lines } = open()
    const nobody = open([])
    for (const update of making().live(3)) {
      pushes.update(update)
      nobody.pushes.update(update)
    }
    nobody.pushes.live(true)
    expect(lines).toEqual([])
    expect(nobody.lines).toEqual([])
    expect(pushes.list()).toEqual([{ to: 'rtmp://a.example/live2/…', is: 'resting', said: null }])
  })
  it('carries headers and parts of both tracks while it is live, and ends with it', () => {
    const { pushes, lines } = open([YT, SRT])
    const made = making()
    for (const update of made.live(2.5)) pushes.update(update)
    pushes.live(true)
    for (const update of made.live(4)) pushes.update(update)
    expect(lines.map(({ address }) => address.location)).toEqual([YT, SRT])
    for (const { inits, parts } of lines) {
      expect(new Set(inits.map(({ track }) => track))).toEqual(new Set(['video', 'audio']))
      const begins = parts.filter(({ track, isBegin }) => track === 'video' && isBegin)
      expect(begins.map(({ segment }) => segment)).toEqual([3, 4])
      expect(parts.filter(({ track }) => track === 'audio').length).toBeGreaterThan(15)
    }
    pushes.live(false)
    expect(lines.every(({ isOpen }) => !isOpen)).toBe(true)
    const { length } = lines[0]?.parts ?? []
    for (const update of made.live(2)) pushes.update(update)
    expect(lines[0]?.parts).toHaveLength(length)
  })
  it('is told as it is, in the words of a language, without its key', () => {
    const { pushes, lines, notices } = open([SRT])
    let told = 0
    pushes.on('changed', () => told++)
    pushes.live(true)
    lines[0]?.is({ is: 'waiting', why: 'no answer' })
    expect(told).toBe(2)
    expect(pushes.list()).toEqual([
      {
        to: 'srt://b.example:9000?…',
        is: 'waiting',
        said: 'The broadcast does not reach srt://b.example:9000?…: it does not answer. It is tried again.',
      },
    ])
    expect(notices.at(-1)).toEqual([{ is: 'push waits', to: 'srt://b.example:9000?…', why: 'no answer' }])
    lines[0]?.is({ is: 'sending', why: null })
    expect(pushes.list()[0]?.is).toBe('sending')
    expect(notices.at(-1)).toEqual([])
  })
  it('takes another address at once, keeps it, and lets one go alone', async () => {
    const kept: Array<readonly string[]> = []
    const { pushes, lines } = open([YT], async (all) => void kept.push(all))
    pushes.live(true)
    await pushes.add(SRT)
    expect(lines.map(({ address, isOpen }) => [address.location, isOpen])).toEqual([
      [YT, true],
      [SRT, true],
    ])
    await pushes.remove(1)
    expect(lines.map(({ isOpen }) => isOpen)).toEqual([false, true])
    await pushes.clear()
    expect(kept).toEqual([[YT, SRT], [SRT], []])
    expect(pushes.list()).toEqual([])
  })
  it('takes the addresses of the settings at once: what stays goes on, the others end and begin', async () => {
    const { pushes, lines } = open([YT, SRT])
    pushes.set([SRT, SRT])
    expect(lines).toEqual([])
    pushes.live(true)
    const [stays] = lines
    let told = 0
    pushes.on('changed', () => told++)
    pushes.set([YT, SRT])
    expect(lines.map(({ address, isOpen }) => [address.location, isOpen])).toEqual([
      [SRT, true],
      [YT, true],
    ])
    pushes.set([SRT])
    expect(lines.map(({ isOpen }) => isOpen)).toEqual([true, false])
    expect(lines[0]).toBe(stays)
    expect(pushes.list().map(({ to }) => to)).toEqual(['srt://b.example:9000?…'])
    expect(told).toBeGreaterThan(1)
    expect(() => pushes.set(['file:///etc/passwd'])).toThrow('begins with rtmp')
  })
  it('refuses what is no address, is there already, is one too many, or could not be kept', async () => {
    const { pushes, lines } = open([YT])
    await expect(pushes.add('file:///etc/passwd')).rejects.toThrow('begins with rtmp')
    await expect(pushes.add(YT)).rejects.toThrow('already')
    await expect(pushes.remove(2)).rejects.toThrow('number')
    await pushes.add(SRT)
    await pushes.add('rtmps://c.example/live/k')
    await expect(pushes.add('rtmps://d.example/live/k')).rejects.toThrow('3 other servers')
    const full = open([], async () => {
      throw new Bug('disk')
    })
    await expect(full.pushes.add(YT)).rejects.toThrow('disk')
    expect(full.pushes.list()).toEqual([])
    expect(lines).toEqual([])
  })
})
