import type { ControllerView } from '../cadvisor/sources.ts'
import type { ControllerReading } from '../controlplane/controllers/runtime/board.ts'

/** Controllers as the page shows them: the queues of each together. */
export const controllerViews = (readings: readonly ControllerReading[]): ControllerView[] =>
  readings.map(({ name, life, restarts, queues }) => {
    const sum = (of: (queue: ControllerReading['queues'][number]) => number) => queues.reduce((total, queue) => total + of(queue), 0)
    const handled = sum((queue) => queue.handled)
    return {
      ...{ name, life, restarts, handled },
      queued: sum(({ depth }) => depth),
      running: sum(({ runningMs }) => runningMs.length),
      retries: sum(({ retries }) => retries),
      meanMs: handled === 0 ? 0 : sum(({ workedMs }) => workedMs) / handled,
      longestMs: Math.max(0, ...queues.map(({ longestMs }) => longestMs)),
      recent: queues.flatMap(({ recent }) => recent),
    }
  })
