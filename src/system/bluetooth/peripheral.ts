// peripheral.ts — one service of ours on Bluetooth LE, by way of bluetoothd: put on the air, and taken down again with all that it left.
//
// A peripheral is an application of GATT (org.bluez.GattManager1) and an advertisement (org.bluez.LEAdvertisingManager1); both are objects of ours that
// bluetoothd calls. Nobody is paired and nothing is kept: who is still connected at the end is let go, and an adapter that was off is switched off again.
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { Scope } from '../../lib/scope.ts'
import type { Bus, Call } from './bus.ts'

export type Characteristic = {
  readonly uuid: string
  readonly flags: ReadonlyArray<'read' | 'notify' | 'write' | 'write-without-response'>
  /** What is read of it, and notified. */
  readonly read?: () => Uint8Array
  /** @param from who wrote it, a name for as long as it is near  @param most bytes that reach it in one message */
  readonly write?: (bytes: Uint8Array, from: string, most: number) => void
}

export type Peripheral = {
  readonly service: string
  /** Shown by phones that search: some 20 letters. */
  readonly name: string
  /** Goes out with each advertisement. */
  readonly data: { readonly uuid: string; readonly bytes: () => Uint8Array }
  readonly characteristics: readonly Characteristic[]
}

export interface OnAir {
  /** Tells who listens what a characteristic is now. */
  notify(uuid: string): void
  /** Advertises the data anew. */
  advertise(): void
  /** Aborted when bluetoothd, its adapter or the bus has gone. */
  readonly over: AbortSignal
  /** Never rejects. */
  close(): Promise<void>
}

const BLUEZ = 'org.bluez'
const [MANAGER, ADVERTISER, ADAPTER] = ['org.bluez.GattManager1', 'org.bluez.LEAdvertisingManager1', 'org.bluez.Adapter1']
const PROPERTIES = 'org.freedesktop.DBus.Properties'
const [APPLICATION, SERVICE, ADVERTISEMENT] = ['/parlor/application', '/parlor/application/service', '/parlor/advertisement']
const CHARACTERISTIC = 'org.bluez.GattCharacteristic1'
/** A message of ATT has 23 bytes where nobody asked for more, three of them for itself (Bluetooth Core, Vol 3, Part F, 3.2.8). */
const [ATT, ATT_HEAD] = [23, 3]
/** A characteristic is no longer than this (Vol 3, Part F, 3.2.9). */
const LONGEST = 512
const MOST_PHONES = 16

/** @param bus is closed with it, also when this fails  @throws Fault 'bluetooth-away' where there is no adapter, or bluetoothd does not want it */
export async function goOnAir(bus: Bus, peripheral: Peripheral, log: Log, signal: AbortSignal): Promise<OnAir> {
  const scope = new Scope((error) => log.debug('Bluetooth was left untidy', { why: String(error) }))
  scope.defer(() => bus.close())
  try {
    return await new Radio(bus, peripheral, scope).open(signal)
  } catch (cause) {
    await scope.close()
    signal.throwIfAborted()
    throw cause instanceof Fault ? cause : new Fault('bluetooth-away', 'bluetoothd does not do what it should', { cause })
  }
}

class Radio implements OnAir {
  readonly #bus: Bus
  readonly #peripheral: Peripheral
  readonly #scope: Scope
  readonly #lost = new AbortController()
  readonly #phones = new Set<string>()
  readonly over: AbortSignal

  constructor(bus: Bus, peripheral: Peripheral, scope: Scope) {
    this.over = AbortSignal.any([this.#lost.signal, bus.gone])
    this.#bus = bus
    this.#peripheral = peripheral
    this.#scope = scope
  }

  async open(signal: AbortSignal): Promise<this> {
    const bus = this.#bus
    const owner = await this.#ownerOf(signal)
    // A bluetoothd that starts anew knows nothing of us.
    await bus.owners(BLUEZ, (now) => now !== owner && this.#lost.abort(new Error('bluetoothd has ended')), signal)
    const adapter = adapterIn(await this.#ask('/', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', signal))
    if (!adapter) throw new Fault('bluetooth-away', 'there is no Bluetooth adapter that can be a peripheral')
    this.#serve(owner)
    await this.#power(adapter, signal)
    await this.#register(adapter, MANAGER, 'Application', APPLICATION, signal)
    this.#scope.defer(() => this.#letGo())
    await this.#register(adapter, ADVERTISER, 'Advertisement', ADVERTISEMENT, signal)
    return this
  }

  notify(uuid: string): void {
    const index = this.#peripheral.characteristics.findIndex((each) => each.uuid === uuid)
    const read = this.#peripheral.characteristics[index]?.read
    if (read) this.#bus.changed(pathOf(index), CHARACTERISTIC, { Value: Buffer.from(read()) })
  }

  advertise(): void {
    this.#bus.changed(ADVERTISEMENT, 'org.bluez.LEAdvertisement1', { ServiceData: this.#data() })
  }

  close(): Promise<void> {
    return this.#scope.close()
  }

  async #ownerOf(signal: AbortSignal): Promise<string> {
    const on = 'org.freedesktop.DBus'
    // Not bus activation: where bluetoothd does not run, there is no adapter for it.
    const ask: Call = { to: on, path: '/org/freedesktop/DBus', on, member: 'GetNameOwner', signature: 's', body: [BLUEZ] }
    try {
      return String(await this.#bus.call(ask, signal))
    } catch (cause) {
      throw new Fault('bluetooth-away', 'bluetoothd does not run', { cause })
    }
  }

  #ask(path: string, on: string, member: string, signal: AbortSignal, signature?: string, ...body: unknown[]): Promise<unknown> {
    return this.#bus.call({ to: BLUEZ, path, on, member, ...(signature ? { signature, body } : {}) }, signal)
  }

  /** Registers an object, and unregisters it at the end. */
  async #register(adapter: string, on: string, what: string, path: string, signal: AbortSignal): Promise<void> {
    await this.#ask(adapter, on, `Register${what}`, signal, 'oa{sv}', path, {})
    this.#scope.defer(() => this.#atTheEnd(adapter, on, `Unregister${what}`, 'o', path))
  }

  async #power(adapter: string, signal: AbortSignal): Promise<void> {
    const isOn = await this.#ask(adapter, PROPERTIES, 'Get', signal, 'ss', ADAPTER, 'Powered')
    if (isOn === true) return
    const set = (on: boolean) => [ADAPTER, 'Powered', this.#bus.typed('b', on)] as const
    await this.#ask(adapter, PROPERTIES, 'Set', signal, 'ssv', ...set(true))
    this.#scope.defer(() => this.#atTheEnd(adapter, PROPERTIES, 'Set', 'ssv', ...set(false)))
  }

  async #letGo(): Promise<void> {
    await Promise.allSettled([...this.#phones].map((phone) => this.#atTheEnd(phone, 'org.bluez.Device1', 'Disconnect')))
  }

  /** Where bluetoothd has gone, there is nothing to be undone. */
  async #atTheEnd(path: string, on: string, member: string, signature?: string, ...body: unknown[]): Promise<void> {
    if (!this.over.aborted) await this.#ask(path, on, member, this.over, signature, ...body)
  }

  #data(): Record<string, unknown> {
    const { uuid, bytes } = this.#peripheral.data
    return { [uuid]: this.#bus.typed('ay', Buffer.from(bytes())) }
  }

  #serve(owner: string): void {
    const { service, name, characteristics } = this.#peripheral
    const is = (type: string, get: () => unknown) => ({ type, get })
    const none = { takes: '', gives: '', does: () => null }
    this.#bus.list(APPLICATION)
    const about = { UUID: is('s', () => service), Primary: is('b', () => true) }
    this.#bus.serve({ path: SERVICE, name: 'org.bluez.GattService1', methods: {}, properties: about }, owner)
    characteristics.forEach(({ uuid, flags, read = () => new Uint8Array(), write }, index) => {
      const value = () => Buffer.from(read())
      const methods = {
        // bluetoothd asks for the rest of what is long by its offset.
        ReadValue: { takes: 'a{sv}', gives: 'ay', does: (options: unknown) => value().subarray(numberIn(options, 'offset') ?? 0) },
        WriteValue: { takes: 'aya{sv}', gives: '', does: (bytes: unknown, options: unknown) => this.#written(write, bytes, options) },
        StartNotify: none,
        StopNotify: none,
      }
      const of = { UUID: is('s', () => uuid), Service: is('o', () => SERVICE), Flags: is('as', () => [...flags]), Value: is('ay', value) }
      this.#bus.serve({ path: pathOf(index), name: CHARACTERISTIC, methods, properties: of }, owner)
    })
    const lost = () => {
      this.#lost.abort(new Error('the adapter has gone'))
      return null
    }
    const advertised = {
      Type: is('s', () => 'peripheral'),
      ServiceUUIDs: is('as', () => [service]),
      ServiceData: is('a{sv}', () => this.#data()),
      LocalName: is('s', () => name),
      // The adapter itself is not to be found: then bluetoothd says for this that there is no classic Bluetooth, and no phone tries that first.
      Discoverable: is('b', () => true),
    }
    const released = { Release: { takes: '', gives: '', does: lost } }
    this.#bus.serve({ path: ADVERTISEMENT, name: 'org.bluez.LEAdvertisement1', methods: released, properties: advertised }, owner)
  }

  #written(write: Characteristic['write'], bytes: unknown, options: unknown): null {
    const from = tableOf(options).device
    if (!write || !(bytes instanceof Uint8Array) || bytes.length > LONGEST || typeof from !== 'string') throw new Error('not to be written')
    if (this.#phones.size < MOST_PHONES) this.#phones.add(from)
    write(new Uint8Array(bytes), from, (numberIn(options, 'mtu') ?? ATT) - ATT_HEAD)
    return null
  }
}

const pathOf = (index: number): string => `${SERVICE}/c${index}`
const tableOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? { ...value } : {})
function numberIn(options: unknown, name: string): number | null {
  const value = tableOf(options)[name]
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null
}

/** The first adapter that has services and advertises. */
function adapterIn(objects: unknown): string | null {
  const able = Object.entries(tableOf(objects)).filter(([, has]) => MANAGER in tableOf(has) && ADVERTISER in tableOf(has))
  return able.map(([path]) => path).sort()[0] ?? null
}
