// copied.ts — puts a text where the person can paste it from.

/** Whether it was copied. Never rejects: outside of a secure context there is no clipboard, and a browser may refuse. */
export const copied = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
