import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from 'prom-client'
import { SchedulerFigures } from '../scheduler/figures.ts'

const profile = 'default-scheduler'

/** Figures of the scheduler, told as kube-scheduler does. */
export function measuredScheduler(registry: Registry): SchedulerFigures {
  const registers = [registry]
  const attempts = new Counter({
    name: 'scheduler_schedule_attempts_total',
    help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
    labelNames: ['result', 'profile'],
    registers,
  })
  const durations = new Histogram({
    name: 'scheduler_scheduling_attempt_duration_seconds',
    help: 'Scheduling attempt latency in seconds (scheduling algorithm + binding)',
    labelNames: ['result', 'profile'],
    buckets: exponentialBuckets(0.001, 2, 15),
    registers,
  })
  const figures = new SchedulerFigures((result, ms) => {
    attempts.inc({ result, profile })
    durations.observe({ result, profile }, ms / 1000)
  })
  new Gauge({
    name: 'scheduler_pending_pods',
    help: "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.",
    labelNames: ['queue'],
    registers,
    collect() {
      for (const [queue, number] of Object.entries(figures.pending())) this.set({ queue }, number)
    },
  })
  return figures
}
