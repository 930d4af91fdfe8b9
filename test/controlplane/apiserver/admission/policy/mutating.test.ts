import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import type { KubeObject, Pod } from '../../../../../src/kube/objects.ts'
import { configMaps, pods } from '../../../harness.ts'
import { admissionLab, refusal } from '../lab.ts'

let lab: Awaited<ReturnType<typeof admissionLab>>
before(async () => {
  lab = await admissionLab()
})
after(() => lab[Symbol.dispose]())
afterEach(async () => {
  for (const name of ['demo', 'later'])
    for (const kind of ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding']) await lab.remove(kind, name).catch(() => {})
})

const about = (resource: string) => ({ resourceRules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: [resource] }] })

async function policy(resource: string, spec: object, name = 'demo'): Promise<void> {
  await lab.configure('MutatingAdmissionPolicy', name, {
    spec: { failurePolicy: 'Fail', reinvocationPolicy: 'Never', matchConstraints: about(resource), ...spec },
  })
  await lab.configure('MutatingAdmissionPolicyBinding', name, { spec: { policyName: name } })
}
const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } })
const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })

let count = 0
function aPodWith(over: object = {}): KubeObject {
  count += 1
  return { metadata: { name: `p${count}` }, spec: { containers: [{ name: 'app', image: 'app:1' }], ...over } } as KubeObject
}

test('an ApplyConfiguration is merged as server-side apply merges: lists by their keys, and what it does not name stays', async () => {
  const sidecar = `Object{
    metadata: Object.metadata{labels: {"injected": "yes"}},
    spec: Object.spec{initContainers: [Object.spec.initContainers{name: "mesh", image: "mesh:1", restartPolicy: "Always"}]}
  }`
  await policy('pods', {
    matchConditions: [{ name: 'once', expression: "!object.spec.?initContainers.orValue([]).exists(c, c.name == 'mesh')" }],
    mutations: [apply(sidecar)],
  })
  const made = (await lab.backend.create(pods, aPodWith({ initContainers: [{ name: 'first', image: 'first:1' }] }))) as Pod
  assert.deepEqual(made.metadata?.labels, { injected: 'yes' })
  assert.deepEqual(
    made.spec?.initContainers?.map(({ name, image }) => [name, image]),
    [
      ['first', 'first:1'],
      ['mesh', 'mesh:1'],
    ],
  )
  assert.equal(made.spec?.containers[0]?.image, 'app:1')
  // It is defaulted as what a client sends is.
  assert.equal(made.spec?.initContainers?.[1]?.imagePullPolicy, 'IfNotPresent')
})

test('a JSONPatch is applied, with keys escaped, variables and values of any kind', async () => {
  await policy('configmaps', {
    variables: [{ name: 'n', expression: 'object.data.size()' }],
    mutations: [
      patch(`(!has(object.metadata.labels) ? [JSONPatch{op: "add", path: "/metadata/labels", value: {}}] : []) + [
        JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/count"), value: string(variables.n)},
        JSONPatch{op: "remove", path: "/data/old"}
      ]`),
    ],
  })
  const made = (await lab.backend.create(configMaps, { metadata: { name: 'patched' }, data: { old: '1', kept: '2' } } as KubeObject)) as KubeObject & {
    data: object
  }
  assert.deepEqual(made.metadata?.labels, { 'example.com/count': '2' })
  assert.deepEqual(made.data, { kept: '2' })
})

test('a JSONPatch whose test fails changes nothing', async () => {
  await policy('configmaps', { mutations: [patch(`[JSONPatch{op: "test", path: "/data/a", value: "no"}, JSONPatch{op: "remove", path: "/data/a"}]`)] })
  const made = (await lab.backend.create(configMaps, { metadata: { name: 'tested' }, data: { a: 'b' } } as KubeObject)) as KubeObject & { data: object }
  assert.deepEqual(made.data, { a: 'b' })
})

const faults: readonly (readonly [what: string, mutation: object, why: string])[] = [
  [
    'replaces an atomic list',
    apply('Object{spec: Object.spec{containers: [Object.spec.containers{name: "app", args: ["x"]}]}}'),
    'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args',
  ],
  [
    'names a part by another path',
    apply('Object{spec: Object.wrong{nodeName: "x"}}'),
    'type mismatch: unexpected type name "Object.wrong", expected "Object.spec", which matches field name path from root Object type',
  ],
  ['makes no object', apply('dyn({"spec": {"nodeName": "x"}})'), 'unsupported return type from ApplyConfiguration expression: map'],
  [
    'reads what is not there',
    apply('Object{metadata: Object.metadata{labels: object.metadata.labels}}'),
    "expression 'Object{metadata: Object.metadata{labels: object.metadata.labels}}' resulted in error: no such key: labels",
  ],
  [
    'patches what is not there',
    patch('[JSONPatch{op: "remove", path: "/spec/nosuch"}]'),
    'JSONPath: the server rejected our request due to an error in our request',
  ],
]

for (const [what, mutation, why] of faults)
  test(`a mutation that ${what} refuses the request, or is left out where the policy ignores failures`, async () => {
    await policy('pods', { mutations: [mutation] })
    const error = await refusal(lab.backend.create(pods, aPodWith()))
    assert.equal(error.message, `policy 'demo' with binding 'demo' denied request: ${why}`)
    assert.deepEqual([error.code, error.reason], [403, 'Invalid'])
    await policy('pods', { failurePolicy: 'Ignore', mutations: [mutation] })
    await lab.backend.create(pods, aPodWith())
  })

test('policies are evaluated by name, each seeing what came before; one with reinvocationPolicy IfNeeded once more', async () => {
  const note = (name: string) => `Object{metadata: Object.metadata{annotations: {"${name}": string(object.metadata.?annotations.orValue({}).size())}}}`
  await policy('configmaps', { reinvocationPolicy: 'IfNeeded', mutations: [apply(note('demo'))] })
  await policy('configmaps', { mutations: [apply(note('later'))] }, 'later')
  const made = await lab.backend.create(configMaps, { metadata: { name: 'ordered' }, data: {} } as KubeObject)
  assert.deepEqual(made.metadata?.annotations, { demo: '2', later: '1' })
})
