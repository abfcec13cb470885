import { describe, expect, test } from 'vitest'
import { putBack, remember } from '../../../src/hw/cec/before.ts'
import * as codec from '../../../src/hw/cec/codec.ts'
import { hear } from '../../../src/hw/cec/message.ts'

describe('the kernel’s structures', () => {
  test('have the sizes of linux/cec.h', () => {
    expect([codec.CEC_ADAP_G_CAPS, codec.CEC_ADAP_S_LOG_ADDRS, codec.CEC_TRANSMIT, codec.CEC_DQEVENT].map((n) => n.toString(16))).toEqual([
      'c04c6100',
      'c05c6104',
      'c0386105',
      'c0506107',
    ])
  })

  test('tell a message of somebody from what became of ours', () => {
    const made = (sequence: number, rx: number, tx: number, ...bytes: number[]) => {
      const buffer = codec.encodeTransmit(Uint8Array.from(bytes))
      buffer.writeUInt32LE(sequence, 24)
      buffer.writeUInt8(rx, 49)
      buffer.writeUInt8(tx, 50)
      return codec.decodeReceived(buffer)
    }
    const bytes = Uint8Array.from([0x04, 0x90, 0])
    expect(made(0, 1, 0, ...bytes)).toEqual({ what: 'message', bytes })
    expect(made(7, 0, 1, 0x40, 4)).toEqual({ what: 'sent', sequence: 7, acknowledged: true })
    expect(made(7, 0, 0x24, 0x40, 4)).toEqual({ what: 'sent', sequence: 7, acknowledged: false })
    expect(made(7, 1, 1, ...bytes)).toEqual({ what: 'answer', sequence: 7, bytes })
    expect(made(7, 2, 1, 0x40, 0x8f)).toEqual({ what: 'answer', sequence: 7, bytes: null })
    expect(made(7, 5, 1, 0x04, 0, 0x8f, 0)).toEqual({ what: 'answer', sequence: 7, bytes: null })
  })

  test('of a length that no message has are nothing', () => {
    for (const length of [0, 17, 0xffffffff]) {
      const buffer = codec.emptyMessage()
      buffer.writeUInt32LE(length, 16)
      expect(codec.decodeReceived(buffer)).toBeNull()
    }
  })

  test('a name that does not fit is cut, and only ASCII goes on the wire', () => {
    const named = (name: string) => codec.encodePlayback(name).toString('latin1', 16, 31).split('\0')[0]
    expect(named('Grandmothers living room')).toBe('Grandmothers l')
    expect(named('Küche')).toBe('Kche')
  })
})

describe('words', () => {
  const heard = (...bytes: number[]) => hear(Uint8Array.from(bytes))

  test('an order to all that must go to one, and the other way round, is nothing', () => {
    expect(heard(0x0f, 0x44, 0x00)).toEqual({ heard: 'nothing' })
    expect(heard(0x04, 0x82, 0x10, 0x00)).toEqual({ heard: 'nothing' })
    expect(heard(0x0f, 0x82, 0x10)).toEqual({ heard: 'nothing' })
    expect(heard(0x04)).toEqual({ heard: 'nothing' })
    expect(heard()).toEqual({ heard: 'nothing' })
  })

  test('only the TV itself says that it goes to sleep', () => {
    expect(heard(0x0f, 0x36)).toEqual({ heard: 'tv goes to sleep' })
    expect(heard(0x8f, 0x36)).toEqual({ heard: 'nothing' })
  })

  test('a change of routing names the new input, not the old', () => {
    expect(heard(0x0f, 0x80, 0x20, 0x00, 0x10, 0x00)).toEqual({ heard: 'chosen', physical: 0x1000 })
  })
})

describe('how the TV was', () => {
  const us = 0x1000
  const on = { power: 'on', shown: us } as const

  test('counts from before the first waking', () => {
    const first = remember(null, { power: 'standby', shown: null })
    expect(remember(first, on)).toBe(first)
  })

  test('decides what puts it back', () => {
    const table = [
      [null, on, 'nothing'],
      [{ power: 'standby', shown: null }, on, 'standby'],
      [{ power: 'standby', shown: null }, { power: null, shown: us }, 'standby'],
      [{ power: 'standby', shown: null }, { power: 'on', shown: 0x2000 }, 'nothing'],
      [{ power: 'standby', shown: null }, { power: 'standby', shown: null }, 'nothing'],
      [{ power: 'on', shown: us }, on, 'nothing'],
      [{ power: 'on', shown: 0x3000 }, on, 'hand over'],
      [{ power: 'on', shown: null }, on, 'hand over'],
      [{ power: null, shown: null }, on, 'hand over'],
    ] as const
    for (const [before, now, what] of table) expect(putBack(before, now, us).do).toBe(what)
    expect(putBack({ power: 'standby', shown: null }, on, null).do).toBe('nothing')
  })
})
