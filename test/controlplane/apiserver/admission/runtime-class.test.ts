import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { runtimeClassDefaults, runtimeClassOverhead } from '../../../../src/controlplane/apiserver/admission/runtime-class.ts'
import type { LocalBackend } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { makeBackend, pods } from '../../harness.ts'

let backend: LocalBackend
const make = async (name: string, spec: object) =>
  ((await backend.create(pods, { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } } as KubeObject)) as Pod).spec

before(async () => {
  backend = (await makeBackend({ admissions: [runtimeClassDefaults], validations: [runtimeClassOverhead] })).backend
  const classes = { resource: 'runtimeclasses.node.k8s.io' }
  const scheduling = { nodeSelector: { kata: 'yes' }, tolerations: [{ key: 'kata', operator: 'Exists', effect: 'NoSchedule' }] }
  await backend.create(classes, { metadata: { name: 'kata' }, handler: 'kata', overhead: { podFixed: { cpu: '250m' } }, scheduling } as KubeObject)
  await backend.create(classes, { metadata: { name: 'plain' }, handler: 'runc' } as KubeObject)
})

test('a pod takes what its class takes, and goes where its class is', async () => {
  const spec = await make('a', { runtimeClassName: 'kata', nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'x', operator: 'Exists' }] })
  assert.deepEqual(spec?.overhead, { cpu: '250m' })
  assert.deepEqual(spec?.nodeSelector, { disk: 'ssd', kata: 'yes' })
  assert.deepEqual(spec?.tolerations, [
    { key: 'x', operator: 'Exists' },
    { key: 'kata', operator: 'Exists', effect: 'NoSchedule' },
  ])
  assert.equal((await make('b', { runtimeClassName: 'kata', tolerations: [{ operator: 'Exists' }] }))?.tolerations?.length, 1)
  assert.equal((await make('same', { runtimeClassName: 'kata', overhead: { cpu: '0.25' } }))?.overhead?.cpu, '250m')
})

for (const [what, spec, why] of [
  ['an unknown class', { runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
  ['another overhead', { runtimeClassName: 'kata', overhead: { cpu: '1' } }, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"],
  ['an overhead of its own', { overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
  [
    'one that its class does not have',
    { runtimeClassName: 'plain', overhead: { cpu: '1' } },
    'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  ],
  [
    'another place',
    { runtimeClassName: 'kata', nodeSelector: { kata: 'no' } },
    'conflict: runtimeClass.scheduling.nodeSelector[kata] = yes; pod.spec.nodeSelector[kata] = no',
  ],
] as const)
  test(`a pod with ${what} is refused`, async () => {
    await assert.rejects(make('p', spec), { message: `pods "p" is forbidden: ${why}` })
  })
