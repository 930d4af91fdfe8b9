import { EngineError, type EngineInfo } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'

/**
 * Whether the pod is to be given ids of its own (hostUsers: false). An engine that tells of no runtimes but has user namespaces needs none. Throws `EngineError` in
 * the words of kubelet 1.36, pkg/kubelet/userns, where the pod's runtime has none.
 */
export function needsUserNamespace({ spec }: Pod, { runtimeHandlers, userNamespaces = false }: EngineInfo, handler = ''): boolean {
  if (spec?.hostUsers !== false) return false
  if (runtimeHandlers?.some((each) => each.name === handler && each.userNamespaces)) return true
  if (userNamespaces) return false
  const whose = handler ? `RuntimeClass handler ${JSON.stringify(handler)}` : 'runtime'
  throw new EngineError('invalid', `can't set \`spec.hostUsers: false\`, ${whose} does not support user namespaces`)
}
