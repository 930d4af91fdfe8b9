import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject, Pod } from '../../../../../src/kube/objects.ts'
import { makeBackend, pods } from '../../../harness.ts'

const create = async (spec: object) => {
  const { backend } = await makeBackend()
  const pod = { metadata: { name: 'p', labels: { app: 'web', revision: '2' } }, spec: { containers: [{ name: 'c', image: 'app:1' }], ...spec } }
  return (await backend.create(pods, pod as KubeObject)) as Pod
}
const added = (operator: string, key: string, value: string) => [{ key, operator, values: [value] }]

test('a pod with scheduling gates says that it is gated', async () => {
  const { status } = await create({ schedulingGates: [{ name: 'example.com/wait' }] })
  const [condition] = status?.conditions ?? []
  assert.deepEqual([condition?.type, condition?.status, condition?.reason], ['PodScheduled', 'False', 'SchedulingGated'])
  assert.equal(condition?.message, 'Scheduling is blocked due to non-empty scheduling gates')
  assert.equal((await create({})).status?.conditions, undefined)
})

test('matchLabelKeys and mismatchLabelKeys become part of the selectors, with the labels that the pod has', async () => {
  const term = (keys: object) => ({ topologyKey: 'zone', labelSelector: { matchLabels: { app: 'web' } }, ...keys })
  const { spec } = await create({
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ matchLabelKeys: ['revision', 'absent'] })] },
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term({ mismatchLabelKeys: ['revision'] }) }] },
    },
    topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', ...term({ matchLabelKeys: ['revision'] }) }],
  })
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  const [affine] = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  assert.deepEqual(affine?.labelSelector?.matchExpressions, added('In', 'revision', '2'))
  const [apart] = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  assert.deepEqual(apart?.podAffinityTerm.labelSelector?.matchExpressions, added('NotIn', 'revision', '2'))
  assert.deepEqual(spec?.topologySpreadConstraints?.[0]?.labelSelector?.matchExpressions, added('In', 'revision', '2'))
})

test('a key that the selector names too is refused', async () => {
  const spread = { maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', topologyKey: 'zone', matchLabelKeys: ['revision'] }
  const names = (labelSelector: object) => create({ topologySpreadConstraints: [{ ...spread, labelSelector }] })
  await assert.rejects(names({ matchLabels: { revision: '2' } }), /exists in both matchLabelKeys and labelSelector/)
  await assert.rejects(names({ matchExpressions: [{ key: 'revision', operator: 'Exists' }] }), /exists in both matchLabelKeys and labelSelector/)
  await assert.rejects(names({ matchExpressions: added('In', 'revision', '1') }), /exists in both matchLabelKeys and labelSelector/)
})
