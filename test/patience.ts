// patience.ts — how long tests wait for what must come: so long that only what never comes fails, however busy the machine is.
import { vi } from 'vitest'

const PATIENCE = 30_000
const { waitFor } = vi
vi.waitFor = (what, options) => waitFor(what, typeof options === 'number' ? options : { timeout: PATIENCE, ...options })
