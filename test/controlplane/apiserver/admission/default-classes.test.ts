import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultIngressClass, defaultStorageClass } from '../../../../src/controlplane/apiserver/admission/default-classes.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

const claims = { resource: 'persistentvolumeclaims', namespace: 'default' }

test('a claim without a class is of the default one, of several of the newest; one that says none has none', async () => {
  const { backend, clock } = await makeBackend({ admissions: [defaultStorageClass] })
  const claim = async (name: string, spec: object = {}) => {
    const given = { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec } } as KubeObject
    return ((await backend.create(claims, given)) as { spec?: { storageClassName?: string } }).spec?.storageClassName
  }
  const storageClass = (name: string, isDefault: boolean) =>
    backend.create({ resource: 'storageclasses.storage.k8s.io' }, {
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
      provisioner: 'example.com/p',
    } as KubeObject)
  assert.equal(await claim('before'), undefined)
  await storageClass('slow', false)
  await storageClass('b', true)
  await storageClass('a', true)
  assert.equal(await claim('one'), 'a')
  await clock.advance(2000)
  await storageClass('new', true)
  assert.equal(await claim('two'), 'new')
  assert.equal(await claim('none', { storageClassName: '' }), '')
  assert.equal(await claim('own', { storageClassName: 'slow' }), 'slow')
})

test('an Ingress likewise, unless an annotation says whose it is', async () => {
  const { backend } = await makeBackend({ admissions: [defaultIngressClass] })
  await backend.create({ resource: 'ingressclasses.networking.k8s.io' }, {
    metadata: { name: 'web', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    spec: { controller: 'example.com/c' },
  } as KubeObject)
  const ingress = async (name: string, annotations = {}) => {
    const spec = { defaultBackend: { service: { name: 's', port: { number: 80 } } } }
    const made = await backend.create({ resource: 'ingresses.networking.k8s.io', namespace: 'default' }, {
      metadata: { name, annotations },
      spec,
    } as KubeObject)
    return (made as { spec?: { ingressClassName?: string } }).spec?.ingressClassName
  }
  assert.equal(await ingress('a'), 'web')
  assert.equal(await ingress('b', { 'kubernetes.io/ingress.class': 'other' }), undefined)
})
