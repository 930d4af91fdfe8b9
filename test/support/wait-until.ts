/** What is waited for cannot come any more: the wait ends at once. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless'
}

/** Asks again and again until `probe` gives something other than undefined or false; fails after `timeoutMs` naming what was waited for and what was last seen. */
export async function waitUntil<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { timeoutMs?: number; seen?: () => unknown } = {},
): Promise<T> {
  const deadline = performance.now() + (options.timeoutMs ?? 30_000)
  let error: unknown
  for (;;) {
    try {
      const value = await probe()
      if (value !== undefined && value !== false) return value
      error = undefined
    } catch (cause) {
      if (cause instanceof Hopeless) throw cause
      error = cause
    }
    if (performance.now() > deadline) {
      const seen = options.seen ? await options.seen() : undefined
      throw new Error(`waited in vain for ${what}${seen === undefined ? '' : `; last seen: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`}`, {
        cause: error,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Waits until a figure is the same at two looks in a row, and returns it. */
export function waitUntilStill(what: string, read: () => number): Promise<number> {
  let before = Number.NaN
  return waitUntil(what, () => {
    const now = read()
    const stands = now === before
    before = now
    return stands && now
  })
}
