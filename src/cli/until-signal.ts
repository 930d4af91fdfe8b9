/** Resolves with the first SIGINT or SIGTERM. A second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      resolve(signal)
      for (const name of ['SIGINT', 'SIGTERM'] as const) {
        process.removeListener(name, onSignal)
        process.once(name, () => process.exit(130))
      }
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
