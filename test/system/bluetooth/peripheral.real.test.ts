// peripheral.real.test.ts — the door to bluetoothd over a real D-Bus daemon; what stands behind it is a few lines here, and real in test/virtual/improv.slow.test.ts.

import { createClient } from 'dbus-native'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../../src/lib/fault.ts'
import { openBus } from '../../../src/system/bluetooth/bus.ts'
import { goOnAir, type OnAir, type Peripheral } from '../../../src/system/bluetooth/peripheral.ts'
import { quietLog } from '../../fake/quiet.ts'
import { FakeBluez, openDaemon, PHONE } from './bluez.ts'

const never = new AbortController().signal
const undo: Array<() => unknown> = []
let address = ''
beforeEach(async () => {
  const daemon = await openDaemon()
  address = daemon.address
  undo.push(daemon.close)
})
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step()
})

const [SERVICE, ASK, SAY] = [1, 2, 3].map((n) => `0000000${n}-0000-4000-8000-000000000000`) as [string, string, string]
const DATA = '00004677-0000-1000-8000-00805f9b34fb'

async function aBox({ hasAdapter = true, refuses = [] as readonly string[] } = {}) {
  const bluez = await FakeBluez.open(address, { hasAdapter, refuses })
  undo.push(() => bluez.close())
  const world = { said: Uint8Array.of(1), data: Uint8Array.of(7, 8), written: [] as unknown[] }
  const peripheral: Peripheral = {
    service: SERVICE,
    name: 'Parlor Küche',
    data: { uuid: DATA, bytes: () => world.data },
    characteristics: [
      { uuid: ASK, flags: ['write', 'write-without-response'], write: (bytes, from, most) => world.written.push([[...bytes], from, most]) },
      { uuid: SAY, flags: ['read', 'notify'], read: () => world.said },
    ],
  }
  const open = async (): Promise<OnAir> => {
    const air = await goOnAir(await openBus(address, never), peripheral, quietLog().log, never)
    undo.push(() => air.close())
    return air
  }
  return { bluez, world, open }
}

describe('a service on the air', () => {
  test('is what bluetoothd was given: read, written, notified and advertised', async () => {
    const { bluez, world, open } = await aBox()
    const air = await open()
    expect(bluez.did).toEqual(['RegisterApplication', 'RegisterAdvertisement'])
    expect(Object.values(bluez.tree).flatMap((has) => Object.keys(has))).toEqual([
      'org.bluez.GattService1',
      'org.bluez.GattCharacteristic1',
      'org.bluez.GattCharacteristic1',
    ])
    expect(await bluez.advertised()).toEqual({
      Type: 'peripheral',
      ServiceUUIDs: [SERVICE],
      ServiceData: { [DATA]: Buffer.from([7, 8]) },
      LocalName: 'Parlor Küche',
      Discoverable: true,
    })
    world.said = Uint8Array.of(4, 5, 6)
    expect([...(await bluez.read(SAY)), ...(await bluez.read(SAY, 2))]).toEqual([4, 5, 6, 6])
    await bluez.write(ASK, Uint8Array.of(1, 2, 3))
    expect(world.written).toEqual([[[1, 2, 3], PHONE, 182]])

    const heard: unknown[] = []
    await bluez.listen((uuid, value) => heard.push([uuid, [...value]]))
    air.notify(SAY)
    world.data = Uint8Array.of(9)
    air.advertise()
    await expect
      .poll(() => heard)
      .toEqual([
        [SAY, [4, 5, 6]],
        [DATA, [9]],
      ])
  })

  test('is taken down whole: who is connected is let go, and an adapter that was off is off again', async () => {
    const { bluez, open } = await aBox()
    const air = await open()
    expect(bluez.adapter.Powered).toBe(true)
    await bluez.write(ASK, Uint8Array.of(1))
    await air.close()
    expect(bluez.did.slice(2)).toEqual(['UnregisterAdvertisement', 'Disconnect', 'UnregisterApplication'])
    expect(bluez.adapter.Powered).toBe(false)
    expect(air.over.aborted).toBe(true)
  })

  test('leaves an adapter on that others use', async () => {
    const { bluez, open } = await aBox()
    bluez.adapter.Powered = true
    await (await open()).close()
    expect(bluez.adapter.Powered).toBe(true)
  })

  test('is over when the adapter is pulled out, or bluetoothd ends', async () => {
    const { bluez, open } = await aBox()
    const first = await open()
    await bluez.release()
    await expect.poll(() => first.over.aborted).toBe(true)
    await first.close()
    const second = await open()
    await bluez.close()
    await expect.poll(() => second.over.aborted).toBe(true)
    await second.close()
  })

  test('does nothing for anybody but bluetoothd', async () => {
    const { world, open } = await aBox()
    await open()
    const other = createClient({ busAddress: address, authMethods: ['EXTERNAL'], plainValues: true })
    undo.push(() => other.close())
    const names = (await other.invokeDbus<string[]>({ member: 'ListNames' })).filter((name) => name.startsWith(':') && name !== other.name)
    const tries = names.map((destination) =>
      other.invoke(
        {
          ...{ destination, path: '/parlor/application/service/c0', interface: 'org.bluez.GattCharacteristic1', member: 'WriteValue' },
          ...{ signature: 'aya{sv}', body: [Buffer.of(1), []] },
        },
        { timeout: 10_000 },
      ),
    )
    const ended = await Promise.allSettled(tries)
    expect(ended.map(({ status }) => status)).toEqual(names.map(() => 'rejected'))
    expect(String(ended.map((each) => (each.status === 'rejected' ? each.reason : '')).join())).toContain('bluetoothd alone')
    expect(world.written).toEqual([])
  })
})

describe('without Bluetooth', () => {
  const fails = async (opening: Promise<unknown>) => {
    const error = await opening.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(Fault)
    return error instanceof Fault ? error.message : ''
  }

  test('it is said whether bluetoothd does not run, has no adapter, or does not want to', async () => {
    const bare: Peripheral = { service: SERVICE, name: 'x', data: { uuid: DATA, bytes: () => Uint8Array.of() }, characteristics: [] }
    const alone = openBus(address, never).then((bus) => goOnAir(bus, bare, quietLog().log, never))
    expect(await fails(alone)).toBe('bluetoothd does not run')
    const { bluez, open } = await aBox({ hasAdapter: false })
    expect(await fails(open())).toMatch('no Bluetooth adapter')
    await bluez.close()
    const unwilling = await aBox({ refuses: ['RegisterAdvertisement'] })
    expect(await fails(unwilling.open())).toBe('bluetoothd does not do what it should')
    expect(unwilling.bluez.did).toEqual(['RegisterApplication', 'RegisterAdvertisement', 'UnregisterApplication'])
    expect(unwilling.bluez.adapter.Powered).toBe(false)
  })

  test('it is an error where there is no bus', async () => {
    await expect(openBus('unix:path=/nowhere/at/all', never)).rejects.toThrow('ENOENT')
  })
})
