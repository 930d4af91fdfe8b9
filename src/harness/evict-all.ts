import type { ApiBackend } from '../controlplane/apiserver/rest/backend.ts'
import { KubeError } from '../kube/client.ts'
import type { KubeObject, Pod } from '../kube/objects.ts'

/**
 * Evicts pods, those that a disruption budget holds whenever a budget is another, until all are evicted or the signal aborts. Answers why the budgets hold
 * those that are left, each reason once. Throws what else the server answers.
 */
export async function evictAll(backend: ApiBackend, pods: readonly Pod[], signal: AbortSignal): Promise<ReadonlySet<string>> {
  let wake = () => {}
  const stop = backend.observe('poddisruptionbudgets.policy', () => wake())
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort, { once: true })
  const held = new Map<Pod, string>(pods.map((pod) => [pod, '']))
  try {
    while (held.size > 0 && !signal.aborted) {
      const { promise: changed, resolve } = Promise.withResolvers<void>()
      wake = resolve
      for (const pod of held.keys()) {
        const why = await evict(backend, pod)
        if (why === undefined) held.delete(pod)
        else held.set(pod, why)
      }
      if (held.size > 0 && !signal.aborted) await changed
    }
  } finally {
    stop()
    signal.removeEventListener('abort', onAbort)
  }
  return new Set(held.values())
}

/** Whether a drain takes a pod away: those of DaemonSets would be back at once, and static ones are the node's own. */
export const isDrained = ({ metadata }: Pod): boolean =>
  !metadata?.annotations?.['kubernetes.io/config.mirror'] && !metadata?.ownerReferences?.some(({ kind, controller }) => kind === 'DaemonSet' && controller)

/** Why a pod's budget holds it; undefined for one that goes, or is gone. */
async function evict(backend: ApiBackend, { metadata }: Pod): Promise<string | undefined> {
  const { namespace, name = '', uid } = metadata ?? {}
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions: { preconditions: { uid } } } as KubeObject
  try {
    await backend.createSubresource({ resource: 'pods', namespace, name }, 'eviction', eviction)
    return undefined
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    // It is gone, and another may have its name.
    if (error.code === 404 || error.code === 409) return undefined
    if (error.code !== 429) throw error
    return error.status?.details?.causes?.[0]?.message ?? error.message
  }
}
