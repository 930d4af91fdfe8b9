import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { uncovered } from '../../apiserver/auth/rbac/covers.ts'
import { type Binding, type Role, rbacGroup } from '../../apiserver/auth/rbac/policy-rule.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { bootstrapPolicy } from './bootstrap-policy.ts'
import { joiningPolicy } from './joining-policy.ts'

type Resource = 'clusterroles' | 'clusterrolebindings' | 'roles' | 'rolebindings'

/**
 * Makes upstream's roles and bindings, and gives back to those that are there what they have lost of rules, subjects, labels and annotations; one that is
 * annotated `autoupdate: "false"` is left as it is, and nothing that was added is taken away (kube-apiserver's EnsureRBACPolicy).
 */
export async function ensurePolicy(backend: ApiBackend): Promise<void> {
  const policy = bootstrapPolicy()
  const joining = joiningPolicy()
  const groups: readonly (readonly [Resource, readonly KubeObject[]])[] = [
    ['clusterroles', [...policy.clusterRoles, ...joining.clusterRoles]],
    ['clusterrolebindings', [...policy.clusterRoleBindings, ...joining.clusterRoleBindings]],
    ['roles', policy.roles],
    ['rolebindings', policy.roleBindings],
  ]
  for (const [resource, objects] of groups) for (const expected of objects) await ensure(backend, resource, expected)
}

const attempts = 3

async function ensure(backend: ApiBackend, resource: Resource, expected: KubeObject): Promise<void> {
  const { name = '', namespace } = expected.metadata ?? {}
  const collection = { resource: `${resource}.${rbacGroup}`, ...(namespace && { namespace }) }
  for (let attempt = 1; ; attempt++) {
    try {
      const existing = await backend.get({ ...collection, name }).catch(unlessGone)
      if (!existing) return void (await backend.create(collection, expected))
      const next = resource.endsWith('bindings') ? reconciledBinding(existing, expected) : reconciledRole(existing, expected)
      if (next === existing) return
      if (next !== 'replace') return void (await backend.update({ ...collection, name }, next))
      // Whom a binding binds to what cannot be changed.
      await backend.delete({ ...collection, name })
    } catch (error) {
      const raced = error instanceof KubeError && (error.code === 409 || error.code === 404)
      if (!raced || attempt >= attempts) throw error
    }
  }
}

function unlessGone(error: unknown): undefined {
  if (error instanceof KubeError && error.code === 404) return undefined
  throw error
}

const isProtected = ({ metadata }: KubeObject) => metadata?.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false'

/** The present role with what is missing of the expected one; the same object when nothing is. */
export function reconciledRole(existing: Role, expected: Role): Role {
  if (isProtected(existing)) return existing
  const missing = uncovered(existing.rules ?? [], expected.rules ?? [])
  const selectors = existing.aggregationRule?.clusterRoleSelectors ?? []
  const lacking = (expected.aggregationRule?.clusterRoleSelectors ?? []).filter((one) => !selectors.some((other) => isDeepStrictEqual(one, other)))
  const { aggregationRule, ...rest } = existing
  const next: Role = {
    ...rest,
    ...(expected.aggregationRule && { aggregationRule: { ...aggregationRule, clusterRoleSelectors: [...selectors, ...lacking] } }),
    metadata: withMeta(existing, expected),
    rules: missing.length > 0 ? [...(existing.rules ?? []), ...missing] : (existing.rules ?? null),
  }
  return isDeepStrictEqual(withoutUndefined(next), withoutUndefined(existing)) ? existing : next
}

/** Likewise of a binding; `replace` when it is to another role. */
export function reconciledBinding(existing: Binding, expected: Binding): Binding | 'replace' {
  if (isProtected(existing)) return existing
  if (!isDeepStrictEqual({ ...existing.roleRef }, { ...expected.roleRef })) return 'replace'
  const present = existing.subjects ?? []
  const missing = (expected.subjects ?? []).filter((one) => !present.some((other) => isDeepStrictEqual({ ...one }, { ...other })))
  const next: Binding = { ...existing, metadata: withMeta(existing, expected), ...(missing.length > 0 && { subjects: [...present, ...missing] }) }
  return isDeepStrictEqual(withoutUndefined(next), withoutUndefined(existing)) ? existing : next
}

/** What is there goes before what is expected. */
const withMeta = ({ metadata: own }: KubeObject, { metadata: expected }: KubeObject): NonNullable<KubeObject['metadata']> => ({
  ...own,
  annotations: { ...expected?.annotations, ...own?.annotations },
  labels: { ...expected?.labels, ...own?.labels },
})

const withoutUndefined = (object: KubeObject): unknown => JSON.parse(JSON.stringify(object))
