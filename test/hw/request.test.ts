import { describe, expect, test } from 'vitest'
import { _IO, _IOR, _IOW, _IOWR, sizeOf } from '../../src/hw/request.ts'

describe('the number of a request', () => {
  // Printed by a C program that includes the kernel's headers.
  test('is what the kernel headers make of it', () => {
    expect(_IOR('V', 0, 104), 'VIDIOC_QUERYCAP').toBe(0x80685600)
    expect(_IOWR('V', 2, 64), 'VIDIOC_ENUM_FMT').toBe(0xc0405602)
    expect(_IOWR('V', 74, 44), 'VIDIOC_ENUM_FRAMESIZES').toBe(0xc02c564a)
    expect(_IOWR('V', 75, 52), 'VIDIOC_ENUM_FRAMEINTERVALS').toBe(0xc034564b)
    expect(_IOWR('W', 6, 4), 'WDIOC_SETTIMEOUT').toBe(0xc0045706)
    expect(_IOR('W', 7, 4), 'WDIOC_GETTIMEOUT').toBe(0x80045707)
    expect(_IOR('W', 5, 4), 'WDIOC_KEEPALIVE').toBe(0x80045705)
    expect(_IOW('E', 0x90, 4), 'EVIOCGRAB').toBe(0x40044590)
    expect(_IOR(0xb4, 1, 68), 'GPIO_GET_CHIPINFO_IOCTL').toBe(0x8044b401)
    expect(_IO('V', 70), 'VIDIOC_LOG_STATUS').toBe(0x5646)
  })

  test('names the size of its argument', () => {
    expect(sizeOf(_IOR('V', 0, 104))).toBe(104)
    expect(sizeOf(0x541b), 'FIONREAD is older than the scheme').toBe(0)
  })

  test('is refused when a part does not fit', () => {
    expect(() => _IOR('VV', 0, 1)).toThrow('one letter')
    expect(() => _IOR('V', 256, 1)).toThrow('does not fit')
    expect(() => _IOR('V', 0, 16384)).toThrow('does not fit')
  })
})
