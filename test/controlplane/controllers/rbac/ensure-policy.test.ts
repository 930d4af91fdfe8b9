import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { authorize } from '../../../../src/controlplane/apiserver/auth/authorizer.ts'
import type { Binding, Role } from '../../../../src/controlplane/apiserver/auth/rbac/policy-rule.ts'
import type { LocalBackend } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { bootstrapPolicy } from '../../../../src/controlplane/controllers/rbac/bootstrap-policy.ts'
import { ensurePolicy } from '../../../../src/controlplane/controllers/rbac/ensure-policy.ts'
import { makeBackend, withPolicy } from '../../harness.ts'

const group = 'rbac.authorization.k8s.io'
const clusterRole = (name: string) => ({ resource: `clusterroles.${group}`, name })
const clusterBinding = (name: string) => ({ resource: `clusterrolebindings.${group}`, name })
let backend: LocalBackend

before(async () => {
  backend = (await makeBackend()).backend
  await withPolicy(backend)
})

test('every role and binding of the policy is one that the API takes as it is, with upstream’s label and annotation', async () => {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy()
  assert.deepEqual(
    [clusterRoles, clusterRoleBindings, roles, roleBindings].map(({ length }) => length),
    [69, 50, 7, 7],
  )
  for (const role of clusterRoles) {
    const stored = (await backend.get(clusterRole(role.metadata?.name ?? ''))) as Role
    assert.deepEqual(stored.rules, role.rules)
    assert.equal(stored.metadata?.labels?.['kubernetes.io/bootstrapping'], 'rbac-defaults')
    assert.equal(stored.metadata?.annotations?.['rbac.authorization.kubernetes.io/autoupdate'], 'true')
    // A slip of the pen would be read as a resource.
    for (const rule of role.rules ?? [])
      for (const word of [...(rule.resources ?? []), ...(rule.verbs ?? [])]) assert.match(word, /^[a-z*]+(\/[a-z]+)?$/, role.metadata?.name)
  }
  for (const { roleRef, metadata } of [...clusterRoleBindings, ...roleBindings]) {
    const at =
      roleRef?.kind === 'Role' ? { resource: `roles.${group}`, namespace: metadata?.namespace ?? '', name: roleRef.name } : clusterRole(roleRef?.name ?? '')
    await backend.get(at)
  }
})

for (const [who, groups, asked, expected] of [
  ['system:kube-scheduler', [], 'create pods/binding', true],
  ['system:kube-scheduler', [], 'get secrets', false],
  ['system:kube-controller-manager', [], 'watch deployments.apps', true],
  ['system:kube-controller-manager', [], 'delete deployments.apps', false],
  ['system:serviceaccount:kube-system:deployment-controller', ['system:serviceaccounts'], 'create replicasets.apps', true],
  ['system:serviceaccount:kube-system:clusterrole-aggregation-controller', [], `escalate clusterroles.${group}`, true],
  ['system:serviceaccount:default:deployment-controller', ['system:serviceaccounts'], 'create replicasets.apps', false],
  ['system:kube-proxy', [], 'watch endpointslices.discovery.k8s.io', true],
  ['anybody', ['system:authenticated'], 'create selfsubjectrulesreviews.authorization.k8s.io', true],
  ['anybody', ['system:authenticated'], 'create subjectaccessreviews.authorization.k8s.io', false],
  ['system:anonymous', ['system:unauthenticated'], 'create selfsubjectaccessreviews.authorization.k8s.io', false],
  ['prometheus', ['system:monitoring'], 'get /metrics', true],
  ['system:anonymous', ['system:unauthenticated'], 'get /livez', true],
  ['system:anonymous', ['system:unauthenticated'], 'get /api', false],
  ['x', ['system:serviceaccounts'], 'get /openid/v1/jwks', true],
] as const)
  test(`by upstream's policy ${who} ${expected ? 'may' : 'may not'} ${asked}`, async () => {
    const [verb = '', what = ''] = asked.split(' ')
    const [whole = '', ...group] = what.split('.')
    const [resource = '', subresource = ''] = whole.split('/')
    const attributes = { verb, group: group.join('.'), resource, subresource, namespace: '', name: '' }
    const { allowed } = await authorize({ name: who, groups }, what.startsWith('/') ? { ...attributes, resource: '', path: what } : attributes, backend)
    assert.equal(allowed, expected)
  })

test('what was taken from a role is given back, what was added stays, and one that opts out is left alone', async () => {
  const update = async (ref: { resource: string; name: string }, change: (object: Role & Binding) => object) =>
    backend.update(ref, change(structuredClone((await backend.get(ref)) as Role & Binding)))
  const extra = { verbs: ['get'], apiGroups: ['example.com'], resources: ['things'] }
  await update(clusterRole('system:kube-dns'), (role) => ({ ...role, rules: [extra] }))
  await update(clusterRole('system:discovery'), (role) => ({
    ...role,
    rules: [],
    metadata: { ...role.metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
  }))
  await update(clusterBinding('system:public-info-viewer'), (binding) => ({ ...binding, subjects: [{ kind: 'User', apiGroup: group, name: 'zoe' }] }))
  await backend.delete(clusterBinding('system:kube-dns'))
  await backend.create({ resource: `clusterrolebindings.${group}` }, {
    metadata: { name: 'system:kube-dns' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [],
  } as Binding)
  await ensurePolicy(backend)
  const rules = ((await backend.get(clusterRole('system:kube-dns'))) as Role).rules
  assert.deepEqual(rules?.[0], extra)
  assert.equal(rules?.length, 5, 'each verb of each resource that was missing')
  assert.deepEqual(((await backend.get(clusterRole('system:discovery'))) as Role).rules ?? [], [])
  const { subjects } = (await backend.get(clusterBinding('system:public-info-viewer'))) as Binding
  assert.deepEqual(
    subjects?.map(({ name }) => name),
    ['zoe', 'system:authenticated', 'system:unauthenticated'],
  )
  assert.equal(((await backend.get(clusterBinding('system:kube-dns'))) as Binding).roleRef?.name, 'system:kube-dns')
})

test('a second start changes nothing', async () => {
  const versions = async () => {
    const lists = await Promise.all(
      ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((resource) => backend.list({ resource: `${resource}.${group}` })),
    )
    return lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`))
  }
  await ensurePolicy(backend)
  const before = await versions()
  await ensurePolicy(backend)
  assert.deepEqual(await versions(), before)
})
