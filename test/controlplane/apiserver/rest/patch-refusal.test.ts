import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { KubeError, PatchType } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { aDeployment } from '../../controllers/workload-stage.ts'
import { configMaps, makeBackend } from '../../harness.ts'

describe('a patch after which the object cannot be read is a 422', () => {
  let backend: Awaited<ReturnType<typeof makeBackend>>['backend']
  before(async () => {
    ;({ backend } = await makeBackend())
    await backend.create(configMaps, { metadata: { name: 'it' }, data: { x: 'y' } } as KubeObject)
    await backend.create({ resource: 'secrets', namespace: 'default' }, { metadata: { name: 'it' } })
    await backend.create({ resource: 'deployments.apps', namespace: 'default' }, aDeployment('it', 1))
  })
  const refused = async (resource: string, type: string, patch: unknown, options: object = {}) => {
    const error = await backend
      .patch({ resource, namespace: 'default', name: 'it' }, `application/${type}+json` as PatchType, patch, options)
      .then(() => assert.fail('it was taken'))
      .catch((caught: KubeError) => caught)
    return [error.code, error.reason, error.message] as const
  }

  const rows: [resource: string, patch: object, shown: string, why: string][] = [
    ['deployments.apps', { spec: { replicas: 'x' } }, 'map[spec:map[replicas:x]]', 'unrecognized type: int32'],
    ['deployments.apps', { spec: [1, null] }, 'map[spec:[1 <nil>]]', 'cannot restore struct from: slice'],
    [
      'deployments.apps',
      { spec: { template: { spec: { containers: 'x' } }, paused: true } },
      'map[spec:map[paused:true template:map[spec:map[containers:x]]]]',
      'cannot restore slice from string',
    ],
    ['deployments.apps', { metadata: { labels: 'x' } }, 'map[metadata:map[labels:x]]', 'cannot restore map from string'],
    ['configmaps', { data: { x: 1 } }, 'map[data:map[x:1]]', 'cannot convert int64 to string'],
    ['configmaps', { immutable: 'yes' }, 'map[immutable:yes]', 'unrecognized type: bool'],
  ]
  for (const [resource, patch, shown, why] of rows)
    it(`that shows the strategic merge patch ${shown}`, async () =>
      assert.deepEqual(await refused(resource, 'strategic-merge-patch', patch), [422, 'Invalid', ` "" is invalid: patch: Invalid value: "${shown}": ${why}`]))

  it('that shows what came of a patch of JSON', async () => {
    for (const [type, patch] of [
      ['merge-patch', { data: { x: 1 } }],
      ['json-patch', [{ op: 'replace', path: '/data/x', value: 1 }]],
    ] as const) {
      const [code, reason, message] = await refused('configmaps', type, patch)
      assert.deepEqual([code, reason], [422, 'Invalid'])
      assert.match(
        message,
        /^ "" is invalid: patch: Invalid value: "\{.*\\"data\\":\{\\"x\\":1\}.*\}": ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number/,
      )
    }
  })

  it('for what nobody knows when that is asked for strictly', async () => {
    const [code, , message] = await refused('configmaps', 'strategic-merge-patch', { dat: 1 }, { fieldValidation: 'Strict' })
    assert.deepEqual([code, message], [422, ' "" is invalid: patch: Invalid value: "map[dat:1]": strict decoding error: unknown field "dat"'])
  })

  it('that shows nothing of a secret', async () => {
    for (const type of ['strategic-merge-patch', 'merge-patch']) {
      const [code, , message] = await refused('secrets', type, { data: { password: 'aHVudGVyMg==', x: 1 } })
      assert.equal(code, 422)
      assert.ok(!message.includes('aHVudGVyMg'), message)
    }
  })

  it('and what is wrong with the patch itself stays a 400', async () => {
    const [code] = await refused('deployments.apps', 'strategic-merge-patch', { spec: { template: { spec: { containers: [{ image: 'x' }] } } } })
    assert.equal(code, 400)
  })
})
