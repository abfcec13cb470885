// debug.cjs — the MQTT library's debug printer, which prints nothing in a page. CommonJS, because the library calls what require() gives it.
const silent = Object.assign(() => {}, { enabled: false, extend: () => silent })
module.exports = () => silent
