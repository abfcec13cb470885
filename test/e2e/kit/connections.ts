// connections.ts — the connections that a page has opened, so that they can be asked how they go.
import type { Page } from 'playwright-core'

/** Before any script of the page: from now on `window[name]` is the list of all its RTCPeerConnections. */
export const keepConnections = (page: Page, name: string): Promise<unknown> =>
  page.addInitScript((name) => {
    const kept: RTCPeerConnection[] = []
    const Real = window.RTCPeerConnection
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        kept.push(this)
      }
    }
    Object.assign(window, { [name]: kept })
  }, name)
