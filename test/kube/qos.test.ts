import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container } from '../../src/kube/objects.ts'
import { qosClass } from '../../src/kube/qos.ts'
import { aPod } from '../support/builders.ts'

type Resources = Container['resources']
const all = { cpu: '1', memory: '1Gi' }

for (const [what, containers, expected] of [
  ['nothing asked for', [undefined], 'BestEffort'],
  ['zeros only', [{ requests: { cpu: '0' }, limits: { memory: '0' } }], 'BestEffort'],
  ['what is no quantity', [{ limits: { cpu: 'much', memory: '?' } }], 'BestEffort'],
  ['storage only', [{ requests: { 'ephemeral-storage': '1Gi' }, limits: { 'ephemeral-storage': '1Gi' } }], 'BestEffort'],
  ['limits equal to requests', [{ requests: all, limits: all }], 'Guaranteed'],
  ['limits alone', [{ limits: all }], 'Guaranteed'],
  ['limits written otherwise', [{ requests: { cpu: '1000m', memory: '1024Mi' }, limits: all }], 'Guaranteed'],
  ['requests alone', [{ requests: all }], 'Burstable'],
  ['CPU only', [{ requests: { cpu: '1' }, limits: { cpu: '1' } }], 'Burstable'],
  ['a request below its limit', [{ requests: { cpu: '1', memory: '1Mi' }, limits: all }], 'Burstable'],
  ['one container of two without limits', [{ limits: all }, undefined], 'Burstable'],
  ['two with limits', [{ limits: all }, { limits: { cpu: '2', memory: '2Gi' } }], 'Guaranteed'],
] as const) {
  test(`${what}: ${expected}`, () => {
    const pod = containers.reduce((made, resources: Resources, index) => made.withContainer({ name: `c${index}`, resources }), aPod())
    assert.equal(qosClass(pod.build()), expected)
  })
}

test('init containers count, ephemeral ones do not', () => {
  const guaranteed = aPod().withContainer({ name: 'c', resources: { limits: all } })
  assert.equal(qosClass(guaranteed.withInit({ name: 'i' }).build()), 'Burstable')
  assert.equal(qosClass(guaranteed.with({ ephemeralContainers: [{ name: 'e', image: 'busybox' }] }).build()), 'Guaranteed')
})

test('resources of the pod as a whole stand for its containers’', () => {
  const pod = aPod()
    .withContainer({ name: 'c', resources: { requests: { cpu: '1' } } })
    .build()
  const whole = (resources: Resources) => ({ ...pod, spec: { containers: [], ...pod.spec, resources } })
  assert.equal(qosClass(whole({ limits: all })), 'Guaranteed')
  assert.equal(qosClass(whole({ requests: all })), 'Burstable')
})
