import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterRoleBindings } from '../../../../../src/controlplane/apiserver/kinds/rbac/cluster-role-bindings.ts'
import { clusterRoles } from '../../../../../src/controlplane/apiserver/kinds/rbac/cluster-roles.ts'
import { roleBindings } from '../../../../../src/controlplane/apiserver/kinds/rbac/role-bindings.ts'
import { roles } from '../../../../../src/controlplane/apiserver/kinds/rbac/roles.ts'
import { createProblems, made, row, updateProblems } from '../kind-lab.ts'

const group = 'rbac.authorization.k8s.io'
const reads = { apiGroups: [''], resources: ['pods'], verbs: ['get'] }

test('a role has rules of resources, a cluster role of URLs too, never both in one', () => {
  assert.deepEqual(createProblems(roles, { rules: [reads] }), [])
  assert.deepEqual(createProblems(clusterRoles, { rules: [reads, { nonResourceURLs: ['/healthz'], verbs: ['get'] }] }), [])
  assert.deepEqual(createProblems(roles, { rules: [{}] }), [
    'rules[0].verbs: Required value: verbs must contain at least one value',
    'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
    'rules[0].resources: Required value: resource rules must supply at least one resource',
  ])
  assert.deepEqual(createProblems(roles, { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] }), [
    'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
  ])
  assert.deepEqual(createProblems(clusterRoles, { rules: [{ ...reads, nonResourceURLs: ['/x'] }] }), [
    'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
  ])
  assert.deepEqual(createProblems(roles, { rules: [{ ...reads, resources: ['pods', 'secrets'], resourceNames: ['a'] }] }), [
    'rules[0].resourceNames: Required value: resource names cannot apply to multiple resources',
  ])
  assert.equal((made(roles, {}) as { rules?: unknown }).rules, null, 'as Go writes it')
})

test('an aggregated role says of what', () => {
  assert.deepEqual(createProblems(clusterRoles, { aggregationRule: {} }), [
    'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
  ])
  assert.deepEqual(createProblems(clusterRoles, { aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Is' }] }] } }), [
    'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
  ])
})

const view = { kind: 'ClusterRole', name: 'view' }

test('a binding fills in the groups, and names one role and its subjects', () => {
  const subjects = [
    { kind: 'User', name: 'u' },
    { kind: 'Group', name: 'g' },
    { kind: 'ServiceAccount', name: 's', namespace: 'n' },
  ]
  const binding = made(roleBindings, { roleRef: view, subjects }) as unknown as { roleRef: unknown; subjects: { apiGroup?: string }[] }
  assert.deepEqual(binding.roleRef, { ...view, apiGroup: group })
  assert.deepEqual(
    binding.subjects.map(({ apiGroup }) => apiGroup),
    [group, group, undefined],
  )
  assert.deepEqual(createProblems(roleBindings, { roleRef: view, subjects }), [])
  assert.deepEqual(createProblems(clusterRoleBindings, { roleRef: { kind: 'Role', name: 'a/b', apiGroup: 'x' } }), [
    `roleRef.apiGroup: Unsupported value: "x": supported values: "${group}"`,
    'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    'roleRef.name: Invalid value: "a/b": may not contain \'/\'',
  ])
  assert.deepEqual(createProblems(roleBindings, {}), [
    `roleRef.apiGroup: Unsupported value: "": supported values: "${group}"`,
    'roleRef.kind: Unsupported value: "": supported values: "Role", "ClusterRole"',
    'roleRef.name: Required value',
  ])
})

test('each kind of subject has its own rules', () => {
  const of = (subject: object, kind = clusterRoleBindings) => createProblems(kind, { roleRef: view, subjects: [subject] })
  assert.deepEqual(of({ kind: 'ServiceAccount', name: 's' }), ['subjects[0].namespace: Required value'])
  assert.deepEqual(of({ kind: 'ServiceAccount', name: 's' }, roleBindings), [])
  assert.deepEqual(of({ kind: 'ServiceAccount', name: 's', namespace: 'n', apiGroup: group }), [
    `subjects[0].apiGroup: Unsupported value: "${group}": supported values: ""`,
  ])
  assert.deepEqual(of({ kind: 'User' }), ['subjects[0].name: Required value', 'subjects[0].name: Invalid value: "": user name cannot be empty'])
  assert.deepEqual(of({ kind: 'Robot', name: 'r' }), ['subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'])
})

test('a binding is to one role for ever', () => {
  const other = { roleRef: { ...view, name: 'edit' } }
  const said = [`roleRef: Invalid value: {"APIGroup":"${group}","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef`]
  assert.deepEqual(updateProblems(roleBindings, { roleRef: view }, other), said)
  assert.deepEqual(updateProblems(clusterRoleBindings, { roleRef: view }, other), said)
  assert.deepEqual(updateProblems(roleBindings, { roleRef: view }, { roleRef: view, subjects: [{ kind: 'User', name: 'u' }] }), [])
})

test('kubectl shows roles by the time they were made, and bindings by what they bind', () => {
  assert.deepEqual(row(clusterRoles, {}), { Name: 'a', 'Created At': '2026-01-01T00:00:00Z' })
  const subjects = [
    { kind: 'User', name: 'u' },
    { kind: 'User', name: 'v' },
    { kind: 'ServiceAccount', name: 's', namespace: 'n' },
  ]
  assert.deepEqual(row(roleBindings, { roleRef: view, subjects }), {
    Name: 'a',
    Role: 'ClusterRole/view',
    Age: '20s',
    Users: 'u, v',
    Groups: '',
    ServiceAccounts: 'n/s',
  })
})
