import { isDeepStrictEqual } from 'node:util'
import { goQuote } from '../../../../base/go-quote.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import type { Admission, AdmissionRequest } from '../../resource.ts'
import type { ApiBackend } from '../../rest/backend.ts'
import { forbiddenBy, notFound } from '../../rest/status-errors.ts'
import type { Attributes, User } from '../user.ts'
import { compacted, described, quotedList, uncovered } from './covers.ts'
import { type Binding, type PolicyRule, type Role, rbacGroup } from './policy-rule.ts'
import { aggregated, rulesFor } from './rbac-authorizer.ts'
import { rbacIndexOf } from './rbac-index.ts'

type MayAsk = (user: User, asked: Attributes, backend: ApiBackend) => Promise<{ readonly allowed: boolean }>

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

/**
 * Nobody gives what he does not have: a role with more than its writer may, or a binding to one, is refused, unless he may `escalate` the one or `bind` the
 * other (k8s.io/kubernetes `pkg/registry/rbac/.../policybased`).
 */
export function escalationCheck(may: MayAsk): Admission {
  return async (request) => {
    const { definition, operation, object, old, context } = request
    if (definition.group !== rbacGroup || operation === 'DELETE' || context.user.groups.includes('system:masters')) return
    if (operation === 'UPDATE' && old && changesOnlyOwners(object, old)) return
    switch (definition.resource) {
      case 'roles':
      case 'clusterroles':
        return checkRole(request, may)
      case 'rolebindings':
      case 'clusterrolebindings':
        return checkBinding(request, may)
      default:
    }
  }
}

async function checkRole(request: AdmissionRequest, may: MayAsk): Promise<void> {
  const { definition, operation, namespace, name, object, old, context } = request
  const asked = { verb: 'escalate', group: rbacGroup, resource: definition.resource, subresource: '', namespace, name: operation === 'CREATE' ? '' : name }
  if ((await may(context.user, asked, context.backend)).allowed) return
  const role = object as Role
  const why = missing(request, role.rules ?? [])
  if (why !== undefined) throw forbiddenBy(definition, nameOf(request), why)
  // What is gathered can be anything.
  const aggregates = (each: KubeObject | undefined) => ((each as Role | undefined)?.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0
  if ((aggregates(role) || aggregates(old)) && missing(request, everything) !== undefined)
    throw forbiddenBy(definition, nameOf(request), 'must have cluster-admin privileges to use the aggregationRule')
}

async function checkBinding(request: AdmissionRequest, may: MayAsk): Promise<void> {
  const { definition, namespace, object, context } = request
  const { roleRef } = object as Binding
  // A reference that is no role is validation's to refuse.
  if (roleRef?.kind !== 'Role' && roleRef?.kind !== 'ClusterRole') return
  const resource = roleRef.kind === 'Role' ? 'roles' : 'clusterroles'
  const asked = { verb: 'bind', group: roleRef.apiGroup || rbacGroup, resource, subresource: '', namespace, name: roleRef.name }
  if ((await may(context.user, asked, context.backend)).allowed) return
  const rules = rbacIndexOf(context.backend).rulesOf(roleRef, namespace)
  if (typeof rules === 'string') throw notFound({ group: rbacGroup, resource, kind: roleRef.kind }, roleRef.name)
  const why = missing(request, rules)
  if (why !== undefined) throw forbiddenBy(definition, nameOf(request), why)
}

const nameOf = ({ name, object }: AdmissionRequest) => name || object.metadata?.name || ''

/** What of the rules the writer does not have, in upstream's words; undefined when there is nothing. */
function missing({ context, namespace }: AdmissionRequest, wanted: readonly PolicyRule[]): string | undefined {
  const { user, backend } = context
  const { rules, errors } = rulesFor(rbacIndexOf(backend), user, namespace)
  const lacking = uncovered(rules, wanted)
  if (lacking.length === 0) return undefined
  const lines = [...new Set(compacted(lacking).map(described))].sort()
  // Here upstream reads its storage, which names the resource.
  const unresolved = errors.map((each) => each.replace(/^((?:cluster)?role)\./, '$1s.'))
  const because = errors.length > 0 ? `; resolution errors: [${aggregated(unresolved)}]` : ''
  return `user ${goQuote(user.name)} (groups=${quotedList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${because}`
}

/** The garbage collector takes owners and finalizers away from what it does not have itself. */
function changesOnlyOwners(object: KubeObject, old: KubeObject): boolean {
  const rest = ({ metadata, ...others }: KubeObject) => {
    const { ownerReferences: _o, finalizers: _f, managedFields: _m, resourceVersion: _r, ...meta } = metadata ?? {}
    return JSON.parse(JSON.stringify({ ...others, metadata: meta })) as unknown
  }
  return isDeepStrictEqual(rest(object), rest(old))
}
