// busy.ts — a process that does something else for a while, and looks at nothing.

/** First what waits for the end of this turn is done, as sending is. Gives when the busy time began, on the clock of performance.now(). */
export async function busyFor(ms: number): Promise<number> {
  await Promise.resolve()
  await Promise.resolve()
  const begun = performance.now()
  while (performance.now() - begun < ms);
  return begun
}
