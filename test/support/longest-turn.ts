/**
 * CPU time in ms of the longest turn of this thread's event loop while something goes on: how long others would have waited on a machine with nothing else to do.
 * CPU time and not the clock's, so that a busy machine changes nothing.
 */
export async function longestTurn<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly ms: number }> {
  let longest = 0
  let before = process.threadCpuUsage()
  let over = false
  const measure = () => {
    const { user, system } = process.threadCpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
    before = process.threadCpuUsage()
    if (!over) setImmediate(measure)
  }
  setImmediate(measure)
  try {
    const result = await work()
    measure()
    return { result, ms: longest }
  } finally {
    over = true
  }
}
