import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { type ControllerContext, controllers } from './controllers/registry.ts'
import { type ControllerBoard, postOf } from './controllers/runtime/board.ts'
import { Informers } from './controllers/runtime/informer.ts'
import { supervise } from './controllers/runtime/supervise.ts'
import { selectControllers } from './controllers/selection.ts'
import { LeaderElection } from './leadership/election.ts'
import type { SchedulerFigures } from './scheduler/figures.ts'
import { Scheduler } from './scheduler/scheduler.ts'

/** What of kube-controller-manager and kube-scheduler runs beside the API server. */
export interface ComponentOptions {
  /** As `--controllers`; `*` unless said. */
  readonly controllers?: readonly string[]
  /** `none`: pods wait for another's scheduler. */
  readonly scheduler?: 'default' | 'none'
  /** Whether they hold the leases kube-controller-manager and kube-scheduler, and stand back while another holds them; false unless said. */
  readonly leaderElect?: boolean
  /** Whether nobody else's controllers can have been at this storage since this process began: what its predecessor held is free. */
  readonly isStorageOwn?: boolean
}

type ComponentContext = Omit<ControllerContext, 'informers'>

// Tells those of this project from others' that took the lease meanwhile.
const identityPrefix = 'podsteward-'
const schedulerName = 'kube-scheduler'

/** Where they tell of themselves. */
export interface ComponentFigures {
  readonly board: ControllerBoard
  readonly scheduler: SchedulerFigures
  /** Told when a lease is taken, and when it is given up or lost. */
  leads(lease: string, isHeld: boolean): void
}

/** Runs the chosen controllers and the scheduler until the signal aborts. Throws a RangeError for a controller that there is not. */
export function runComponents(context: ComponentContext, { board, scheduler, leads }: ComponentFigures, options: ComponentOptions = {}): Promise<unknown> {
  const { running, absent } = selectControllers(options.controllers ?? ['*'], controllers)
  if (absent.length > 0) context.log.warn('controllers that are asked for are not there', { controllers: absent.join(', ') })
  for (const { name } of running) board.set(name, 'waiting')
  const common = options.leaderElect ? undefined : new Informers(context.backend, context.signal)
  // Nothing runs but what a change or the clock brings.
  const manage = async (signal: AbortSignal) => {
    const shared = { ...context, informers: common ?? new Informers(context.backend, signal) }
    await Promise.all(running.map(({ name, start }) => supervise({ ...shared, signal, board, name }, (life) => start?.({ ...shared, signal: life }))))
    for (const { name } of running) board.set(name, context.signal.aborted ? 'ended' : 'waiting')
  }
  const schedule = async (signal: AbortSignal) => {
    const shared = { ...context, informers: common ?? new Informers(context.backend, signal) }
    await supervise({ ...shared, signal, board, name: schedulerName }, (life) => {
      postOf(life)?.post('default-scheduler', () => scheduler.reading())
      return new Scheduler({ ...shared, signal: life, figures: scheduler }).run()
    })
    board.set(schedulerName, context.signal.aborted ? 'ended' : 'waiting')
  }
  const identity = `${identityPrefix}${hostname()}_${randomUUID()}`
  const isPredecessor = (holder: string) => options.isStorageOwn === true && holder !== identity && holder.startsWith(identityPrefix)
  const lead = (name: string, component: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    if (!options.leaderElect) return work(context.signal)
    leads(name, false)
    return new LeaderElection({ ...context, name, component, identity, isPredecessor }).run(async (signal) => {
      leads(name, true)
      await work(signal)
      leads(name, false)
    })
  }
  return Promise.all([
    running.length > 0 && lead('kube-controller-manager', 'kube-controller-manager', manage),
    options.scheduler !== 'none' && lead(schedulerName, 'default-scheduler', schedule),
  ])
}
