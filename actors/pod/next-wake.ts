/**
 * Milliseconds until an actor has to look again unasked; undefined when nothing is due. `times` are in wall-clock milliseconds, those that have passed do not count;
 * `retryInMs` is how long a failed job waits.
 */
export function nextWakeInMs(now: number, times: readonly (number | undefined)[], retryInMs: number | undefined): number | undefined {
  let next = retryInMs
  for (const at of times) if (at !== undefined && at > now && (next === undefined || at - now < next)) next = at - now
  // At least a millisecond later, so that rounding never makes it too early.
  return next === undefined ? undefined : next + 1
}
