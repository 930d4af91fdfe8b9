import { KubeError } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import type { RestEnvironment, Target } from './environment.ts'
import { forbiddenBy, notFound } from './status-errors.ts'

const namespaces = { group: '', resource: 'namespaces', kind: 'Namespace' }
// These cannot be deleted: kube-apiserver's NamespaceLifecycle.
const immortal = new Set(['default', 'kube-system', 'kube-public'])

/** Nothing is made in a namespace that is not there, or that is going. */
export function checkNamespace({ store }: RestEnvironment, { definition, namespace }: Target, name: string): void {
  if (!definition.namespaced) return
  const found = store.get('namespaces', namespace)?.object as (KubeObject & { status?: { phase?: string } }) | undefined
  if (!found) throw notFound(namespaces, namespace)
  if (!found.metadata?.deletionTimestamp) return
  const error = forbiddenBy(definition, name, `unable to create new content in namespace ${namespace} because it is being terminated`)
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }]
  const status = { ...error.status, details: { ...error.status?.details, causes } }
  throw new KubeError(error.message, error.code, error.reason, { status })
}

/** Refuses to delete what a cluster cannot be without. */
export function checkNamespaceDeletion({ definition, name }: Target): void {
  if (definition.group === '' && definition.resource === 'namespaces' && immortal.has(name))
    throw forbiddenBy(definition, name, 'this namespace may not be deleted')
}
