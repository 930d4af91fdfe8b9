import type { KubeObject } from '../../../../kube/objects.ts'
import type { ApiBackend } from '../../rest/backend.ts'
import type { User } from '../user.ts'
import { type Binding, type PolicyRule, type Role, type RoleRef, rbacGroup, type Subject } from './policy-rule.ts'

/** What is said by one subject of a binding. */
interface Grant {
  readonly binding: Binding
  readonly subject: Subject
}

/** Rules that apply to a user by a binding, or why its role has none. */
export type Granted =
  | { readonly kind: 'rules'; readonly grant: Grant; readonly rules: readonly PolicyRule[] }
  | { readonly kind: 'missing'; readonly error: string }

type RoleKind = 'roles' | 'clusterroles'

/**
 * Bindings by who they are for, and roles by name, kept true by the store's changes: to find what a user may costs as much as the user has bindings,
 * however many others there are.
 */
export class RbacIndex {
  readonly #roles: Readonly<Record<RoleKind, Map<string, Role>>> = { roles: new Map(), clusterroles: new Map() }
  /** By namespace (empty for bindings of the cluster) and subject, then by the binding's name. */
  readonly #grants = new Map<string, Map<string, Grant>>()

  /** Begins to follow; what the server does not have is nobody's. */
  constructor(backend: Pick<ApiBackend, 'observe'>) {
    for (const resource of ['roles', 'clusterroles'] as const)
      backend.observe(`${resource}.${rbacGroup}`, ({ object, gone }) => {
        if (gone) this.#roles[resource].delete(idOf(object))
        else this.#roles[resource].set(idOf(object), object)
      })
    for (const resource of ['rolebindings', 'clusterrolebindings'])
      backend.observe(`${resource}.${rbacGroup}`, ({ object, gone, previous }) => {
        if (previous) this.#forget(previous)
        if (!gone) this.#remember(object)
      })
  }

  /** Everything that bindings of the cluster, and of the namespace if there is one, give a user; the cluster's first. */
  *grantedTo(user: User, namespace: string): Generator<Granted> {
    const subjects = [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)]
    for (const within of namespace ? ['', namespace] : ['']) {
      const seen = new Set<Binding>()
      for (const subject of subjects)
        for (const grant of this.#grants.get(keyOf(within, subject))?.values() ?? []) {
          if (seen.has(grant.binding)) continue
          seen.add(grant.binding)
          const rules = this.rulesOf(grant.binding.roleRef, within)
          yield typeof rules === 'string' ? { kind: 'missing', error: rules } : { kind: 'rules', grant, rules }
        }
    }
  }

  /** The rules of a role that a binding in that namespace refers to, or why there are none. */
  rulesOf(ref: RoleRef | undefined, namespace: string): readonly PolicyRule[] | string {
    const name = ref?.name ?? ''
    switch (ref?.kind) {
      case 'Role':
        return this.#roles.roles.get(`${namespace}/${name}`)?.rules ?? this.#absent('roles', `${namespace}/${name}`, name)
      case 'ClusterRole':
        return this.#roles.clusterroles.get(name)?.rules ?? this.#absent('clusterroles', name, name)
      default:
        return `unsupported role reference kind: ${JSON.stringify(ref?.kind ?? '')}`
    }
  }

  #absent(kind: RoleKind, id: string, name: string): readonly PolicyRule[] | string {
    if (this.#roles[kind].has(id)) return []
    // The client library's listers name the kind in lower case.
    return `${kind.slice(0, -1)}.${rbacGroup} ${JSON.stringify(name)} not found`
  }

  #remember(binding: Binding): void {
    for (const { key, subject } of keysOf(binding)) {
      const grants = this.#grants.get(key) ?? new Map<string, Grant>()
      // Of two subjects that are the same one, the first says how.
      if (grants.get(binding.metadata?.name ?? '')?.binding !== binding) grants.set(binding.metadata?.name ?? '', { binding, subject })
      this.#grants.set(key, grants)
    }
  }

  #forget(binding: Binding): void {
    for (const { key } of keysOf(binding)) {
      const grants = this.#grants.get(key)
      grants?.delete(binding.metadata?.name ?? '')
      if (grants?.size === 0) this.#grants.delete(key)
    }
  }
}

const idOf = ({ metadata }: KubeObject) => (metadata?.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata?.name ?? ''))
const keyOf = (namespace: string, subject: string) => `${namespace} ${subject}`

function keysOf(binding: Binding): { readonly key: string; readonly subject: Subject }[] {
  const namespace = binding.metadata?.namespace ?? ''
  return (binding.subjects ?? []).flatMap((subject) => {
    const who = whoIs(subject, namespace)
    return who === undefined ? [] : [{ key: keyOf(namespace, who), subject }]
  })
}

/** A service account of a RoleBinding without a namespace is of the binding's. */
function whoIs({ kind, name, namespace }: Subject, within: string): string | undefined {
  switch (kind) {
    case 'User':
      return `User ${name}`
    case 'Group':
      return `Group ${name}`
    case 'ServiceAccount': {
      const home = namespace || within
      return home ? `User system:serviceaccount:${home}:${name}` : undefined
    }
    default:
      return undefined
  }
}

const indexes = new WeakMap<object, RbacIndex>()

/** The index over a backend, made when it is first asked for and gone with the backend. */
export function rbacIndexOf(backend: ApiBackend): RbacIndex {
  const index = indexes.get(backend) ?? new RbacIndex(backend)
  indexes.set(backend, index)
  return index
}
