import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DefaultAccounts } from '../../../../src/controlplane/controllers/service-account/default-accounts.ts'
import { RootCaPublisher } from '../../../../src/controlplane/controllers/service-account/root-ca-publisher.ts'
import type { ConfigMap } from '../../../../src/kube/objects.ts'
import { workloadStage } from '../workload-stage.ts'

const stage = () =>
  workloadStage((options) => {
    new DefaultAccounts(options)
    new RootCaPublisher({ ...options, caPem: 'the CA' })
  })
const namespaces = { resource: 'namespaces' }
const account = { resource: 'serviceaccounts', namespace: 'team', name: 'default' }
const map = { resource: 'configmaps', namespace: 'team', name: 'kube-root-ca.crt' }

test('each namespace has the account default and the CA, made again when they are deleted', async () => {
  using cluster = await stage()
  const { backend, settle } = cluster
  await backend.create(namespaces, { metadata: { name: 'team' } })
  await settle()
  const first = await backend.get(account)
  assert.deepEqual(((await backend.get(map)) as ConfigMap).data, { 'ca.crt': 'the CA' })
  await backend.delete(account)
  await backend.delete(map)
  await settle()
  assert.notEqual((await backend.get(account)).metadata?.uid, first.metadata?.uid)
  const { metadata } = await backend.get(map)
  assert.match(metadata?.annotations?.['kubernetes.io/description'] ?? '', /^Contains a CA bundle that can be used to verify the kube-apiserver/)
})

test('what was changed of the CA is put right, what was added to the object stays', async () => {
  using cluster = await stage()
  const { backend, settle } = cluster
  await backend.create(namespaces, { metadata: { name: 'team' } })
  await settle()
  for (const patch of [{ data: { 'ca.crt': 'another', more: 'x' } }, { data: null }, { metadata: { annotations: null } }]) {
    await backend.patch(map, 'application/merge-patch+json', { metadata: { labels: { mine: 'yes' } }, ...patch })
    await settle()
    const { data, metadata } = (await backend.get(map)) as ConfigMap
    assert.deepEqual([data, Object.keys(metadata?.annotations ?? {})], [{ 'ca.crt': 'the CA' }, ['kubernetes.io/description']])
  }
  await backend.patch(map, 'application/merge-patch+json', { metadata: { labels: { mine: 'yes' } } })
  await settle()
  const { metadata } = await backend.get(map)
  assert.deepEqual(metadata?.labels, { mine: 'yes' })
})

test('a namespace that is going gets neither', async () => {
  using cluster = await stage()
  const { backend, settle } = cluster
  await backend.create(namespaces, { metadata: { name: 'team' } })
  await settle()
  await backend.delete({ ...namespaces, name: 'team' })
  await backend.delete(account)
  await backend.delete(map)
  await settle()
  await assert.rejects(backend.get(account), { code: 404 })
  await assert.rejects(backend.get(map), { code: 404 })
})
