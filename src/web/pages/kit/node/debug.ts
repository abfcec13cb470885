// debug.ts — the MQTT library's debug printer, which prints nothing in a page.
type Silent = { (...args: unknown[]): void; enabled: boolean; extend: () => Silent }
const silent: Silent = Object.assign(() => {}, { enabled: false, extend: () => silent })
const debug = (): Silent => silent
export default debug
