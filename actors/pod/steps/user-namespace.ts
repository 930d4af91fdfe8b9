import { EngineError } from '../../../src/engine/engine.ts'
import type { UserNamespace } from '../../../src/engine/settings.ts'
import { nodeAddresses } from '../../node/messages.ts'
import type { UserNamespaceAnswer, UserNamespacesMessage } from '../../node/user-namespaces.ts'
import { needsUserNamespace } from '../container-config/user-namespace.ts'
import type { PodScope } from '../scope.ts'

/** A directory of a hundred pods is looked through at most. */
const timeoutMs = 30_000

/** The ids of the pod's own user namespace, the same each time; undefined where it has the node's. Throws `EngineError` in the kubelet's words. */
export async function userNamespaceOf(scope: PodScope, runtimeHandler: string | undefined): Promise<UserNamespace | undefined> {
  if (!needsUserNamespace(scope.pod, scope.environment.engineInfo, runtimeHandler)) return undefined
  const message: UserNamespacesMessage = { type: 'GetUserNamespace', uid: scope.uid, podDirectory: scope.paths.directory }
  const answer = await scope.context.ask<UserNamespaceAnswer>(nodeAddresses.userNamespaces, message, { timeoutMs })
  if (!answer.ok) throw new EngineError('invalid', answer.message)
  return answer.ids
}
