// client.ts — the daemon's way to the steward: one order, one connection, one answer.
import { connect } from 'node:net'
import { Bug, Fault, type FaultCode, Refusal, type RefusalCode } from '../../lib/fault.ts'
import { type Answered, LONGEST_ANSWER, type OrderName, readAnswered, readValue, type Value, type With } from './words.ts'

/** Where systemd listens for the steward. PARLOR_STEWARD_SOCKET says another place. */
export const STEWARD_SOCKET = '/run/parlor-steward.sock'

export interface Steward {
  /**
   * Gives an order and brings its value. What was begun goes on when the signal is aborted; only nobody hears its end.
   * @throws the steward's own Refusal or Fault; Fault 'steward-away' where there is none, as on a machine that was not made by our card
   */
  ask<Name extends OrderName>(name: Name, given: With<Name>, signal: AbortSignal): Promise<Value<Name>>
}

export const stewardAt = (path: string): Steward => ({
  ask: async (name, given, signal) => {
    const answer = readAnswered(await exchange(path, `${JSON.stringify({ do: name, with: given })}\n`, signal))
    if (!answer) throw new Bug(`the steward answered ${name} with what is no answer`)
    if (!answer.ok) throw troubleOf(name, answer)
    const value = readValue(name, answer.value)
    if (!value) throw new Bug(`the steward answered ${name} with what is no answer to it`)
    return value.is
  },
})

/** Codes are those of the same sources on the other end. */
function troubleOf(name: string, { whose, code, say }: Extract<Answered, { ok: false }>): Error {
  if (whose === 'asker') return new Refusal(code as RefusalCode, say)
  if (whose === 'world') return new Fault(code as FaultCode, say)
  return new Bug(`the steward failed at ${name}: ${say}`)
}

function exchange(path: string, line: string, signal: AbortSignal): Promise<string> {
  return new Promise((done, fail) => {
    signal.throwIfAborted()
    const socket = connect(path)
    let text = ''
    const settle = (settled: () => void): void => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      settled()
    }
    const stop = (): void => settle(() => fail(signal.reason))
    signal.addEventListener('abort', stop, { once: true })
    socket.setEncoding('utf8')
    socket.once('connect', () => socket.write(line))
    socket.once('error', (cause) => settle(() => fail(new Fault('steward-away', `nobody answers at ${path}`, { cause }))))
    socket.once('close', () => settle(() => fail(new Fault('steward-away', 'the steward ended before it had answered'))))
    socket.on('data', (piece: string) => {
      text += piece
      const end = text.indexOf('\n')
      if (end >= 0) settle(() => done(text.slice(0, end)))
      else if (text.length > LONGEST_ANSWER) settle(() => fail(new Bug('the steward answers without an end')))
    })
  })
}
