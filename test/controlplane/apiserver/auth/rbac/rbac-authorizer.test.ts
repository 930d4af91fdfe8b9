import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { authorize } from '../../../../../src/controlplane/apiserver/auth/authorizer.ts'
import type { Binding, Role, Subject } from '../../../../../src/controlplane/apiserver/auth/rbac/policy-rule.ts'
import { ruleAllows } from '../../../../../src/controlplane/apiserver/auth/rbac/policy-rule.ts'
import { authorizeByRole, rulesFor } from '../../../../../src/controlplane/apiserver/auth/rbac/rbac-authorizer.ts'
import { rbacIndexOf } from '../../../../../src/controlplane/apiserver/auth/rbac/rbac-index.ts'
import type { LocalBackend } from '../../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { makeBackend } from '../../../harness.ts'

const group = 'rbac.authorization.k8s.io'
const bob = { name: 'bob', groups: ['devs', 'system:authenticated'] }
const robot = { name: 'system:serviceaccount:ci:robot', groups: ['system:serviceaccounts', 'system:serviceaccounts:ci', 'system:authenticated'] }
let backend: LocalBackend

beforeEach(async () => {
  backend = (await makeBackend()).backend
  await backend.create({ resource: 'namespaces' }, { metadata: { name: 'ci' } })
})

const role = (name: string, verbs: string[], namespace?: string) =>
  backend.create({ resource: `${namespace ? 'roles' : 'clusterroles'}.${group}`, ...(namespace && { namespace }) }, {
    metadata: { name },
    rules: [{ verbs, apiGroups: [''], resources: ['pods'] }],
  } as Role)
const bind = (name: string, kind: 'Role' | 'ClusterRole', to: string, subjects: Subject[], namespace?: string) =>
  backend.create({ resource: `${namespace ? 'rolebindings' : 'clusterrolebindings'}.${group}`, ...(namespace && { namespace }) }, {
    metadata: { name },
    roleRef: { apiGroup: group, kind, name: to },
    subjects,
  } as Binding)
const pods = (verb: string, namespace = 'default') => ({ verb, group: '', resource: 'pods', subresource: '', namespace, name: '' })
const ask = async (user: typeof bob, verb: string, namespace?: string) => authorize(user, pods(verb, namespace), backend)

test('a role gives what a binding says, to the user, the group or the account of it, and says by which', async () => {
  await role('viewer', ['list'])
  await role('writer', ['create'], 'ci')
  await bind('devs', 'ClusterRole', 'viewer', [{ kind: 'Group', name: 'devs' }])
  await bind(
    'ci',
    'Role',
    'writer',
    [
      { kind: 'User', name: 'bob' },
      { kind: 'ServiceAccount', name: 'robot' },
    ],
    'ci',
  )
  await bind('look', 'ClusterRole', 'viewer', [{ kind: 'ServiceAccount', name: 'robot', namespace: 'ci' }], 'default')
  assert.deepEqual(await ask(bob, 'list'), { allowed: true, reason: 'RBAC: allowed by ClusterRoleBinding "devs" of ClusterRole "viewer" to Group "devs"' })
  assert.deepEqual(await ask(bob, 'list', ''), { allowed: true, reason: 'RBAC: allowed by ClusterRoleBinding "devs" of ClusterRole "viewer" to Group "devs"' })
  assert.deepEqual(await ask(bob, 'create', 'ci'), { allowed: true, reason: 'RBAC: allowed by RoleBinding "ci/ci" of Role "writer" to User "bob"' })
  assert.deepEqual(await ask(robot, 'create', 'ci'), {
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "ci/ci" of Role "writer" to ServiceAccount "robot/ci"',
  })
  assert.deepEqual(await ask(robot, 'list'), {
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "look/default" of ClusterRole "viewer" to ServiceAccount "robot/ci"',
  })
  for (const [user, verb, namespace] of [
    [bob, 'create', 'default'],
    [bob, 'delete', 'ci'],
    [robot, 'list', 'ci'],
    [robot, 'list', ''],
    [{ ...bob, groups: [] }, 'list', 'default'],
  ] as const)
    assert.deepEqual(await ask(user as typeof bob, verb, namespace), { allowed: false }, `${user.name} ${verb} ${namespace}`)
})

test('a service account has nothing of its own, and one of the same name elsewhere is another', async () => {
  await role('writer', ['create'], 'ci')
  await bind('ci', 'Role', 'writer', [{ kind: 'ServiceAccount', name: 'robot' }], 'ci')
  const other = { name: 'system:serviceaccount:default:robot', groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'] }
  assert.deepEqual(await ask(other, 'create', 'ci'), { allowed: false })
  assert.deepEqual(await ask({ ...other, name: 'robot' }, 'create', 'ci'), { allowed: false })
})

test('a role that is not there is told, and gives from the moment that it is; what is taken away is gone at once', async () => {
  await bind('later', 'ClusterRole', 'later', [{ kind: 'User', name: 'bob' }])
  await bind('local', 'Role', 'local', [{ kind: 'Group', name: 'devs' }], 'default')
  assert.deepEqual(await ask(bob, 'list'), {
    allowed: false,
    reason: `RBAC: [clusterrole.${group} "later" not found, role.${group} "local" not found]`,
  })
  assert.deepEqual(await ask(bob, 'list', ''), { allowed: false, reason: `RBAC: clusterrole.${group} "later" not found` })
  await role('later', ['list'])
  assert.equal((await ask(bob, 'list')).allowed, true)
  await backend.patch({ resource: `clusterroles.${group}`, name: 'later' }, 'application/merge-patch+json', { rules: [] })
  assert.equal((await ask(bob, 'list')).allowed, false)
  await role('local', ['get'], 'default')
  assert.equal((await ask(bob, 'get')).allowed, true)
  await backend.patch({ resource: `rolebindings.${group}`, namespace: 'default', name: 'local' }, 'application/merge-patch+json', {
    subjects: [{ kind: 'User', name: 'carol', apiGroup: group }],
  })
  assert.equal((await ask(bob, 'get')).allowed, false)
  assert.equal((await ask({ ...bob, name: 'carol', groups: [] }, 'get')).allowed, true)
  await backend.delete({ resource: `rolebindings.${group}`, namespace: 'default', name: 'local' })
  assert.equal((await ask({ ...bob, name: 'carol', groups: [] }, 'get')).allowed, false)
})

test('masters need no role, a node what it is bound to goes before, and a refusal has the reasons of both', async () => {
  const node = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
  assert.deepEqual(await ask({ name: 'x', groups: ['system:masters'] }, 'anything'), { allowed: true })
  await bind('gone', 'ClusterRole', 'gone', [{ kind: 'Group', name: 'system:nodes' }])
  assert.deepEqual(await ask(node, 'list', ''), {
    allowed: false,
    reason: `can only list/watch pods with spec.nodeName field selector\nRBAC: clusterrole.${group} "gone" not found`,
  })
  await role('gone', ['list'])
  assert.equal((await ask(node, 'list', '')).allowed, true)
})

const users = ['u', 'v', 'system:serviceaccount:ci:a']
const aSubject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constant('User'), name: fc.constantFrom(...users) }),
  fc.record({ kind: fc.constant('Group'), name: fc.constantFrom('g', 'h') }),
  fc.record({ kind: fc.constant('ServiceAccount'), name: fc.constantFrom('a', 'b'), namespace: fc.constantFrom('ci', 'default') }),
)
const aStep = fc.record({
  name: fc.constantFrom('x', 'y', 'z'),
  namespace: fc.constantFrom(undefined, 'ci', 'default'),
  subjects: fc.array(aSubject, { maxLength: 3 }),
  role: fc.constantFrom('one', 'two'),
  gone: fc.boolean(),
})

test('however bindings come, change and go, the index answers as a walk over all of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { maxLength: 12 }), async (steps) => {
      backend = (await makeBackend()).backend
      await backend.create({ resource: 'namespaces' }, { metadata: { name: 'ci' } })
      await role('one', ['list'])
      await role('two', ['create'])
      const index = rbacIndexOf(backend)
      for (const { name, namespace, subjects, role: to, gone } of steps) {
        const at = { resource: `${namespace ? 'rolebindings' : 'clusterrolebindings'}.${group}`, ...(namespace && { namespace }), name }
        await backend.delete(at).catch(() => {})
        if (!gone) await bind(name, 'ClusterRole', to, subjects, namespace)
      }
      const of = async (resource: string) => (await backend.list({ resource: `${resource}.${group}` })).items as Binding[]
      const [inNamespaces, inCluster] = [await of('rolebindings'), await of('clusterrolebindings')]
      for (const name of users)
        for (const namespace of ['', 'ci', 'default'])
          for (const verb of ['list', 'create']) {
            const user = { name, groups: name === 'u' ? ['g'] : ['h'] }
            const applies = ({ kind, name: who, namespace: home }: Subject) =>
              kind === 'User' ? who === name : kind === 'Group' ? user.groups.includes(who) : `system:serviceaccount:${home}:${who}` === name
            const walked = [...inCluster, ...inNamespaces.filter(({ metadata }) => metadata?.namespace === namespace)].some(
              ({ subjects, roleRef }) => subjects?.some(applies) && (roleRef?.name === 'one' ? 'list' : 'create') === verb,
            )
            assert.equal(authorizeByRole(index, user, pods(verb, namespace)).allowed, walked)
            assert.equal(
              rulesFor(index, user, namespace).rules.some((rule) => ruleAllows(rule, pods(verb, namespace))),
              walked,
            )
          }
    }),
    { numRuns: 40 },
  )
})
