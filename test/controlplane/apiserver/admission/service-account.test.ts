import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceAccount } from '../../../../src/controlplane/apiserver/admission/service-account.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { makeBackend, pods } from '../../harness.ts'

async function made(account: object, spec: object = {}): Promise<Pod['spec']> {
  const { backend } = await makeBackend({ admissions: [serviceAccount] })
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

test('an account that is not there is told, and one that names its secrets lets no others be mounted', async () => {
  const { backend } = await makeBackend({ admissions: [serviceAccount] })
  const pod = (name: string, spec: object) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }) as KubeObject
  await assert.rejects(backend.create(pods, pod('p', { serviceAccountName: 'gone' })), {
    message: 'pods "p" is forbidden: error looking up service account default/gone: serviceaccount "gone" not found',
  })
  const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' }
  await backend.create({ resource: 'serviceaccounts', namespace: 'default' }, {
    metadata: { name: 'strict', annotations },
    secrets: [{ name: 'own' }],
    imagePullSecrets: [{ name: 'pull' }],
  } as KubeObject)
  const strict = (name: string, spec: object) => backend.create(pods, pod(name, { serviceAccountName: 'strict', ...spec }))
  await strict('fits', { volumes: [{ name: 'v', secret: { secretName: 'own' } }] })
  const end = 'is not allowed because service account strict does not reference that secret'
  for (const [name, spec, why] of [
    ['volume', { volumes: [{ name: 'v', secret: { secretName: 'other' } }] }, `volume with secret.secretName="other" ${end}`],
    [
      'env',
      { containers: [{ name: 'c', image: 'i', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'other', key: 'k' } } }] }] },
      `container c with envVar A referencing secret.secretName="other" ${end}`,
    ],
    [
      'pull',
      { imagePullSecrets: [{ name: 'other' }] },
      'imagePullSecrets[0].name="other" is not allowed because service account strict does not reference that imagePullSecret',
    ],
  ] as const)
    await assert.rejects(strict(name, spec), { message: `pods "${name}" is forbidden: ${why}` })
})
