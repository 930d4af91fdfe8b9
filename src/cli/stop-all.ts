/** Ends what was begun, the last first. One that fails is told of, and keeps none of the others from ending. */
export async function stopAll(begun: readonly AsyncDisposable[], failed: (error: unknown) => void): Promise<void> {
  for (const resource of begun.toReversed()) {
    try {
      await resource[Symbol.asyncDispose]()
    } catch (error) {
      failed(error)
    }
  }
}
