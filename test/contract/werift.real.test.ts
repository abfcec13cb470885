// werift.real.test.ts — two boxes.
import { weriftEnd } from './ends.ts'
import { keepsItsPromises } from './transport.ts'

keepsItsPromises('werift', async () => ({ a: weriftEnd(), b: weriftEnd() }))
