import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admitPod } from '../../../../../src/controlplane/apiserver/kinds/core/pod-admission.ts'
import type { KubeObject, Pod } from '../../../../../src/kube/objects.ts'
import { makeBackend, pods } from '../../../harness.ts'

async function made(account: object, spec: object = {}): Promise<Pod['spec']> {
  const { backend } = await makeBackend({ admissions: [admitPod] })
  await backend.create({ resource: 'serviceaccounts', namespace: 'default' }, { metadata: { name: 'default' }, ...account } as KubeObject)
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec } } as KubeObject
  return ((await backend.create(pods, pod)) as Pod).spec
}

test('a pod gets the pull secrets of its service account, unless it has its own', async () => {
  const account = { imagePullSecrets: [{ name: 'team' }] }
  assert.deepEqual((await made(account))?.imagePullSecrets, [{ name: 'team' }])
  assert.deepEqual((await made(account, { imagePullSecrets: [{ name: 'own' }] }))?.imagePullSecrets, [{ name: 'own' }])
  assert.equal((await made({}))?.imagePullSecrets, undefined)
})

test('the token volume comes unless the account or the pod declines it; the pod’s word counts', async () => {
  const volumes = async (account: object, spec: object = {}) => (await made(account, spec))?.volumes?.length ?? 0
  assert.equal(await volumes({}), 1)
  assert.equal(await volumes({ automountServiceAccountToken: false }), 0)
  assert.equal(await volumes({ automountServiceAccountToken: false }, { automountServiceAccountToken: true }), 1)
})
