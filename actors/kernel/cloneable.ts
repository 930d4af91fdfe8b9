/** Whether a value can cross to another thread. Costs a copy: for the fault path only. */
export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
