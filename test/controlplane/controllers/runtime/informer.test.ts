import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controllerOf, Informer, Informers } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { aPod, makeBackend, pod, pods } from '../../harness.ts'

const names = (objects: Iterable<KubeObject>) => [...objects].map(({ metadata }) => metadata?.name).sort()

test('an informer finds objects by who manages them, or that nobody does, in the turn in which that changes', async () => {
  const { backend } = await makeBackend()
  await backend.create(pods, aPod('before'))
  const informer = new Informer(backend, 'pods')
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }
  await backend.create(pods, { ...aPod('owned'), metadata: { name: 'owned', ownerReferences: [owner] } } as KubeObject)
  assert.deepEqual([names(informer.managedBy('u')), names(informer.orphansIn('default')), names(informer.orphansIn('other'))], [['owned'], ['before'], []])
  await backend.patch(pod('owned'), 'application/merge-patch+json', { metadata: { ownerReferences: null } })
  assert.deepEqual([names(informer.managedBy('u')), names(informer.orphansIn('default'))], [[], ['before', 'owned']])
  await backend.delete(pod('owned'), { gracePeriodSeconds: 0 })
  assert.deepEqual([names(informer.inNamespace('default')), informer.get('default/owned')], [['before'], undefined])
  informer.stop()
  await backend.create(pods, aPod('after'))
  assert.equal(informer.get('default/after'), undefined)
})

test('all controllers share one informer of a resource, which tells a new one of what is there', async () => {
  const { backend } = await makeBackend()
  const stopping = new AbortController()
  const informers = new Informers(backend, stopping.signal)
  assert.equal(informers.of('pods'), informers.of('pods'))
  await backend.create(pods, aPod('a'))
  const told: [string | undefined, boolean][] = []
  informers.of('pods').onChange(({ object, gone }) => told.push([object.metadata?.name, gone]))
  await backend.delete(pod('a'), { gracePeriodSeconds: 0 })
  assert.deepEqual(
    [told[0], told.at(-1)],
    [
      ['a', false],
      ['a', true],
    ],
  )
  stopping.abort()
})

test('an owner that does not manage is no controller', () => {
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'c' }
  assert.equal(controllerOf({ metadata: { ownerReferences: [reference, { ...reference, controller: false }] } } as KubeObject), undefined)
})
