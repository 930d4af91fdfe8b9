import { EngineError } from '../../../src/engine/engine.ts'
import type { PodScope } from '../scope.ts'

/** Pods get no network just now. */
export class NetworkNotReadyError extends EngineError {}

/** kubelet 1.36: such a pod is tried again after 1 s, with jitter. */
export const networkRetry = { initialMs: 1_000, maxMs: 1_000, jitter: 0.5 }

/** Throws `NetworkNotReadyError` after telling of it, of a pod that needs a network of its own while the runtime has none for it. */
export async function awaitNetwork(scope: PodScope): Promise<void> {
  if (scope.pod.spec?.hostNetwork) return
  const { networkProblem } = await scope.node()
  if (networkProblem === undefined) return
  const message = `network is not ready: ${networkProblem}`
  scope.event('Warning', 'NetworkNotReady', message)
  throw new NetworkNotReadyError('internal', message)
}
