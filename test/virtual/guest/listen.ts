// listen.ts — runs inside the virtual Pi: Parlor's ears and hands on its real devices. Says a line for everything it hears.
//
//   button <line>    a contact to ground            shutter <line>    the privacy switch
//   cameras          what is plugged in             lamp <line>       shows the states that it reads, a line each
//   board            what this machine is and has
//   dog <seconds>    feeds the watchdog until it reads 'amiss'

import type { BoxState } from '../../../src/hw/blink.ts'
import { boardLines, judge } from '../../../src/hw/board.ts'
import { Cameras, changesInDev } from '../../../src/hw/camera.ts'
import { Contact, systemPins } from '../../../src/hw/gpio.ts'
import { groundAt } from '../../../src/hw/ground.ts'
import { gpioLamp, Led } from '../../../src/hw/led.ts'
import { parseLine } from '../../../src/hw/line.ts'
import { Shutter } from '../../../src/hw/shutter.ts'
import { gpioOf, survey } from '../../../src/hw/survey.ts'
import { openDog, watchOver } from '../../../src/hw/watchdog.ts'
import { systemClock as clock } from '../../../src/lib/clock.ts'
import type { Log } from '../../../src/lib/log.ts'
import { ms, seconds } from '../../../src/lib/unit.ts'

const [what = '', line = ''] = process.argv.slice(2)
const end = new AbortController()
process.once('SIGTERM', () => end.abort())
const say = (words: string): void => void process.stdout.write(`${words}\n`)
const onListenerError = (error: unknown): void => say(`error ${error}`)
const ground = groundAt()
const pins = systemPins(() => gpioOf(ground))

async function* lines(): AsyncIterable<string> {
  let rest = ''
  process.stdin.setEncoding('utf8')
  end.signal.addEventListener('abort', () => process.stdin.destroy())
  try {
    for await (const text of process.stdin) {
      const all = (rest + text).split('\n')
      rest = all.pop() ?? ''
      yield* all
    }
  } catch (error) {
    if (!end.signal.aborted) throw error
  }
}

switch (what) {
  case 'board': {
    for (const words of boardLines(judge(survey(ground), process.arch))) say(words)
    break
  }
  case 'button': {
    const contact = new Contact({
      pins,
      line: parseLine(line),
      onWhenHigh: false,
      steady: { on: ms(20), off: ms(20) },
      clock,
      onListenerError,
    })
    contact.on('turned', (on) => say(on ? 'on' : 'off'))
    contact.on('fact', (fact) => say(`fact ${fact.line}${fact.why ? `: ${fact.why}` : ''}`))
    await contact.listen(end.signal)
    break
  }
  case 'shutter': {
    const shutter = new Shutter({ line, pins, clock, onListenerError })
    shutter.on('turned', say)
    say(`at first ${shutter.state}`)
    await shutter.listen(end.signal)
    break
  }
  case 'cameras': {
    const cameras = new Cameras({ ground, clock, mayOpen: () => true, changes: changesInDev, onListenerError })
    for (const event of ['came', 'went', 'known'] as const)
      cameras.on(event, ({ path, name, formats }) => say(`${event} ${path} ${name}, ${formats?.length ?? 'no'} formats`))
    await cameras.watch(end.signal)
    break
  }
  case 'lamp': {
    const led = new Led({ open: () => gpioLamp(pins, parseLine(line), true), clock, onListenerError })
    led.on('fact', ({ lamp, why }) => say(`fact ${lamp}${why ? `: ${why}` : ''}`))
    const playing = led.play(end.signal)
    for await (const state of lines()) {
      led.show(state as BoxState)
      say(`shows ${state}`)
    }
    end.abort()
    await playing
    break
  }
  case 'dog': {
    let amiss: string | null = null
    const evidence = () => {
      say(amiss === null ? 'fed' : 'not fed')
      return amiss
    }
    const log: Log = { debug: say, info: say, warn: say, error: say, part: () => log }
    const watching = watchOver({ open: () => openDog('/dev/watchdog0'), patience: seconds(Number(line)), evidence, clock, log }, end.signal)
    for await (const word of lines()) amiss = word
    end.abort()
    await watching
    break
  }
  default:
    say(`what is "${what}"?`)
    process.exitCode = 2
}
say('ended')
