// improv.test.ts — a phone that sets a box up by Bluetooth: the box is real (FirstBoot over a NetworkManager of a few lines), the air is an array.
import { expect, it } from 'vitest'
import { Improv } from '../../../src/app/firstboot/improv.ts'
import { FirstBoot } from '../../../src/app/firstboot.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { Fault } from '../../../src/lib/fault.ts'
import { seconds } from '../../../src/lib/unit.ts'
import type { OnAir, Peripheral } from '../../../src/system/bluetooth/peripheral.ts'
import { hex } from '../../../src/wire/crypto.ts'
import { IMPROV, resultBytes } from '../../../src/wire/improv.ts'
import { quietLog } from '../../fake/quiet.ts'
import { FakeNetworkManager } from '../../system/network/kit.ts'
import { doorBefore } from './kit.ts'

const HOME = { ssid: 'Home', password: 'correct horse', signal: 80 }

/** Bluetooth that is an array: what was notified, and a phone that reads and writes. */
class Air {
  peripheral: Peripheral | null = null
  is: 'here' | 'away' = 'here'
  opened = 0
  readonly heard: string[] = []
  #lost = new AbortController()

  goOnAir = async (peripheral: Peripheral): Promise<OnAir> => {
    if (this.is === 'away') throw new Fault('bluetooth-away', 'there is no Bluetooth adapter that can be a peripheral')
    this.opened++
    this.peripheral = peripheral
    this.#lost = new AbortController()
    return {
      notify: (uuid) => this.heard.push(`${WHAT[uuid]} ${this.read(uuid)}`),
      advertise: () => this.heard.push(`advertised ${hex(peripheral.data.bytes())}`),
      over: this.#lost.signal,
      close: async () => {
        this.peripheral = null
      },
    }
  }
  read(uuid: string): string {
    const found = this.peripheral?.characteristics.find((each) => each.uuid === uuid)
    return hex(found?.read?.() ?? new Uint8Array())
  }
  write(bytes: Uint8Array, from = 'phone'): void {
    this.peripheral?.characteristics.find((each) => each.uuid === IMPROV.command)?.write?.(bytes, from, 100)
  }
  pullOut(): void {
    this.is = 'away'
    this.#lost.abort()
  }
}
const WHAT: Readonly<Record<string, string>> = { [IMPROV.state]: 'state', [IMPROV.error]: 'error', [IMPROV.result]: 'result' }

const string = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)]
const packet = (command: number, ...data: number[]): Uint8Array => {
  const bytes = [command, data.length, ...data]
  return Uint8Array.from([...bytes, bytes.reduce((sum, byte) => sum + byte, 0)])
}
const settings = (ssid: string, password: string): Uint8Array => packet(1, ...string(ssid), ...string(password))

function aBox({ phones = 0 } = {}) {
  const nm = new FakeNetworkManager(HOME, { ssid: 'Café', security: '--', signal: 30 }, { ssid: 'Office', security: 'WPA2 802.1X' })
  const door = doorBefore(nm)
  const clock = new FakeClock()
  const stop = new AbortController()
  const world = { busy: false, pairing: false }
  const { log, said } = quietLog()
  const ground = { clock, log, signal: stop.signal }
  const setup = new FirstBoot({
    ...{ door, leftOver: () => false, internet: async () => 'yes', phones: () => phones, busy: () => world.busy, applied: null, ...ground },
    connected: () => nm.up !== null && nm.passingFiles.size === 0,
    pairing: { open: () => {}, isOpen: () => world.pairing },
  })
  const air = new Air()
  const page = () => 'https://192.168.1.5:8443/remote'
  const chosen: number[] = []
  const watched: typeof setup = Object.create(setup, {
    on: { value: setup.on.bind(setup) },
    scene: { value: () => setup.scene() },
    trying: { get: () => setup.trying },
    failed: { get: () => setup.failed },
    list: { value: () => setup.list() },
    showBluetooth: { value: setup.showBluetooth.bind(setup) },
    choose: {
      value: (...wish: Parameters<typeof setup.choose>) => {
        chosen.push(clock.now())
        setup.choose(...wish)
      },
    },
  })
  const improv = new Improv({ setup: watched, goOnAir: air.goOnAir, name: 'Küche', version: '0.4.0', board: 'pi4', page, ...ground })
  const running = [setup.run(), improv.run()]
  const pass = async (time: number) => {
    for (let left = time; left > 0; left--) await clock.advance(seconds(1))
  }
  const end = async () => {
    stop.abort()
    await Promise.all(running)
  }
  return { setup, air, world, said, chosen, clock, pass, end }
}

const STATE = { required: '01', authorized: '02', provisioning: '03', provisioned: '04' }

it('is on the air with the card of the own Wi-Fi, and takes nothing before OK was pressed', async () => {
  const { setup, air, pass, end } = aBox()
  await pass(10)
  expect(air.peripheral).toBeNull()
  await pass(20)
  expect([air.read(IMPROV.state), air.peripheral?.name, setup.scene()?.bluetooth]).toEqual([STATE.required, 'Parlor Küche', 'press'])
  air.write(settings('Home', HOME.password))
  await pass(2)
  expect([air.read(IMPROV.error), setup.trying]).toEqual(['04', null])
  expect(setup.key('ok')).toBe(true)
  await pass(1)
  expect([air.read(IMPROV.state), setup.scene()?.bluetooth]).toEqual([STATE.authorized, 'open'])
  await pass(180)
  expect([air.read(IMPROV.state), setup.scene()?.bluetooth]).toEqual([STATE.required, 'press'])
  await end()
  expect(air.peripheral).toBeNull()
})

it('joins what a phone gave it after a press, and says where its page is', async () => {
  const { setup, air, said, pass, end } = aBox()
  await pass(30)
  setup.key('ok')
  await pass(1)
  air.heard.length = 0
  const whole = settings('Home', HOME.password)
  for (let at = 0; at < whole.length; at += 20) air.write(whole.slice(at, at + 20))
  await pass(1)
  expect([air.read(IMPROV.state), setup.scene()]).toMatchObject([STATE.provisioning, { is: 'trying', ssid: 'Home' }])
  await pass(5)
  const done = hex(resultBytes('settings', ['https://192.168.1.5:8443/remote']))
  expect(air.heard).toEqual(['state 03', 'advertised 030700000000', 'state 04', 'advertised 040700000000', `result ${done}`])
  expect(setup.scene()).toMatchObject({ is: 'joined', ssid: 'Home' })
  await pass(30)
  expect(air.peripheral).toBeNull()
  expect(said.map(({ sentence }) => sentence).join()).not.toMatch(/correct horse|Home/)
  await end()
})

it('says that it could not join, as the TV does, and is open for three minutes more', async () => {
  const { setup, air, pass, end } = aBox()
  await pass(30)
  setup.key('ok')
  await pass(170)
  air.heard.length = 0
  air.write(settings('Home', 'wrong horse'))
  await pass(5)
  expect(air.heard.filter((each) => !each.startsWith('adv'))).toEqual(['state 03', 'error 03', 'state 02'])
  expect(setup.scene()).toMatchObject({ is: 'point', bluetooth: 'open', failed: { ssid: 'Home', why: 'password' } })
  await pass(170)
  air.write(settings('Home', 'short'))
  expect([air.read(IMPROV.error), setup.trying]).toEqual(['03', null])
  air.write(settings('Home', HOME.password))
  await pass(5)
  expect(air.read(IMPROV.state)).toBe(STATE.provisioned)
  await end()
})

it('answers who it is, which networks it hears, and shows itself when asked', async () => {
  const { setup, air, pass, end } = aBox()
  await pass(30)
  air.write(packet(3))
  expect(air.read(IMPROV.result)).toBe(hex(resultBytes('info', ['Parlor', '0.4.0', 'pi4', 'Küche'])))
  air.write(packet(4))
  await pass(1)
  expect(air.read(IMPROV.result)).toBe(hex(resultBytes('scan', ['Home', '-60', 'WPA2', 'Café', '-85', 'NO'])))
  air.write(packet(2))
  await pass(1)
  expect(setup.scene()?.bluetooth).toBe('here')
  await pass(7)
  expect(setup.scene()?.bluetooth).toBe('press')
  air.write(packet(9))
  expect(air.read(IMPROV.error)).toBe('02')
  air.write(Uint8Array.of(1, 0, 0))
  expect(air.read(IMPROV.error)).toBe('01')
  air.write(packet(3))
  expect(air.read(IMPROV.error)).toBe('00')
  await end()
})

it('goes off the air when a call comes, when somebody puts the card away, and after ten minutes', async () => {
  const { setup, air, world, pass, end } = aBox()
  await pass(30)
  setup.key('ok')
  world.busy = true
  air.write(settings('Home', HOME.password))
  expect(setup.trying).toBeNull()
  await pass(2)
  expect(air.peripheral).toBeNull()
  world.busy = false
  await pass(2)
  expect(air.read(IMPROV.state)).toBe(STATE.required)
  setup.key('back')
  await pass(2)
  expect(air.peripheral).toBeNull()
  setup.ask()
  await pass(3)
  expect(air.read(IMPROV.state)).toBe(STATE.required)
  await pass(600)
  expect([setup.scene()?.is, air.peripheral]).toEqual(['again', null])
  await end()
})

it('is not on the air when a paired phone changes the network', async () => {
  const { setup, air, pass, end } = aBox({ phones: 1 })
  await pass(30)
  setup.choose({ ssid: 'Home', password: HOME.password, hidden: false }, null)
  await pass(5)
  expect([setup.scene()?.is, air.opened]).toEqual(['joined', 0])
  await end()
})

it('changes nothing where there is no Bluetooth, says so once, and finds it when it comes', async () => {
  const { setup, air, said, pass, end } = aBox()
  air.is = 'away'
  await pass(120)
  expect(setup.scene()).toMatchObject({ is: 'point', bluetooth: null })
  setup.key('ok')
  await pass(1)
  expect(setup.scene()).toMatchObject({ is: 'point', bluetooth: null })
  expect(said.filter(({ sentence }) => sentence.includes('not set up by Bluetooth'))).toHaveLength(1)
  air.is = 'here'
  await pass(31)
  expect(setup.scene()?.bluetooth).toBe('press')
  air.pullOut()
  await pass(1)
  expect(setup.scene()?.bluetooth).toBeNull()
  await end()
})

it('takes a network only within three minutes of a press or of its own failure, and never in a call, whatever happens', async () => {
  let seed = 3
  const dice = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  let taken = 0
  for (let life = 0; life < 12; life++) {
    const { setup, air, world, chosen, clock, pass, end } = aBox({ phones: dice(2) })
    setup.ask()
    await pass(3)
    let open = 0
    for (let i = 0; i < 60; i++) {
      const before = chosen.length
      const what = dice(10)
      const isShown = setup.scene()?.bluetooth !== null && setup.scene() !== null
      if (what === 0) setup.key('back')
      else if (what === 1) setup.ask()
      else if (what === 2) world.busy = dice(3) === 0
      else if (what <= 4 && isShown && setup.key('ok')) open = clock.now() + seconds(180)
      else if (what <= 6)
        air.write(
          Uint8Array.from({ length: dice(40) }, () => dice(256)),
          'other',
        )
      else air.write(settings('Home', dice(8) === 0 ? HOME.password : 'wrong horse'), `phone${dice(2)}`)
      if (chosen.length > before) {
        taken++
        expect([clock.now() <= open, world.busy, setup.trying]).toEqual([true, false, 'Home'])
      }
      const wasTrying = setup.trying !== null
      await pass([1, 1, 3, 20, 120][dice(5)] ?? 1)
      if (wasTrying && setup.failed) open = clock.now() + seconds(180)
      if (setup.scene() === null) open = 0
    }
    await end()
  }
  expect(taken).toBeGreaterThan(20)
})
