/** How long an orderly stop may take, milliseconds. An init system's patience is longer (systemd: 90 s, docker stop: 10 s). */
const stopMs = 10_000

export interface SignalOptions {
  /** Told why the process is ended though not all has stopped. */
  readonly late: (why: string) => void
  /** How long an orderly stop may take, milliseconds. Default 10 s. */
  readonly withinMs?: number
}

/**
 * Resolves with the first SIGINT or SIGTERM. A second one ends the process at once (130); so does the time of an orderly stop when it is over (1), whatever
 * still waits then: nothing of value lives only in this process.
 */
export function untilSignal({ late, withinMs = stopMs }: SignalOptions): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) {
        process.removeListener(name, onSignal)
        process.once(name, () => process.exit(130))
      }
      const giveUp = () => {
        late(`not all has stopped within ${withinMs / 1000} s of ${signal}: the process ends; still open: ${stillOpen()}`)
        process.exit(1)
      }
      // It keeps nothing alive: a process with nothing left to do ends by itself.
      setTimeout(giveUp, withinMs).unref()
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

/** What was started, or undefined when the signal came first: a start may wait for others, for as long as they are away. */
export const unlessSignalled = <T>(signalled: Promise<NodeJS.Signals>, starting: Promise<T>): Promise<T | undefined> =>
  Promise.race([starting, signalled.then(() => undefined)])

/** What keeps the event loop going, for who looks for the reason. */
function stillOpen(): string {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing'
}
