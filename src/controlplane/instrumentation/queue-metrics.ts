import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from 'prom-client'
import { ControllerBoard, type QueueReading } from '../controllers/runtime/board.ts'

// client-go's workqueue metrics: from 10 ns to 1000 s.
const buckets = exponentialBuckets(10e-9, 10, 12)

/** A board of which the queues are told as client-go tells of its workqueues. */
export function measuredBoard(registry: Registry): ControllerBoard {
  const registers = [registry]
  const duration = (name: string, help: string) => {
    const histogram = new Histogram({ name: `workqueue_${name}`, help, labelNames: ['name'], buckets, registers })
    return (queue: string, ms: number) => histogram.observe({ name: queue }, ms / 1000)
  }
  const board = new ControllerBoard({
    waited: duration('queue_duration_seconds', 'How long in seconds an item stays in workqueue before being requested.'),
    worked: duration('work_duration_seconds', 'How long in seconds processing an item from workqueue takes.'),
  })
  const read = (Kind: typeof Gauge | typeof Counter, name: string, help: string, value: (queue: QueueReading) => number) => {
    const metric: Gauge<'name'> | Counter<'name'> = new Kind({
      name: `workqueue_${name}`,
      help,
      labelNames: ['name'],
      registers,
      collect() {
        metric.reset()
        for (const { queues } of board.readings()) for (const queue of queues) metric.inc({ name: queue.name }, value(queue))
      },
    })
  }
  read(Gauge, 'depth', 'Current depth of workqueue', ({ depth }) => depth)
  read(Counter, 'adds_total', 'Total number of adds handled by workqueue', ({ adds }) => adds)
  read(Counter, 'retries_total', 'Total number of retries handled by workqueue', ({ retries }) => retries)
  read(
    Gauge,
    'unfinished_work_seconds',
    "How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this increases.",
    ({ runningMs }) => runningMs.reduce((sum, ms) => sum + ms, 0) / 1000,
  )
  read(
    Gauge,
    'longest_running_processor_seconds',
    'How many seconds has the longest running processor for workqueue been running.',
    ({ runningMs }) => Math.max(0, ...runningMs) / 1000,
  )
  return board
}
