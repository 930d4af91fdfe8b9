import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { downwardField, downwardResource } from '../../src/kube/downward.ts'
import type { Container, Node } from '../../src/kube/objects.ts'
import { aPod } from '../support/builders.ts'

const node = { status: { allocatable: { cpu: '3900m', memory: '1000Ki', 'ephemeral-storage': '10Gi', 'hugepages-2Mi': '4Mi' } } } as unknown as Node
const bounded: Container = { name: 'm', resources: { requests: { cpu: '100m', memory: '15M' }, limits: { cpu: '1.5', memory: '0.1Gi' } } }
const zero: Container = { name: 'zero', resources: { limits: { cpu: '0', memory: '0', 'ephemeral-storage': '0', 'hugepages-2Mi': '0' } } }
const pod = aPod()
  .with({ containers: [bounded, { name: 'free' }, zero] })
  .build()

const table: [container: string, resource: string, divisor: string | undefined, expected: string][] = [
  ['m', 'requests.cpu', undefined, '1'],
  ['m', 'requests.cpu', '1m', '100'],
  ['m', 'limits.cpu', undefined, '2'],
  ['m', 'limits.cpu', '1m', '1500'],
  ['m', 'requests.memory', undefined, '15000000'],
  ['m', 'requests.memory', '1Mi', '15'],
  ['m', 'limits.memory', '1M', '108'],
  ['m', 'limits.memory', '0', '107374183'],
  ['free', 'limits.cpu', undefined, '4'],
  ['free', 'limits.memory', undefined, '1024000'],
  ['free', 'requests.cpu', undefined, '0'],
  ['zero', 'limits.cpu', '1m', '3900'],
  ['zero', 'limits.memory', undefined, '1024000'],
  ['zero', 'limits.ephemeral-storage', '1Gi', '10'],
  ['zero', 'limits.hugepages-2Mi', undefined, '0'],
  ['free', 'limits.hugepages-2Mi', undefined, '0'],
]
for (const [containerName, resource, divisor, expected] of table)
  test(`${resource} of ${containerName} by ${divisor ?? 'nothing'} is ${expected}`, () => {
    assert.equal(downwardResource(pod, node, { containerName, resource, divisor }), expected)
  })

test('a limit of the pod as a whole stands before the node’s allocatable', () => {
  const whole = { ...pod, spec: { ...pod.spec, containers: pod.spec?.containers ?? [], resources: { limits: { memory: '7Ki', cpu: '0' } } } }
  assert.equal(downwardResource(whole, node, { containerName: 'zero', resource: 'limits.memory' }), '7168')
  assert.equal(downwardResource(whole, node, { containerName: 'zero', resource: 'limits.cpu' }), '4')
})

test('however a limit of nothing is written, it is the same as none', () => {
  fc.assert(
    fc.property(fc.constantFrom('0', '0m', '0Mi', '0.0', '0e3', '-0', undefined), fc.constantFrom('cpu', 'memory', 'ephemeral-storage'), (limit, name) => {
      const own: Container = { name: 'x', resources: limit === undefined ? {} : { limits: { [name]: limit } } }
      const expected = downwardResource(pod, node, { containerName: 'free', resource: `limits.${name}` })
      assert.equal(downwardResource(pod, node, { resource: `limits.${name}` }, own), expected)
    }),
  )
})

test('labels and annotations are quoted as Go quotes', () => {
  const labelled = aPod()
    .withMetadata({ annotations: { b: 'a\u0000b\u007f "é"', a: 'x\ny' } })
    .build()
  assert.equal(downwardField(labelled, 'metadata.annotations'), 'a="x\\ny"\nb="a\\x00b\\x7f \\"é\\""')
})
