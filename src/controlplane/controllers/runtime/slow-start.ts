/**
 * Makes `count` of something in batches of 1, 2, 4 …: what cannot be made is tried once, not a thousand times. Ends after a batch in which one failed.
 * Answers the first failure, if any.
 */
export async function slowStart(count: number, make: () => Promise<void>): Promise<unknown> {
  let left = count
  for (let size = 1; left > 0; size = Math.min(2 * size, left)) {
    const results = await Promise.allSettled(Array.from({ length: Math.min(size, left) }, make))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) return failed.reason
    left -= results.length
  }
  return undefined
}
