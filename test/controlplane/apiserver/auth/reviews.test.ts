import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { NodeCaller } from '../../../../src/controlplane/apiserver/node/node-caller.ts'
import type { LocalBackend } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { serverParts } from '../../../../src/controlplane/assembly.ts'
import { loadPki } from '../../../../src/controlplane/pki/files.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

let backend: LocalBackend

before(async () => {
  const pki = await loadPki(undefined, [], Date.UTC(2026, 0, 1))
  const { definitions, admission } = serverParts(pki, new NodeCaller(pki.nodeCaller))
  backend = (await makeBackend({ definitions, admissions: admission.mutating, validations: admission.validating })).backend
})

async function review(resourceAttributes: object): Promise<{ allowed: boolean; reason?: string }> {
  const spec = { user: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'], resourceAttributes }
  const answer = await backend.create({ resource: 'subjectaccessreviews.authorization.k8s.io' }, { spec } as unknown as KubeObject)
  return (answer as KubeObject & { status: { allowed: boolean; reason?: string } }).status
}

test('a review of a list says what it is limited to, as text or in parts', async () => {
  const pods = { verb: 'list', resource: 'pods' }
  const requirement = (operator: string, ...values: string[]) => ({ requirements: [{ key: 'spec.nodeName', operator, values }] })
  for (const [fieldSelector, allowed] of [
    [undefined, false],
    [{ rawSelector: 'spec.nodeName=n1' }, true],
    [{ rawSelector: 'spec.nodeName=n2' }, false],
    [{ rawSelector: 'spec.nodeName' }, false],
    [requirement('In', 'n1'), true],
    [requirement('In', 'n1', 'n2'), false],
    [requirement('NotIn', 'n1'), false],
    [requirement('Exists'), false],
  ] as const)
    assert.equal((await review({ ...pods, ...(fieldSelector && { fieldSelector }) })).allowed, allowed, JSON.stringify(fieldSelector))
})

test('a review tells kinds of one name apart by their group, and says why not', async () => {
  assert.equal((await review({ verb: 'list', resource: 'services' })).allowed, true)
  assert.equal((await review({ verb: 'list', resource: 'services', group: 'example.com' })).allowed, false)
  const { allowed, reason } = await review({ verb: 'get', resource: 'nodes', name: 'n2' })
  assert.deepEqual([allowed, reason], [false, "node 'n1' cannot read 'n2', only its own Node object"])
})

const bob = { name: 'bob', groups: ['devs', 'system:authenticated'] }
const rbac = (resource: string, namespace?: string) => ({ resource: `${resource}.rbac.authorization.k8s.io`, ...(namespace && { namespace }) })
const ask = async (resource: string, spec: object, namespace?: string) =>
  (
    (await backend.create({ resource: `${resource}.authorization.k8s.io`, ...(namespace && { namespace }) }, { spec } as unknown as KubeObject, {
      user: bob,
    })) as KubeObject & {
      status: Record<string, unknown>
    }
  ).status

test('what roles give is told by every question, and by which binding', async () => {
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] }]
  await backend.create(rbac('roles', 'default'), { metadata: { name: 'r' }, rules } as KubeObject)
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' }
  await backend.create(rbac('rolebindings', 'default'), { metadata: { name: 'b' }, roleRef, subjects: [{ kind: 'Group', name: 'devs' }] } as KubeObject)
  const pods = { verb: 'get', resource: 'pods', name: 'a', namespace: 'default' }
  const yes = { allowed: true, reason: 'RBAC: allowed by RoleBinding "b/default" of Role "r" to Group "devs"' }
  assert.deepEqual(await ask('selfsubjectaccessreviews', { resourceAttributes: pods }), yes)
  assert.deepEqual(await ask('subjectaccessreviews', { groups: ['devs'], resourceAttributes: pods }), yes)
  assert.deepEqual(await ask('localsubjectaccessreviews', { user: 'x', groups: ['devs'], resourceAttributes: pods }, 'default'), yes)
  assert.deepEqual(await ask('selfsubjectaccessreviews', { resourceAttributes: { ...pods, name: 'b' } }), { allowed: false })
  const told = await ask('selfsubjectrulesreviews', { namespace: 'default' })
  assert.deepEqual(told, { resourceRules: rules, nonResourceRules: [], incomplete: false })
  assert.deepEqual(await ask('selfsubjectrulesreviews', { namespace: 'kube-system' }), { resourceRules: [], nonResourceRules: [], incomplete: false })
})

for (const [resource, spec, words] of [
  ['subjectaccessreviews', { resourceAttributes: {} }, 'spec.user: Invalid value: "": at least one of user or group must be specified'],
  [
    'subjectaccessreviews',
    { user: 'x' },
    'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  ],
  [
    'selfsubjectaccessreviews',
    { resourceAttributes: { fieldSelector: {} } },
    'spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
  ],
  [
    'localsubjectaccessreviews',
    { user: 'x', resourceAttributes: { namespace: 'other' } },
    'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
  ],
] as const)
  test(`a question that is none is refused: ${words.slice(0, 70)}`, async () => {
    await assert.rejects(ask(resource, spec, resource.startsWith('local') ? 'default' : undefined), {
      code: 422,
      message: `.authorization.k8s.io "" is invalid: ${words}`,
    })
  })
