// bluez.ts — what a peripheral sees of bluetoothd: its adapter, its two managers, and calls as it makes them for a phone that is near. On a real bus.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type MessageBus, Variant } from 'dbus-native'

/** A dbus-daemon of its own. */
export async function openDaemon(): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-bus-'))
  const address = `unix:path=${join(folder, 'socket')}`
  const rules =
    '<policy context="default"><allow send_destination="*" eavesdrop="false"/><allow own="*"/><allow receive_sender="*"/></policy>'
  writeFileSync(join(folder, 'conf'), `<busconfig><type>system</type><listen>${address}</listen><auth>EXTERNAL</auth>${rules}</busconfig>`)
  const daemon = spawn('dbus-daemon', ['--nofork', '--print-address', `--config-file=${join(folder, 'conf')}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise((done, fail) => {
    daemon.stdout.once('data', done)
    daemon.once('error', fail)
    daemon.once('exit', (code) => fail(new Error(`dbus-daemon ended with ${code}`)))
  })
  return {
    address,
    close: async () => {
      const over = new Promise((done) => daemon.once('exit', done))
      daemon.kill()
      await over
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const ADAPTER = '/org/bluez/hci0'
export const PHONE = `${ADAPTER}/dev_00_11_22_33_44_55`
type Tree = Record<string, Record<string, Record<string, unknown>>>

export class FakeBluez {
  readonly #bus: MessageBus
  readonly did: string[] = []
  readonly adapter = { Powered: false }
  /** The objects of who registered last. */
  tree: Tree = {}
  #them = ''
  #advertisement = ''

  private constructor(bus: MessageBus) {
    this.#bus = bus
  }

  /** @param refuses members that answer with an error */
  static async open(address: string, { hasAdapter = true, refuses = [] as readonly string[] } = {}): Promise<FakeBluez> {
    const bus = createClient({ busAddress: address, authMethods: ['EXTERNAL'], plainValues: true })
    const bluez = new FakeBluez(bus)
    if (hasAdapter) bluez.#serve(refuses)
    bus.exportObjectManager('/')
    await bus.requestName('org.bluez', 0)
    return bluez
  }

  #serve(refuses: readonly string[]): void {
    const did = (what: string) => {
      this.did.push(what)
      if (refuses.includes(what)) throw new Error(`${what} is not done today`)
      return null
    }
    const sender = (args: unknown[]) => (args.at(-1) as { sender: string }).sender
    const managers = {
      GattManager1: {
        RegisterApplication: async (path: string, ...rest: unknown[]) => {
          this.#them = sender(rest)
          this.tree = (await this.#call(path, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects')) as Tree
          return did('RegisterApplication')
        },
        UnregisterApplication: () => did('UnregisterApplication'),
      },
      LEAdvertisingManager1: {
        RegisterAdvertisement: (path: string) => {
          this.#advertisement = path
          return did('RegisterAdvertisement')
        },
        UnregisterAdvertisement: () => did('UnregisterAdvertisement'),
      },
    }
    for (const [name, object] of Object.entries(managers)) {
      const methods = Object.fromEntries(
        Object.keys(object).map((member) => [
          member,
          [member.startsWith('Un') ? 'o' : 'oa{sv}', '', [], []] as [string, string, string[], string[]],
        ]),
      )
      this.#bus.exportInterface(object, ADAPTER, { name: `org.bluez.${name}`, methods })
    }
    this.#bus.exportInterface(this.adapter, ADAPTER, { name: 'org.bluez.Adapter1', properties: { Powered: 'b' } })
    const phone = { Disconnect: () => did('Disconnect') }
    this.#bus.exportInterface(phone, PHONE, { name: 'org.bluez.Device1', methods: { Disconnect: ['', '', [], []] } })
  }

  /** What is advertised. */
  async advertised(): Promise<Record<string, unknown>> {
    return (await this.#call(
      this.#advertisement,
      'org.freedesktop.DBus.Properties',
      'GetAll',
      's',
      'org.bluez.LEAdvertisement1',
    )) as Record<string, unknown>
  }

  async read(uuid: string, offset = 0): Promise<Buffer> {
    const options = offset > 0 ? { offset: new Variant('q', offset) } : {}
    return (await this.#call(this.#pathOf(uuid), 'org.bluez.GattCharacteristic1', 'ReadValue', 'a{sv}', options)) as Buffer
  }

  async write(uuid: string, bytes: Uint8Array, mtu = 185): Promise<void> {
    const options = { device: new Variant('o', PHONE), mtu: new Variant('q', mtu), link: new Variant('s', 'LE') }
    await this.#call(this.#pathOf(uuid), 'org.bluez.GattCharacteristic1', 'WriteValue', 'aya{sv}', Buffer.from(bytes), options)
  }

  /** Every value that is notified, as [uuid, bytes]; and new data of the advertisement. */
  async listen(heard: (uuid: string, value: Uint8Array) => void): Promise<void> {
    this.#bus.connection.on('message', ({ member, path, body }) => {
      if (member !== 'PropertiesChanged') return
      const [, changed] = (body ?? []) as [string, Record<string, unknown>]
      const uuid = this.tree[path ?? '']?.['org.bluez.GattCharacteristic1']?.UUID
      if (typeof uuid === 'string') heard(uuid, changed.Value as Buffer)
      for (const [key, value] of Object.entries((changed.ServiceData ?? {}) as Record<string, Buffer>)) heard(key, value)
    })
    await this.#bus.addMatch("type='signal',interface='org.freedesktop.DBus.Properties'")
  }

  /** As bluetoothd does when the adapter is pulled out. */
  async release(): Promise<void> {
    await this.#call(this.#advertisement, 'org.bluez.LEAdvertisement1', 'Release')
  }

  close(): Promise<void> {
    return this.#bus.close()
  }

  #pathOf(uuid: string): string {
    const found = Object.entries(this.tree).find(([, has]) => has['org.bluez.GattCharacteristic1']?.UUID === uuid)
    return found?.[0] ?? '/none'
  }

  async #call(path: string, on: string, member: string, signature?: string, ...body: unknown[]): Promise<unknown> {
    return await this.#bus.invoke({ destination: this.#them, path, interface: on, member, ...(signature ? { signature, body } : {}) })
  }
}
