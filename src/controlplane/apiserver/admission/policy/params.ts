import type { KubeObject } from '../../../../kube/objects.ts'
import type { ResourceDefinition } from '../../resource.ts'
import { idOf, type RestEnvironment } from '../../rest/environment.ts'
import { selectorTest } from '../matching.ts'
import type { ParamRef } from './policy.ts'

/** A binding whose parameters cannot be had; the message is kube-apiserver's. */
export class ConfigurationError extends Error {}

/** The kind of a policy's parameters, if it is served. */
export function paramDefinition(
  { apiVersion = '', kind }: { readonly apiVersion?: string; readonly kind?: string },
  { definitions }: RestEnvironment,
): ResourceDefinition | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  return definitions.all.find((entry) => entry.kind === kind && entry.version === version && entry.group === group && entry.storagePrefix !== undefined)
}

/** The parameters that a binding names: null alone when there are none to be named, nothing when they are not there and that is allowed. Throws `ConfigurationError`. */
export function collectParams(
  definition: ResourceDefinition | undefined,
  paramRef: ParamRef | undefined,
  namespace: string,
  environment: RestEnvironment,
): readonly (KubeObject | null)[] {
  if (!definition || !paramRef) return [null]
  if (paramRef.namespace && !definition.namespaced) throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  const within = definition.namespaced ? paramRef.namespace || namespace : ''
  if (definition.namespaced && within === '')
    throw new ConfigurationError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
  const params = find(definition, paramRef, within, environment)
  if (params.length === 0 && paramRef.parameterNotFoundAction === 'Deny')
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction')
  return params
}

function find(definition: ResourceDefinition, { name, selector }: ParamRef, namespace: string, { store }: RestEnvironment): readonly KubeObject[] {
  const view = (object: KubeObject) => definition.fromStorage?.(object) ?? object
  const prefix = definition.storagePrefix ?? ''
  if (name) {
    const found = store.get(prefix, idOf({ namespace, name }))?.object
    return found ? [view(found)] : []
  }
  if (!selector) throw new ConfigurationError('one of name or selector must be provided')
  const matches = selectorTest(selector)
  return [
    ...store
      .collection(prefix)
      .entries(namespace || undefined, undefined)
      .inOrder(),
  ]
    .map(({ object }) => object)
    .filter((object) => matches(object.metadata?.labels))
    .map(view)
}
