/** Runs `once` for each index below `total`, so many at a time. */
export async function inParallel(parallel: number, total: number, once: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < total; index = next++) await once(index)
  }
  await Promise.all(Array.from({ length: Math.min(parallel, total) }, worker))
}
