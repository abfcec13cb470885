// fake.test.ts — the transport in memory keeps the promises that the tests of a call rely on.
import { FakeNet } from '../fake/transport.ts'
import { fakeEnd } from './ends.ts'
import { keepsItsPromises } from './transport.ts'

keepsItsPromises('the fake', async () => {
  const net = new FakeNet()
  return { a: fakeEnd(net.open('a')), b: fakeEnd(net.open('b')) }
})
