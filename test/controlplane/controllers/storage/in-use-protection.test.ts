import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { storageInUseProtection } from '../../../../src/controlplane/apiserver/admission/in-use-protection.ts'
import { Informers } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import { protectClaims, protectVolumes } from '../../../../src/controlplane/controllers/storage/in-use-protection.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend, pod, pods } from '../../harness.ts'

const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a claim stays until no pod uses it, a volume until it is bound no more', async () => {
  const { backend, clock } = await makeBackend({ admissions: [storageInUseProtection] })
  const stopping = new AbortController()
  const options = { backend, clock, log: silentLogger, signal: stopping.signal, informers: new Informers(backend, stopping.signal) }
  protectClaims(options)
  protectVolumes(options)
  const gone = (resource: string, name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    backend.observe(resource, (change) => change.gone && change.object.metadata?.name === name && resolve())
    return promise
  }
  const claims = { resource: 'persistentvolumeclaims', namespace: 'default' }
  const claim = (name: string) =>
    backend.create(claims, { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } as KubeObject)
  assert.deepEqual((await claim('used')).metadata?.finalizers, ['kubernetes.io/pvc-protection'])
  await claim('free')
  const spec = { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'used' } }] }
  await backend.create(pods, { metadata: { name: 'p' }, spec: { ...spec, nodeName: 'n' } } as KubeObject)
  await backend.create(pods, {
    metadata: { name: 'waits' },
    spec: { ...spec, volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'free' } }] },
  } as KubeObject)
  const [freeGone, usedGone] = [gone(claims.resource, 'free'), gone(claims.resource, 'used')]
  await backend.delete({ ...claims, name: 'used' })
  await backend.delete({ ...claims, name: 'free' })
  await freeGone
  assert.ok((await backend.get({ ...claims, name: 'used' })).metadata?.deletionTimestamp)
  await backend.patch(pod('p'), 'application/merge-patch+json', { status: { phase: 'Succeeded' } }, { subresource: 'status' })
  await turns()
  assert.ok((await backend.get({ ...claims, name: 'used' })).metadata?.deletionTimestamp, 'a pod that has ended holds it')
  await backend.delete(pod('p'), { gracePeriodSeconds: 0 })
  await usedGone
  const volumes = { resource: 'persistentvolumes' }
  const source = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } }
  await backend.create(volumes, { metadata: { name: 'v' }, spec: source } as KubeObject)
  await backend.patch({ ...volumes, name: 'v' }, 'application/merge-patch+json', { status: { phase: 'Bound' } }, { subresource: 'status' })
  const volumeGone = gone('persistentvolumes', 'v')
  await backend.delete({ ...volumes, name: 'v' })
  assert.ok((await backend.get({ ...volumes, name: 'v' })).metadata?.deletionTimestamp)
  await backend.patch({ ...volumes, name: 'v' }, 'application/merge-patch+json', { status: { phase: 'Released' } }, { subresource: 'status' })
  await volumeGone
  stopping.abort()
})
