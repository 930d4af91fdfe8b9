import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../../../src/controlplane/apiserver/kinds/registry.ts'
import type { FieldType, Model } from '../../../src/kube/types/model.ts'
import { modelNamed, modelNames, modelOf, modelOfKind } from '../../../src/kube/types/models.ts'

const field = (model: string, name: string): FieldType | undefined => modelNamed(model)?.fields.get(name)

test('every type can be read, and each type that it names is there', () => {
  const names = modelNames()
  assert.ok(names.length > 700)
  const innermost = (type: FieldType): FieldType => (type.type === 'array' ? innermost(type.items) : type.type === 'map' ? innermost(type.values) : type)
  for (const name of names)
    for (const type of modelOf(name).fields.values()) {
      const inner = innermost(type)
      if (inner.type === 'model') assert.ok(modelOf(inner.model), name)
    }
})

test('the fields of a type have numbers of their own', () => {
  for (const name of modelNames()) {
    const { fields, inlined = [] } = modelOf(name) as Model
    const numbers = [...[...fields.values()].map(({ no }) => no), ...inlined.map(({ no }) => no)].filter((no) => no !== undefined)
    assert.equal(new Set(numbers).size, numbers.length, name)
  }
})

test('every kind that is served has its type, so does its list', () => {
  for (const kind of kinds) {
    assert.ok(modelOf(kind.model), kind.kind)
    assert.equal(modelOf(`${String(kind.model)}List`).fields.get('items')?.no, 2, kind.kind)
  }
})

test('a kind is found by its group, whatever its package is called', () => {
  assert.equal(modelOfKind({ group: '', version: 'v1', kind: 'Event' }), 'core/v1.Event')
  assert.equal(modelOfKind({ group: 'events.k8s.io', version: 'v1', kind: 'Event' }), 'events/v1.Event')
  assert.equal(modelOfKind({ group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role' }), 'rbac/v1.Role')
  assert.equal(modelOfKind({ group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' }), 'autoscaling/v2.HorizontalPodAutoscaler')
  assert.equal(modelOfKind({ group: 'policy', version: 'v1', kind: 'DeleteOptions' }), 'meta/v1.DeleteOptions')
  assert.equal(modelOfKind({ group: 'example.com', version: 'v1', kind: 'Widget' }), undefined)
})

test('a custom group that begins like a built-in one, or has a kind that is called alike, is none', () => {
  assert.equal(modelOfKind({ group: 'apps.example.com', version: 'v1', kind: 'Deployment' }), undefined)
  assert.equal(modelOfKind({ group: 'example.com', version: 'v1', kind: 'Status' }), undefined)
  assert.equal(modelOfKind({ group: 'constructor', version: 'v1', kind: 'Pod' }), undefined)
})

test('a name that is none is told', () => {
  assert.throws(() => modelOf('core/v1.Widget'), { message: 'the Kubernetes API has no type core/v1.Widget' })
  assert.throws(() => modelOf('constructor/v1.Pod'), /has no type/)
})

test('facts of the API: numbers, pointers, keys of lists, what is atomic, defaults and values', () => {
  assert.deepEqual(field('apps/v1.DeploymentSpec', 'replicas'), { type: 'number', format: 'int32', no: 1, pointer: true })
  assert.deepEqual(field('core/v1.Container', 'ports'), {
    type: 'array',
    items: { type: 'model', model: 'core/v1.ContainerPort' },
    keys: { mergeKey: 'containerPort', strategy: 'merge', listType: 'map', listMapKeys: ['containerPort', 'protocol'] },
    no: 6,
  })
  assert.deepEqual(field('core/v1.ContainerPort', 'protocol'), {
    type: 'string',
    go: 'v1.Protocol',
    values: ['SCTP', 'TCP', 'UDP'],
    no: 4,
    default: 'TCP',
  })
  assert.deepEqual(field('apps/v1.DeploymentSpec', 'selector'), {
    type: 'model',
    model: 'meta/v1.LabelSelector',
    atomic: true,
    no: 2,
    pointer: true,
    written: true,
    required: true,
  })
})

test('a message within another whose fields stand among its own: a volume has its source, and says where it is on the wire', () => {
  const volume = modelOf('core/v1.Volume')
  assert.deepEqual(volume.inlined, [{ no: 2, model: 'core/v1.VolumeSource' }])
  assert.deepEqual(volume.fields.get('emptyDir'), { type: 'model', model: 'core/v1.EmptyDirVolumeSource', no: undefined, pointer: true })
})
