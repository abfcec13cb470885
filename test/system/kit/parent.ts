// parent.ts — forks a child as the daemon does, says its process id, and goes on until it is killed.
import { fork } from '../../../src/system/process.ts'

const child = fork(new URL('./stuck.ts', import.meta.url), {})
child.on('message', () => setTimeout(() => process.send?.(child.pid), 300))
setInterval(() => {}, 1000)
