import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { type ControllerContext, controllers } from './controllers/registry.ts'
import { Informers } from './controllers/runtime/informer.ts'
import { selectControllers } from './controllers/selection.ts'
import { LeaderElection } from './leadership/election.ts'
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

/** Runs the chosen controllers and the scheduler until the signal aborts. Throws a RangeError for a controller that there is not. */
export function runComponents(context: ComponentContext, options: ComponentOptions = {}): Promise<unknown> {
  const { running, absent } = selectControllers(options.controllers ?? ['*'], controllers)
  if (absent.length > 0) context.log.warn('controllers that are asked for are not there', { controllers: absent.join(', ') })
  const manage = async (signal: AbortSignal) => {
    // Nothing runs but what a change or the clock brings.
    const own: ControllerContext = { ...context, signal, informers: new Informers(context.backend, signal) }
    await Promise.all(running.map((controller) => controller.start?.(own)))
    await aborted(signal)
  }
  const schedule = (signal: AbortSignal) => new Scheduler({ ...context, signal }).run()
  const identity = `${identityPrefix}${hostname()}_${randomUUID()}`
  const isPredecessor = (holder: string) => options.isStorageOwn === true && holder !== identity && holder.startsWith(identityPrefix)
  const lead = (name: string, component: string, work: (signal: AbortSignal) => Promise<void>) =>
    options.leaderElect ? new LeaderElection({ ...context, name, component, identity, isPredecessor }).run(work) : work(context.signal)
  return Promise.all([
    running.length > 0 && lead('kube-controller-manager', 'kube-controller-manager', manage),
    options.scheduler !== 'none' && lead('kube-scheduler', 'default-scheduler', schedule),
  ])
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
