// main.ts — the camera worker: the process that holds the camera while it is open. Forked by ../capture.ts.
import { unreachable } from '../../lib/fault.ts'
import { runChild } from '../child.ts'
import type { CameraNews, CameraOrder } from './order.ts'
import { Shoot } from './shoot.ts'

let shoot: Shoot | null = null
const end = new AbortController()

runChild<CameraOrder, CameraNews>({
  onOrder: (order, say) => {
    switch (order.do) {
      case 'open':
        if (shoot) return
        shoot = new Shoot(order, say)
        // Its failure is a bug: the unhandled rejection ends this process, and the parent forks another.
        void shoot.run(end.signal)
        return
      case 'rate':
        return shoot?.setRate(order.rate)
      case 'key':
        return shoot?.makeKeyframe()
      case 'small':
        return shoot?.setSmall(order.rate)
      case 'small key':
        return shoot?.makeSmallKeyframe()
      default:
        return unreachable(order)
    }
  },
  evidence: () => shoot?.evidence ?? { in: 0, out: 0 },
  onStop: () => {
    end.abort()
    shoot?.stop()
  },
})
