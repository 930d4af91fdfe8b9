import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../../../kube/objects.ts'
import type { User } from '../auth/user.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { HookRequest } from './hooks.ts'

const optionsKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions', CONNECT: undefined } as const

/** The `request` of an AdmissionReview but for its objects, and the variable `request` of expressions. */
export type RequestInfo = ReturnType<typeof requestInfo>

const userInfoOf = ({ name, uid, groups, extra }: User) => ({
  username: name,
  ...(uid && { uid }),
  groups,
  ...(extra && Object.keys(extra).length > 0 && { extra }),
})

function kindOf({ group, version, kind, subresources }: ResourceDefinition, subresource: string, object: KubeObject | null) {
  // What is sent to a subresource has a kind of its own: an Eviction, a Scale, PodExecOptions.
  const sub = subresources?.find(({ name }) => name === subresource)
  if (!sub || sub.kind === kind) return { group, version, kind }
  const [own, ofGroup] = (object?.apiVersion ?? '').split('/').reverse()
  return { group: sub.group ?? ofGroup ?? group, version: sub.version ?? own ?? version, kind: object?.kind ?? sub.kind }
}

/** What is told of a request to a hook that sees it as one of `seen`. */
export function requestInfo(request: HookRequest, seen: ResourceDefinition) {
  const { definition, subresource, namespace, name, operation, context, object } = request
  const resource = ({ group, version, resource: plural }: ResourceDefinition) => ({ group, version, resource: plural })
  const kind = optionsKinds[operation]
  // A namespace is told to be in itself.
  const within = namespace || (definition.group === '' && definition.resource === 'namespaces' ? name : '')
  const options = kind && {
    kind,
    apiVersion: 'meta.k8s.io/v1',
    ...(context.dryRun && { dryRun: ['All'] }),
    ...(operation !== 'DELETE' && context.fieldManager && { fieldManager: context.fieldManager }),
    ...(operation === 'DELETE' && request.deleteOptions),
  }
  return {
    uid: randomUUID() as string,
    kind: kindOf(seen, subresource, object),
    resource: resource(seen),
    ...(subresource && { subResource: subresource }),
    requestKind: kindOf(definition, subresource, object),
    requestResource: resource(definition),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(within && { namespace: within }),
    operation,
    userInfo: userInfoOf(context.user),
    dryRun: context.dryRun,
    ...(options && { options }),
  }
}
