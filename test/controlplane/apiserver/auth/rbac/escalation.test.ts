import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { authorize } from '../../../../../src/controlplane/apiserver/auth/authorizer.ts'
import { escalationCheck } from '../../../../../src/controlplane/apiserver/auth/rbac/escalation.ts'
import type { Binding, PolicyRule, Role } from '../../../../../src/controlplane/apiserver/auth/rbac/policy-rule.ts'
import type { LocalBackend } from '../../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { KubeError } from '../../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'

const group = 'rbac.authorization.k8s.io'
const adam = { name: 'adam', groups: ['admins', 'system:authenticated'] }
const reader: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }
let backend: LocalBackend

const at = (resource: string, namespace?: string) => ({ resource: `${resource}.${group}`, ...(namespace && { namespace }) })
const role = (name: string, ...rules: PolicyRule[]): Role => ({ metadata: { name }, rules })
const binding = (name: string, kind: string, to: string): Binding => ({
  metadata: { name },
  roleRef: { apiGroup: group, kind, name: to },
  subjects: [{ kind: 'User', apiGroup: group, name: 'eve' }],
})
const refused = (call: Promise<unknown>, code: number, message: string) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof KubeError)
    assert.deepEqual([error.code, error.message], [code, message])
    return true
  })

before(async () => {
  backend = (await makeBackend({ admissions: [escalationCheck(authorize)] })).backend
  await backend.create(at('clusterroles'), role('pod-reader', reader))
  await backend.create(at('clusterroles'), role('secret-reader', { ...reader, resources: ['secrets'] }))
  await backend.create(
    at('clusterroles'),
    role('binds-secret-reader', { verbs: ['bind'], apiGroups: [group], resources: ['clusterroles'], resourceNames: ['secret-reader'] }),
  )
  await backend.create(at('rolebindings', 'default'), {
    ...binding('adam', 'ClusterRole', 'pod-reader'),
    subjects: [{ kind: 'Group', apiGroup: group, name: 'admins' }],
  } as KubeObject)
})

test('a role within what its writer may is made; one beyond is refused by what is beyond', async () => {
  await backend.create(at('roles', 'default'), role('within', { ...reader, verbs: ['get'] }), { user: adam })
  await refused(
    backend.create(at('roles', 'default'), role('beyond', { ...reader, verbs: ['get', 'delete', 'create'], resources: ['pods', 'secrets'] }), { user: adam }),
    403,
    `roles.${group} "beyond" is forbidden: user "adam" (groups=["admins" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete" "create"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete" "create"]}`,
  )
})

test('a role does not grow beyond its writer by update or patch, and what he has in a namespace he has not in the cluster', async () => {
  await backend.create(at('roles', 'default'), role('grows', { ...reader, verbs: ['get'] }), { user: adam })
  const grows = { ...at('roles', 'default'), name: 'grows' }
  const patch = { rules: [{ ...reader, verbs: ['*'] }] }
  await assert.rejects(
    backend.patch(grows, 'application/merge-patch+json', patch, { user: adam }),
    /is attempting to grant RBAC permissions not currently held:\n.*Verbs:\["\*"\]/s,
  )
  await backend.patch(grows, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, { user: adam })
  await assert.rejects(
    backend.create(at('clusterroles'), role('wide', reader), { user: adam }),
    /clusterroles.rbac.authorization.k8s.io "wide" is forbidden: user "adam"/,
  )
})

test('binding to a role gives what the role has: it must be held, or be allowed to be bound', async () => {
  await backend.create(at('rolebindings', 'default'), binding('held', 'ClusterRole', 'pod-reader'), { user: adam })
  await refused(
    backend.create(at('rolebindings', 'default'), binding('not-held', 'ClusterRole', 'secret-reader'), { user: adam }),
    403,
    `rolebindings.${group} "not-held" is forbidden: user "adam" (groups=["admins" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`,
  )
  await assert.rejects(backend.create(at('clusterrolebindings'), binding('wide', 'ClusterRole', 'pod-reader'), { user: adam }), /not currently held/)
  await refused(
    backend.create(at('rolebindings', 'default'), binding('none', 'ClusterRole', 'none'), { user: adam }),
    404,
    `clusterroles.${group} "none" not found`,
  )
  await backend.create(at('rolebindings', 'default'), {
    ...binding('may-bind', 'ClusterRole', 'binds-secret-reader'),
    subjects: [{ kind: 'User', apiGroup: group, name: 'adam' }],
  } as KubeObject)
  await backend.create(at('rolebindings', 'default'), binding('bound', 'ClusterRole', 'secret-reader'), { user: adam })
})

test('who may escalate writes any role; who may not gathers none', async () => {
  const selecting = { ...role('gathers'), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }
  await refused(
    backend.create(at('clusterroles'), selecting, { user: adam }),
    403,
    `clusterroles.${group} "gathers" is forbidden: must have cluster-admin privileges to use the aggregationRule`,
  )
  await backend.create(at('clusterroles'), role('escalates', { verbs: ['escalate'], apiGroups: [group], resources: ['clusterroles'] }))
  await backend.create(at('clusterrolebindings'), { ...binding('eve', 'ClusterRole', 'escalates') })
  const eve = { name: 'eve', groups: [] }
  await backend.create(at('clusterroles'), selecting, { user: eve })
  await backend.create(at('clusterroles'), role('everything', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }), { user: eve })
  // Of roles in a namespace nothing was said.
  await assert.rejects(backend.create(at('roles', 'default'), role('more', { ...reader, verbs: ['*'] }), { user: eve }), /not currently held/)
})

test('owners and finalizers are taken away by who has nothing of the role, and roles are deleted by who may', async () => {
  await backend.create(at('clusterroles'), { ...role('held-up', reader), metadata: { name: 'held-up', finalizers: ['a/b'] } })
  const ref = { ...at('clusterroles'), name: 'held-up' }
  await backend.patch(ref, 'application/merge-patch+json', { metadata: { finalizers: null } }, { user: { name: 'gc', groups: [] } })
  await backend.delete(ref, {}, { user: { name: 'gc', groups: [] } })
})
