/** Shape of an exponential backoff; all times in milliseconds. */
export interface BackoffPolicy {
  readonly initialMs: number
  readonly maxMs: number
  /** Growth per failure. Default 2. */
  readonly factor?: number
  /** Share of the delay added at random, 0 to 1. Default 0. */
  readonly jitter?: number
}

/** The delay before try number `failures + 1`, after `failures` (1 or more) failures in a row. */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: () => number = Math.random): number {
  if (failures <= 0) return 0
  const exponent = Math.min(failures - 1, 62)
  const base = Math.min(policy.maxMs, policy.initialMs * (policy.factor ?? 2) ** exponent)
  return base + base * (policy.jitter ?? 0) * random()
}
