// memory.ts — what a page may remember between visits.

/** Null: the browser forbids it, and nothing is remembered. */
export function memory(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}
