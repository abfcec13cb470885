// process.ts — the three words of Node's `process` that the MQTT library's streams say, for a browser.
//
// nextTick is a microtask here, not a timer: what is written while the page is being closed must leave at once.
const queue = (job: (...args: unknown[]) => void, ...args: unknown[]): void => queueMicrotask(() => job(...args))

export const nextTick = queue
export const env: Readonly<Record<string, string>> = {}
export const version = ''
export const versions: Readonly<Record<string, string>> = {}
export default { nextTick, env, version, versions, browser: true }
