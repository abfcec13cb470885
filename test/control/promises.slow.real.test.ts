// promises.slow.real.test.ts — three kinds of brokers, one list of promises.

import { setTimeout as sleep } from 'node:timers/promises'
import { openBroker } from '../../src/control/broker.ts'
import { brokerOver } from '../../src/control/mqtt.ts'
import { Onward } from '../../src/control/onward.ts'
import { systemClock as clock } from '../../src/lib/clock.ts'
import { quietLog } from '../fake/quiet.ts'
import { freePort, hasMosquitto, Mosquitto } from './mosquitto.ts'
import { hasNats, Nats } from './nats.ts'
import { keepsItsPromises } from './promises.ts'

const { log } = quietLog()

keepsItsPromises('the broker inside', async () => {
  let broker = await openBroker({ clock, log })
  const { port } = await broker.listen('127.0.0.1', 0)
  return {
    ways: [`mqtt://127.0.0.1:${port}`],
    fail: async () => {
      await broker.close()
      broker = await openBroker({ clock, log })
      await broker.listen('127.0.0.1', port)
    },
    close: () => broker.close(),
  }
})

if (hasMosquitto)
  keepsItsPromises('mosquitto', async () => {
    const mosquitto = new Mosquitto(await freePort())
    await mosquitto.start()
    return {
      ways: [`mqtt://127.0.0.1:${mosquitto.port}`],
      fail: async () => {
        await mosquitto.kill()
        await mosquitto.start()
      },
      close: () => mosquitto.kill(),
    }
  })

// Two rendezvous stand in front of it, each with its own broker inside.
if (hasNats)
  keepsItsPromises('two rendezvous in front of a cluster of NATS servers', async () => {
    const nats = new Nats()
    await nats.start()
    const [a = '', b = '', c = ''] = nats.urls
    const fronts = await Promise.all(
      [`${a} ${b} ${c}`, `${c} ${a} ${b}`].map(async (servers) => {
        const inside = await openBroker({ clock, log })
        const onward = new Onward(servers, { inside, open: (nodes) => brokerOver(nodes, { clock, log })(null), clock })
        onward.open()
        const { port } = await inside.listen('127.0.0.1', 0)
        while (onward.up < 2) await sleep(10)
        const close = async () => {
          await onward.close()
          await inside.close()
        }
        return { port, close }
      }),
    )
    return {
      ways: fronts.map(({ port }) => `mqtt://127.0.0.1:${port}`),
      fail: () => nats.kill(0),
      close: async () => {
        await Promise.all(fronts.map((front) => front.close()))
        await nats.close()
      },
    }
  })
