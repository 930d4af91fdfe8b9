import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectCheck } from '../../../src/kube/answers/answer-types.ts'
import { aPod } from '../../support/builders.ts'

const pods = objectCheck('/api/v1/pods')
const whole = () => JSON.parse(JSON.stringify({ ...aPod().build(), status: { phase: 'Running', containerStatuses: [] } }))

test('a pod as the API has it fits, and what the API does not know of is left alone', () => {
  const pod = whole()
  pod.spec.aFieldOfTomorrow = { deep: [1, 'two', null] }
  const before = structuredClone(pod)
  assert.equal(pods(pod), undefined)
  assert.deepEqual(pod, before)
})

for (const [what, damage, why] of [
  ['null', () => null, ': must be an object'],
  ['a list', () => [], ': must be an object'],
  ['another kind', (pod) => ({ ...pod, kind: 'ConfigMap' }), '.kind: "ConfigMap" is not Pod'],
  ['containers that are a map', (pod) => ({ ...pod, spec: { containers: { a: 1 } } }), '.spec.containers: must be a list'],
  ['a container that is null', (pod) => ({ ...pod, spec: { containers: [null] } }), '.spec.containers[0]: must be an object'],
  [
    'a port that is a word',
    (pod) => ({ ...pod, spec: { containers: [{ name: 'c', ports: [{ containerPort: 'http' }] }] } }),
    '.spec.containers[0].ports[0].containerPort: must be a whole number of 32 bits',
  ],
  ['a number beyond 32 bits', (pod) => ({ ...pod, spec: { priority: 2 ** 31 } }), '.spec.priority: must be a whole number of 32 bits'],
  ['a label that is a number', (pod) => ({ ...pod, metadata: { labels: { a: 5 } } }), '.metadata.labels["a"]: must be a string'],
  ['a time that is none', (pod) => ({ ...pod, metadata: { deletionTimestamp: 'soon' } }), '.metadata.deletionTimestamp: must be a time (RFC 3339)'],
  ['a status that is a word', (pod) => ({ ...pod, status: 'Running' }), '.status: must be an object'],
  ['a truth that is a word', (pod) => ({ ...pod, spec: { hostNetwork: 'true' } }), '.spec.hostNetwork: must be true or false'],
  [
    'what is nested without end',
    (pod) => ({ ...pod, spec: { extra: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) } }),
    '.spec.extra: is nested too deep',
  ],
] as const satisfies readonly (readonly [string, (pod: Record<string, unknown>) => unknown, string])[])
  test(`a pod that is, or has, ${what} is refused with the field's name`, () => assert.equal(pods(damage(whole())), why))

test('null is absent, as for Go: the field is taken out', () => {
  const pod = whole()
  pod.spec.volumes = null
  pod.metadata.creationTimestamp = null
  assert.equal(pods(pod), undefined)
  assert.equal('volumes' in pod.spec, false)
  assert.equal('creationTimestamp' in pod.metadata, false)
})

test('names that JavaScript objects inherit are fields like any other', () => {
  const pod = JSON.parse('{"metadata":{"name":"a","labels":{"constructor":"x","__proto__":"y"},"toString":5},"__proto__":{"spec":1}}')
  assert.equal(pods(pod), undefined)
})

test('data of a Secret must be base64; a quantity of a node must be a string', () => {
  const secrets = objectCheck('/api/v1/namespaces/a/secrets')
  assert.equal(secrets({ metadata: { name: 's' }, data: { a: 'aGFsbG8=', b: '' } }), undefined)
  assert.equal(secrets({ metadata: { name: 's' }, data: { a: 'not base64!' } }), '.data["a"]: must be base64')
  assert.equal(secrets({ metadata: { name: 's' }, data: { a: 'aGFsbG8' } }), '.data["a"]: must be base64')
  assert.equal(objectCheck('/api/v1/nodes/n1/status')({ status: { capacity: { cpu: 4 } } }), '.status.capacity["cpu"]: must be a string')
})

test('a kind that is not known here must be an object, no more', () => {
  const others = objectCheck('/apis/example.com/v1/widgets/a')
  assert.equal(others({ kind: 'Widget', spec: 5 }), undefined)
  assert.equal(others('a word'), ': must be an object')
})
