import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishAuthentication } from '../../../../src/controlplane/controllers/namespace/authentication-config.ts'
import type { ConfigMap } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

test('other API servers find the CA of clients in kube-system, today’s, and whatever else was put there stays', async () => {
  const { backend } = await makeBackend()
  await backend.create({ resource: 'namespaces' }, { metadata: { name: 'kube-system' } })
  const ref = { resource: 'configmaps', namespace: 'kube-system', name: 'extension-apiserver-authentication' }
  await publishAuthentication(backend, 'first')
  assert.deepEqual(((await backend.get(ref)) as ConfigMap).data, { 'client-ca-file': 'first' })
  await backend.patch(ref, 'application/merge-patch+json', { data: { 'requestheader-client-ca-file': 'theirs' } })
  await publishAuthentication(backend, 'second')
  assert.deepEqual(((await backend.get(ref)) as ConfigMap).data, { 'client-ca-file': 'second', 'requestheader-client-ca-file': 'theirs' })
  const { resourceVersion } = (await backend.get(ref)).metadata ?? {}
  await publishAuthentication(backend, 'second')
  assert.equal((await backend.get(ref)).metadata?.resourceVersion, resourceVersion)
})
