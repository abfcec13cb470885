// improv.ts — runs inside the virtual Pi: a phone that sets a box up by Bluetooth, with an adapter of its own (the second), through bluetoothd.
//
//   improv.ts ADAPTER      then, on stdin, a line each: find | connect | read NAME | write HEX | disconnect
//
// It says what happens, a line each: `found NAME`, `advertised HEX`, `connected`, `NAME HEX` (what was read or notified), `written`, `failed WHY`, `disconnected`.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { createClient as Create, ManagedObjects, Variant as Value } from 'dbus-native'

const library = createRequire('/opt/parlor/package.json')('dbus-native') as { createClient: typeof Create; Variant: typeof Value }
const { createClient, Variant } = library
const [adapter = ''] = process.argv.slice(2)
const SERVICE = '00467768-6228-2272-4663-277478268000'
const DATA = '00004677-0000-1000-8000-00805f9b34fb'
const NAMES = ['', 'state', 'error', 'command', 'result', 'capabilities']
const [ADAPTER, DEVICE, CHARACTERISTIC] = ['org.bluez.Adapter1', 'org.bluez.Device1', 'org.bluez.GattCharacteristic1']

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const bus = createClient({ busAddress: 'unix:path=/run/dbus/system_bus_socket', authMethods: ['EXTERNAL'], plainValues: true })
const call = (path: string, on: string, member: string, signature?: string, ...body: unknown[]): Promise<unknown> =>
  Promise.resolve(
    bus.invoke({ destination: 'org.bluez', path, interface: on, member, ...(signature ? { signature, body } : {}) }, { timeout: 40_000 }),
  )
const objects: ManagedObjects = await bus.objects('org.bluez', '/')
const own = `/org/bluez/${adapter}`
let box = ''

const hexOf = (value: unknown): string => Buffer.from(value instanceof Uint8Array ? value : []).toString('hex')
const nameOf = (uuid: unknown): string => NAMES[Number(String(uuid).at(-1))] ?? ''
const pathOf = (name: string): string =>
  objects.paths().find((path) => path.startsWith(`${box}/`) && nameOf(objects.get(path)?.[CHARACTERISTIC]?.UUID) === name) ?? '/none'

function look(path: string, device: Readonly<Record<string, unknown>>, changed: Readonly<Record<string, unknown>>): void {
  const { UUIDs, Name, Connected, ServiceData } = device
  if (!Array.isArray(UUIDs) || !UUIDs.includes(SERVICE)) return
  const isNew = box === '' && typeof Name === 'string'
  if (isNew) {
    box = path
    say(`found ${Name}`)
  }
  if (path !== box) return
  const data = ((isNew ? ServiceData : changed.ServiceData) ?? {}) as Record<string, unknown>
  if (data[DATA]) say(`advertised ${hexOf(data[DATA])}`)
  if (changed.Connected === false && Connected === false) say('disconnected')
}
const isTheirs = (path: string): boolean => path.startsWith(`${own}/dev_`)
objects.on('added', (path, has) => {
  const device = has[DEVICE]
  if (device && isTheirs(path)) look(path, device, device)
})
objects.on('changed', (path, on, changed) => {
  if (on === DEVICE && isTheirs(path)) look(path, objects.get(path)?.[DEVICE] ?? {}, changed)
  if (on === CHARACTERISTIC && path.startsWith(`${box}/`) && changed.Value)
    say(`${nameOf(objects.get(path)?.[CHARACTERISTIC]?.UUID)} ${hexOf(changed.Value)}`)
})

async function act(verb: string, what: string): Promise<void> {
  switch (verb) {
    case 'find':
      await call(own, ADAPTER, 'SetDiscoveryFilter', 'a{sv}', {
        Transport: new Variant('s', 'le'),
        DuplicateData: new Variant('b', true),
      })
      return void (await call(own, ADAPTER, 'StartDiscovery'))
    case 'connect':
      await call(own, ADAPTER, 'StopDiscovery')
      await call(box, DEVICE, 'Connect')
      while (objects.get(box)?.[DEVICE]?.ServicesResolved !== true) await new Promise((done) => setTimeout(done, 50))
      for (const name of ['state', 'error', 'result']) await call(pathOf(name), CHARACTERISTIC, 'StartNotify')
      return say('connected')
    case 'read':
      return say(`${what} ${hexOf(await call(pathOf(what), CHARACTERISTIC, 'ReadValue', 'a{sv}', {}))}`)
    case 'write':
      await call(pathOf('command'), CHARACTERISTIC, 'WriteValue', 'aya{sv}', Buffer.from(what, 'hex'), {})
      return say('written')
    case 'disconnect':
      return void (await call(box, DEVICE, 'Disconnect'))
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb = '', what = ''] = line.split(' ')
  await act(verb, what).catch((error: unknown) => say(`failed ${verb}: ${error instanceof Error ? error.message : error}`))
}
