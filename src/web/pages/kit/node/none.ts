// none.ts — stands for what the MQTT library asks for and a page never uses: Node's sockets, worker timers, topic aliases of MQTT 5.
const none = {}
export default none
export const clearInterval: typeof globalThis.clearInterval = (timer) => globalThis.clearInterval(timer)
export const setInterval: (job: () => void, time: number) => ReturnType<typeof globalThis.setInterval> = (job, time) =>
  globalThis.setInterval(job, time)
export class LRUCache {}
