import { expect, it } from 'vitest'
import { FirstBoot } from '../../../src/app/firstboot.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { quietLog } from '../../fake/quiet.ts'
import { FakeNetworkManager } from '../../system/network/kit.ts'
import { doorBefore } from './kit.ts'

const HOME = { ssid: 'Home', password: 'correct horse' }

/** A box with the real door to its network before a NetworkManager that is a few lines. */
function aBox({ cable = false, phones = 0 } = {}) {
  const nm = new FakeNetworkManager(HOME)
  nm.cable = cable
  const door = doorBefore(nm)
  const clock = new FakeClock()
  const stop = new AbortController()
  const world = { phones, pairing: false, busy: false, pairings: 0 }
  const isPoint = () => [...nm.passingFiles.keys()].length > 0
  const setup = new FirstBoot({
    door,
    connected: () => nm.cable || (nm.up !== null && !isPoint()),
    leftOver: () => false,
    internet: async () => 'yes',
    phones: () => world.phones,
    pairing: {
      open: () => {
        world.pairings++
        world.pairing = true
      },
      isOpen: () => world.pairing,
    },
    busy: () => world.busy,
    applied: null,
    clock,
    log: quietLog().log,
    signal: stop.signal,
  })
  const running = setup.run()
  const end = async () => {
    stop.abort()
    await running
  }
  const pass = async (time: number) => {
    for (let left = time; left > 0; left--) await clock.advance(seconds(1))
  }
  return { setup, nm, world, pass, end }
}

it('goes from no network to its first phone, over a wrong password', async () => {
  const { setup, nm, world, pass, end } = aBox()
  await pass(30)
  expect(setup.scene()).toMatchObject({ is: 'point', ssid: 'Parlor KKKK' })
  expect(setup.seen).toEqual([{ ssid: 'Home', signal: 50, lock: 'password', kept: false }])
  setup.came()
  expect(setup.scene()?.is).toBe('page')

  setup.choose({ ssid: 'Home', password: 'wrong horse', hidden: false }, 'DE')
  expect(setup.scene()).toMatchObject({ is: 'trying', ssid: 'Home' })
  expect(() => setup.choose({ ssid: 'Home', password: 'other horse', hidden: false }, null)).toThrow('being tried')
  await pass(3)
  expect(setup.scene()).toMatchObject({ is: 'page', ssid: 'Parlor KKKK', failed: { ssid: 'Home', why: 'password' } })

  setup.choose({ ssid: 'Home', password: HOME.password, hidden: false }, null)
  await pass(3)
  expect(setup.scene()).toMatchObject({ is: 'joined', ssid: 'Home', internet: 'yes' })
  expect(world.pairings).toBe(0)
  await pass(8)
  expect(world.pairings).toBe(1)
  world.pairing = false
  world.phones = 1
  await pass(30)
  expect(setup.scene()).toBeNull()
  expect(nm.passingFiles.size).toBe(0)
  await end()
})

it('shows its own Wi-Fi for ten minutes, then again at a press', async () => {
  const { setup, pass, end } = aBox()
  await pass(30)
  expect(setup.pointIsOn).toBe(true)
  await pass(600)
  expect(setup.scene()?.is).toBe('again')
  expect(setup.key('ok')).toBe(true)
  await pass(2)
  expect(setup.scene()?.is).toBe('point')
  expect(setup.key('back')).toBe(true)
  await pass(2)
  expect(setup.scene()).toBeNull()
  expect(setup.pointIsOn).toBe(false)
  expect(setup.key('ok')).toBe(false)
  await end()
})

it('answers guests of its own Wi-Fi alone, and only while it is on', async () => {
  const { setup, pass, end } = aBox()
  expect(setup.isGuest('10.42.0.17')).toBe(false)
  await pass(30)
  expect([setup.isGuest('10.42.0.17'), setup.isGuest('192.168.1.5')]).toEqual([true, false])
  await end()
})

it('stays by itself where people want no other network', async () => {
  const { setup, world, pass, end } = aBox()
  await pass(30)
  setup.stayAlone()
  await pass(2000)
  expect([setup.pointIsOn, world.pairings]).toEqual([true, 1])
  await end()
})

it('goes straight to pairing where a cable is in, and asks root for nothing', async () => {
  const { nm, world, pass, end } = aBox({ cable: true })
  await pass(60)
  expect(world.pairings).toBe(1)
  expect(nm.asked).toEqual([])
  await end()
})

it('is there again when somebody asks for it later', async () => {
  const { setup, pass, end } = aBox({ cable: true, phones: 1 })
  await pass(60)
  expect(setup.scene()).toBeNull()
  setup.ask()
  await pass(2)
  expect(setup.scene()?.is).toBe('point')
  setup.choose({ ssid: 'Home', password: HOME.password, hidden: false }, null)
  await pass(4)
  expect(setup.scene()?.is).toBe('joined')
  await pass(30)
  expect(setup.scene()).toBeNull()
  await end()
})
