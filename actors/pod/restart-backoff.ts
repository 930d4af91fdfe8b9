import { backoffDelay } from '../../src/base/backoff.ts'
import type { ContainerState } from '../../src/engine/engine.ts'
import { annotationNames } from './container-config/labels.ts'
import type { BackoffState } from './plan/types.ts'

/** kubelet 1.32: CrashLoopBackOff begins at 10 s, doubles, and ends at 300 s unless the configuration says less. */
const initialMs = 10_000
const defaultMaxMs = 300_000

/**
 * The backoff after this incarnation ended. The first end is followed by a restart at once; each further one by a delay counted from its end.
 * Another definition (kubelet: the key has the container's hash) begins anew. Running twice the maximum forgets earlier failures.
 * Without a `before` (the agent was restarted) the count goes on from the attempt number.
 */
export function backoffAfterExit(exited: ContainerState, before: BackoffState | undefined, maxMs = defaultMaxMs): BackoffState {
  const finishedAt = exited.finishedAt ?? exited.createdAt
  const ranMs = finishedAt - (exited.startedAt ?? finishedAt)
  const definition: string | undefined = exited.annotations[annotationNames.hash]
  const known = before && before.definition !== definition ? 0 : before?.failures
  const earlier = ranMs >= 2 * maxMs ? 0 : (known ?? exited.attempt)
  return {
    failures: earlier + 1,
    until: finishedAt + backoffDelay({ initialMs: Math.min(initialMs, maxMs), maxMs }, earlier),
    ...(definition === undefined ? {} : { definition }),
  }
}
