import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import type { Role } from '../../../../src/controlplane/apiserver/auth/rbac/policy-rule.ts'
import { aggregateRoles, gathered } from '../../../../src/controlplane/controllers/rbac/aggregate-roles.ts'
import { makeBackend, withPolicy } from '../../harness.ts'

const resource = 'clusterroles.rbac.authorization.k8s.io'
const rule = (of: string) => ({ verbs: ['get'], apiGroups: [''], resources: [of] })
const role = (name: string, labels: Record<string, string>, ...rules: Role[`rules`][]): Role => ({
  metadata: { name, labels },
  rules: rules.flatMap((each) => each ?? []),
})

test('a role gathers the rules of all that any of its selectors names, each rule once and none of its own', () => {
  const all = [role('c', { in: 'x' }, [rule('pods')]), role('b', { in: 'y', also: '' }, [rule('pods'), rule('nodes')]), role('a', {}, [rule('secrets')])]
  const of = (...clusterRoleSelectors: NonNullable<Role['aggregationRule']>['clusterRoleSelectors'] & object) =>
    gathered({ ...role('self', { in: 'x' }, [rule('self')]), aggregationRule: { clusterRoleSelectors } }, [
      ...all,
      role('self', { in: 'x' }, [rule('self')]),
    ])?.map(({ resources }) => resources?.[0])
  assert.deepEqual(of({ matchLabels: { in: 'x' } }), ['pods'])
  assert.deepEqual(of({ matchLabels: { in: 'y' } }, { matchLabels: { in: 'x' } }), ['pods', 'nodes'])
  assert.deepEqual(of({ matchExpressions: [{ key: 'in', operator: 'In', values: ['y', 'z'] }] }), ['pods', 'nodes'])
  assert.deepEqual(of({ matchExpressions: [{ key: 'in', operator: 'NotIn', values: ['y', 'x'] }] }), ['secrets'])
  assert.deepEqual(of({ matchExpressions: [{ key: 'also', operator: 'Exists' }] }), ['pods', 'nodes'])
  assert.deepEqual(of({ matchExpressions: [{ key: 'in', operator: 'DoesNotExist' }] }), ['secrets'])
  assert.deepEqual(of({ matchLabels: { in: 'none' } }), [])
  assert.equal(gathered(role('plain', {}), all), undefined)
})

test('admin, edit and view are gathered step by step, and grow with a role that is labelled for them', async () => {
  const { backend, clock } = await makeBackend()
  await withPolicy(backend)
  const stopping = new AbortController()
  const until = async (done: (admin: Role) => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = backend.observe(resource, ({ object }) => {
      if (object.metadata?.name === 'admin' && done(object)) resolve()
    })
    await promise
    stop()
  }
  const running = aggregateRoles({ backend, clock, log: silentLogger, signal: stopping.signal })
  const has = ({ rules }: Role, of: string) => rules?.some(({ resources }) => resources?.includes(of)) === true
  await until((admin) => has(admin, 'endpointslices') && has(admin, 'pods/eviction') && has(admin, 'rolebindings'))
  const view = (await backend.get({ resource, name: 'view' })) as Role
  assert.ok(has(view, 'endpointslices') && !has(view, 'secrets') && !has(view, 'pods/eviction'))
  await backend.create(
    { resource },
    role('widgets', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }, [{ ...rule('widgets'), apiGroups: ['example.com'] }]),
  )
  await until((admin) => has(admin, 'widgets'))
  await backend.delete({ resource, name: 'widgets' })
  await until((admin) => !has(admin, 'widgets'))
  stopping.abort()
  await running
})
