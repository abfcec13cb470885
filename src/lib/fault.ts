// fault.ts — the three ways a thing can go wrong.
//
// A Refusal is the asker's trouble: we say why and carry on.
// A Fault is the world's trouble (cable out, peer gone): we retry or show it.
// A Bug is our own trouble: an invariant broke, so we stop and are restarted.

abstract class Trouble<Code extends string> extends Error {
  readonly code: Code
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

export type RefusalCode =
  | 'bad-config'
  | 'bad-link'
  | 'bad-message'
  | 'bad-request'
  | 'already-running'
  | 'not-allowed'
  | 'not-in-a-call'
  | 'port-taken'
  | 'room-full'
  | 'unknown-command'
  | 'update-board'
  | 'update-damaged'
  | 'update-format'
  | 'update-older'
  | 'update-unreadable'
  | 'update-unsigned'
export class Refusal extends Trouble<RefusalCode> {}

export type FaultCode =
  | 'bluetooth-away'
  | 'broker-away'
  | 'camera-lost'
  | 'daemon-away'
  | 'device-lost'
  | 'disk-full'
  | 'disk-fault'
  | 'link-lost'
  | 'network-away'
  | 'no-slots'
  | 'not-confirmed'
  | 'pipeline-refused'
  | 'screen-lost'
  | 'selector-odd'
  | 'sound-lost'
  | 'steward-away'
  | 'system-refused'
  | 'transport'
  | 'update-failed'
  | 'updates-away'
  | 'worker-crashed'
  | 'worker-hung'
  | 'worker-stalled'
export class Fault extends Trouble<FaultCode> {}

export class Bug extends Error {
  override name = 'Bug'
}

/** Ends a switch that must name every case; a new case makes this line a type error. */
export function unreachable(x: never): never {
  throw new Bug(`no case for ${JSON.stringify(x)}`)
}
