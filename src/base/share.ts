/**
 * `now` with every part that says the same as in `before` taken from there, so that equal parts are held in memory once. Both are plain JSON values
 * that nobody changes; `now` is the caller's own and is rewritten in place. A field set to undefined counts as absent.
 */
export function share<T>(before: unknown, now: T): T {
  return shared(before, now) as T
}

function shared(before: unknown, now: unknown): unknown {
  // Equal strings are no less held twice.
  if (before === now) return before
  if (typeof before !== 'object' || typeof now !== 'object' || before === null || now === null) return now
  if (Array.isArray(now)) return Array.isArray(before) ? sharedArray(before, now) : now
  if (Array.isArray(before)) return now
  const old = before as Record<string, unknown>
  const own = now as Record<string, unknown>
  let same = true
  let fields = 0
  for (const key in own) {
    const value = own[key]
    if (value === undefined) continue
    fields += 1
    // Inherited by the one, a field of the other.
    const kept = key === '__proto__' ? undefined : old[key]
    const taken = shared(kept, value)
    if (taken !== value || typeof taken === 'string') own[key] = taken
    if (taken !== kept) same = false
  }
  if (!same) return now
  for (const key in old) if (old[key] !== undefined) fields -= 1
  return fields === 0 ? before : now
}

function sharedArray(before: readonly unknown[], now: unknown[]): unknown {
  let same = before.length === now.length
  for (let index = 0; index < now.length; index += 1) {
    const taken = shared(before[index], now[index])
    if (taken !== now[index] || typeof taken === 'string') now[index] = taken
    if (taken !== before[index]) same = false
  }
  return same ? before : now
}
