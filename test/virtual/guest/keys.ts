// keys.ts — runs inside the virtual Pi: Parlor's keys and its hand on the TV, on real devices. Says a line for everything.
// Listens to: wake, back, standby, end.
import { Cec } from '../../../src/hw/cec.ts'
import { Input } from '../../../src/hw/input.ts'
import { systemClock as clock } from '../../../src/lib/clock.ts'
import type { Log } from '../../../src/lib/log.ts'

const say = (words: string): void => void process.stdout.write(`${words}\n`)
const log: Log = {
  debug: () => {},
  info: (sentence, facts) => say(`${sentence} ${facts?.device ?? ''} ${facts?.path ?? ''}`),
  warn: (sentence, facts) => say(`warning: ${sentence} ${JSON.stringify(facts)}`),
  error: (sentence, error) => say(`error: ${sentence} ${error}`),
  part: () => log,
}
const onListenerError = (error: unknown): void => say(`error ${error}`)
const end = new AbortController()
const input = new Input({ clock, log, onListenerError })
const cec = new Cec({ name: 'Parlor', clock, log, onListenerError })
input.on('edge', ({ key, down }) => say(`input ${key} ${down ? 'down' : 'up'}`))
input.on('lost', (from) => say(`lost ${from}`))
cec.on('edge', ({ key, down }) => say(`tv ${key} ${down ? 'down' : 'up'}`))
cec.on('slept', () => say('people switched the tv off'))
cec.on('chosen', () => say('people chose us'))
let last = ''
cec.on('changed', (state) => {
  const now = JSON.stringify(state)
  if (now !== last) say(`state ${now}`)
  last = now
})

process.stdin.setEncoding('utf8')
process.stdin.on('data', (text: string) => {
  for (const word of text.split('\n')) {
    if (word === 'wake') cec.wake()
    if (word === 'back') cec.putBack()
    if (word === 'standby') cec.standby()
    if (word === 'end') end.abort()
  }
})
await Promise.all([input.run(end.signal), cec.run(end.signal)])
say('ended')
process.exit()
