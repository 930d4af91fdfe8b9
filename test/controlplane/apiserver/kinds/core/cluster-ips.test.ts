import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { clusterIpAdmission } from '../../../../../src/controlplane/apiserver/kinds/core/cluster-ips.ts'
import { MemoryStorage } from '../../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { ObjectJournal } from '../../../../../src/controlplane/apiserver/storage/object-journal.ts'
import type { KubeObject, Service } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'

const services = { resource: 'services', namespace: 'default' } as const
const aService = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } }) as KubeObject
/** Always the same address first, then the next. */
const inOrder = () => {
  let next = 0
  return () => next++ % 4
}

test('each service gets an address of its own, also when many are made at once', async () => {
  const { backend } = await makeBackend({ admissions: [clusterIpAdmission(inOrder())] })
  const made = (await Promise.all(['a', 'b', 'c'].map((name) => backend.create(services, aService(name))))) as Service[]
  assert.deepEqual(made.map(({ spec }) => spec?.clusterIP).sort(), ['10.96.0.1', '10.96.0.2', '10.96.0.3'])
  assert.deepEqual(made[0]?.spec?.clusterIPs, [made[0]?.spec?.clusterIP])
})

test('headless services and names elsewhere get none', async () => {
  const { backend } = await makeBackend({ admissions: [clusterIpAdmission()] })
  const headless = (await backend.create(services, aService('headless', { clusterIP: 'None' }))) as Service
  assert.deepEqual([headless.spec?.clusterIP, headless.spec?.clusterIPs], ['None', ['None']])
  const external = (await backend.create(services, aService('external', { type: 'ExternalName', externalName: 'a.b' }))) as Service
  assert.equal(external.spec?.clusterIP, undefined)
})

test('an address asked for is given when it is free and in the range, else refused in the real words', async () => {
  const { backend } = await makeBackend({ admissions: [clusterIpAdmission()] })
  await backend.create(services, aService('mine', { clusterIP: '10.96.7.7' }))
  await assert.rejects(backend.create(services, aService('again', { clusterIP: '10.96.7.7' })), {
    code: 422,
    message: 'Service "again" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: provided IP is already allocated',
  })
  await assert.rejects(
    backend.create(services, aService('out', { clusterIP: '10.0.0.1' })),
    /not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/12/,
  )
})

test('an address stays, may not change, and is free again after the service', async () => {
  const { backend } = await makeBackend({ admissions: [clusterIpAdmission()] })
  const ref = { ...services, name: 'kept' }
  await backend.create(services, aService('kept', { clusterIP: '10.96.7.7' }))
  const replaced = (await backend.update(ref, aService('kept', { ports: [{ port: 81 }] }))) as Service
  assert.equal(replaced.spec?.clusterIP, '10.96.7.7')
  await assert.rejects(backend.update(ref, aService('kept', { clusterIP: '10.96.7.8' })), /may not change once set/)
  await backend.delete(ref)
  const next = (await backend.create(services, aService('next', { clusterIP: '10.96.7.7' }))) as Service
  assert.equal(next.spec?.clusterIP, '10.96.7.7')
})

test('after a restart no address is given twice', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'cluster-ips-'))
  t.after(() => rm(directory, { recursive: true }))
  const stored = () => new MemoryStorage(new ObjectJournal(join(directory, 'objects.jsonl')))
  const first = await makeBackend({ storage: stored(), admissions: [clusterIpAdmission(() => 5)] })
  await first.backend.create(services, aService('a'))
  await first.store[Symbol.asyncDispose]()
  const again = await makeBackend({ storage: stored(), admissions: [clusterIpAdmission()] })
  await assert.rejects(again.backend.create(services, aService('b', { clusterIP: '10.96.0.6' })), /already allocated/)
  await again.store[Symbol.asyncDispose]()
})
