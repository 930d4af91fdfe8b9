/** Load and how many tasks there are. */
export interface LoadAverage {
  readonly load1: number
  readonly load5: number
  readonly load15: number
  readonly runningTasks: number
  /** Threads of all processes: what counts against the pid limit. */
  readonly tasks: number
}

/** Parses `/proc/loadavg`. */
export function parseLoadAverage(text: string): LoadAverage {
  const [load1 = 0, load5 = 0, load15 = 0, runningTasks = 0, tasks = 0] = text.split(/[ /]/).map(Number)
  return { load1, load5, load15, runningTasks, tasks }
}
