// bus.ts — D-Bus: calls to others, and objects of ours that they call. The only file that knows the library.
//
// The library is loaded when a bus is opened, so that a box at rest does not hold it. It gets no time limit of its own, because it throws where nobody
// can catch when its first word (Hello) is late; each call here has one.
import type { MessageBus } from 'dbus-native'

export const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket'

/** Who is called, by bus name, path and interface; the arguments with their signature. */
export type Call = {
  readonly to: string
  readonly path: string
  readonly on: string
  readonly member: string
  readonly signature?: string
  readonly body?: readonly unknown[]
}

/** One interface of an object of ours. */
export type Served = {
  readonly path: string
  readonly name: string
  readonly properties: Readonly<Record<string, { readonly type: string; readonly get: () => unknown }>>
  /** Null is answered by an empty message. A throw is answered by an error with its message. */
  readonly methods: Readonly<
    Record<string, { readonly takes: string; readonly gives: string; readonly does: (...args: unknown[]) => unknown }>
  >
}

export interface Bus {
  /** The answer's first value; dictionaries are tables, bytes are a Uint8Array. @throws Error, with the bus's own name for it */
  call(call: Call, signal: AbortSignal): Promise<unknown>
  /** Answers calls of `by` (a bus name that is unique) at this path; nobody else's are done. */
  serve(object: Served, by: string): void
  /** Lists all that is served below this path (org.freedesktop.DBus.ObjectManager). */
  list(path: string): void
  /** Says that properties of an object of ours are others now. */
  changed(path: string, name: string, properties: Readonly<Record<string, unknown>>): void
  /** Calls back when a bus name has another owner; empty: none. */
  owners(name: string, heard: (owner: string) => void, signal: AbortSignal): Promise<void>
  /** A value whose type cannot be seen in it. */
  typed(signature: string, value: unknown): unknown
  /** Aborted when the bus is gone, or was closed. */
  readonly gone: AbortSignal
  close(): Promise<void>
}

const PATIENCE = 5000
/** What bluetoothd says of itself is some kilobytes. */
const LONGEST = 4 * 2 ** 20
const DBUS = 'org.freedesktop.DBus'
/** A flag of a message (D-Bus specification, message format). */
const NO_REPLY = 1

/** @param address as in DBUS_SYSTEM_BUS_ADDRESS  @throws Error when nobody answers there */
export async function openBus(address: string, signal: AbortSignal): Promise<Bus> {
  const { createClient, Variant } = await import('dbus-native')
  signal.throwIfAborted()
  const bus = createClient({ busAddress: address, authMethods: ['EXTERNAL'], maxMessageSize: LONGEST, plainValues: true })
  const gone = new AbortController()
  const end = (why: unknown): void => gone.abort(why ?? new Error('the bus has ended'))
  bus.connection.on('error', end)
  bus.connection.on('close', end)
  bus.connection.on('handlerError', end)
  const abort = (): void => end(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([connected(bus), ended(gone.signal)])
  } catch (error) {
    await bus.close()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
  return new OpenBus(bus, gone, (signature, value) => new Variant(signature, value))
}

const connected = (bus: MessageBus): Promise<void> => new Promise((done) => bus.connection.on('connect', done))
const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

function headOf(message: unknown): { readonly sender: unknown; readonly flags: number } {
  const { sender, flags }: { sender?: unknown; flags?: unknown } = typeof message === 'object' && message !== null ? message : {}
  return { sender, flags: typeof flags === 'number' ? flags : 0 }
}

class OpenBus implements Bus {
  readonly typed: Bus['typed']
  readonly #bus: MessageBus
  readonly #gone: AbortController

  constructor(bus: MessageBus, gone: AbortController, typed: Bus['typed']) {
    this.#bus = bus
    this.#gone = gone
    this.typed = typed
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  async call({ to, path, on, member, signature, body }: Call, signal: AbortSignal): Promise<unknown> {
    const args = signature ? { signature, body: [...(body ?? [])] } : {}
    return await this.#bus.invoke({ destination: to, path, interface: on, member, ...args }, { signal, timeout: PATIENCE })
  }

  serve({ path, name, methods, properties }: Served, by: string): void {
    const object: Record<string, unknown> = Object.create(null)
    for (const [member, { does }] of Object.entries(methods)) {
      object[member] = (...args: unknown[]) => {
        const { sender, flags } = headOf(args.pop())
        if (sender !== by) throw new Error('this object is for bluetoothd alone')
        const done = does(...args)
        // Who wants no answer is not to get one (the bus turns it away, and logs that): the library sends none for what never ends.
        return flags & NO_REPLY ? new Promise(() => {}) : done
      }
    }
    for (const [property, { get }] of Object.entries(properties)) Object.defineProperty(object, property, { get })
    this.#bus.exportInterface(object, path, {
      name,
      methods: Object.fromEntries(Object.entries(methods).map(([member, { takes, gives }]) => [member, [takes, gives, [], []]])),
      properties: Object.fromEntries(Object.entries(properties).map(([property, { type }]) => [property, { type, access: 'read' }])),
    })
  }

  list(path: string): void {
    this.#bus.exportObjectManager(path)
  }

  changed(path: string, name: string, properties: Readonly<Record<string, unknown>>): void {
    if (!this.gone.aborted) this.#bus.emitPropertiesChanged(path, name, { ...properties })
  }

  async owners(name: string, heard: (owner: string) => void, signal: AbortSignal): Promise<void> {
    this.#bus.signals.on(this.#bus.mangle('/org/freedesktop/DBus', DBUS, 'NameOwnerChanged'), (body: unknown) => {
      if (Array.isArray(body) && body[0] === name) heard(String(body[2] ?? ''))
    })
    const rule = `type='signal',sender='${DBUS}',interface='${DBUS}',member='NameOwnerChanged',arg0='${name}'`
    await this.call({ to: DBUS, path: '/org/freedesktop/DBus', on: DBUS, member: 'AddMatch', signature: 's', body: [rule] }, signal)
  }

  async close(): Promise<void> {
    this.#gone.abort(new Error('the bus was closed'))
    await this.#bus.close()
  }
}
