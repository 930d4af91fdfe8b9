/** Waits for what takes a few turns of the event loop, and looks at each: thousands of rounds have no time for more. Rejects after half a minute. */
export async function soon(what: string, holds: () => boolean, seen: () => string = () => ''): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}: ${seen()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
