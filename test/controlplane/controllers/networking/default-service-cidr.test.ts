import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeDefaultServiceCidr } from '../../../../src/controlplane/controllers/networking/default-service-cidr.ts'
import { makeBackend } from '../../harness.ts'

test('a cluster says where its services have their addresses, once', async () => {
  const { backend } = await makeBackend()
  await makeDefaultServiceCidr(backend, 0)
  await makeDefaultServiceCidr(backend, 60_000)
  const { spec, status } = (await backend.get({ resource: 'servicecidrs.networking.k8s.io', name: 'kubernetes' })) as {
    spec?: unknown
    status?: { conditions?: { type: string; status: string; lastTransitionTime: string }[] }
  }
  assert.deepEqual(spec, { cidrs: ['10.96.0.0/12'] })
  const [ready] = status?.conditions ?? []
  assert.deepEqual([ready?.type, ready?.status, ready?.lastTransitionTime], ['Ready', 'True', '1970-01-01T00:00:00Z'])
})
