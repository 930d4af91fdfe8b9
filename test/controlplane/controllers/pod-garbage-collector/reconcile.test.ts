import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { condemned } from '../../../../src/controlplane/controllers/pod-garbage-collector/reconcile.ts'
import type { Node, Pod } from '../../../../src/kube/objects.ts'

interface State {
  readonly phase?: string
  readonly reason?: string
  readonly node?: string
  readonly going?: boolean
  readonly grace?: number
  readonly age?: number
}

const aPod = (name: string, { phase = 'Running', reason, node = 'good', going = false, grace = 30, age = 0 }: State = {}): Pod =>
  ({
    metadata: {
      name,
      namespace: 'default',
      creationTimestamp: new Date(1e12 - age * 1000).toISOString(),
      ...(going && { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: grace }),
    },
    spec: { ...(node && { nodeName: node }) },
    status: { phase, ...(reason && { reason }) },
  }) as Pod

const aNode = (ready: string, ...taints: string[]): Node =>
  ({ spec: { taints: taints.map((key) => ({ key, effect: 'NoExecute' })) }, status: { conditions: [{ type: 'Ready', status: ready }] } }) as Node

const nodes: Record<string, Node> = {
  good: aNode('True'),
  silent: aNode('Unknown', 'node.kubernetes.io/unreachable'),
  down: aNode('Unknown', 'node.kubernetes.io/unreachable', 'node.kubernetes.io/out-of-service'),
  wrong: aNode('True', 'node.kubernetes.io/out-of-service'),
}
const look = (pods: readonly Pod[], { threshold = 10, lost = [] as string[] } = {}) =>
  condemned({ pods, nodeOf: (name) => nodes[name], lostNodes: new Set(lost), threshold }).map(({ pod, disruption }) =>
    [pod.metadata?.name, disruption?.reason].filter(Boolean).join(' '),
  )

describe('of the pods that no node takes away', () => {
  const rows: [string, Pod, string[]][] = [
    ['one that runs stays', aPod('a'), []],
    ['one that is going on a good node stays', aPod('a', { going: true }), []],
    ['one that is going on a silent node stays', aPod('a', { node: 'silent', going: true }), []],
    ['one that is going on a node out of service goes', aPod('a', { node: 'down', going: true }), ['a']],
    ['one that is not going on a node out of service stays', aPod('a', { node: 'down' }), []],
    ['one on a node that is out of service and ready stays', aPod('a', { node: 'wrong', going: true }), []],
    ['one of a node that is gone goes, and says why', aPod('a', { node: 'lost' }), ['a DeletionByPodGC']],
    ['one of a node that may come back stays', aPod('a', { node: 'elsewhere', going: true }), []],
    ['one that was never scheduled and is going goes', aPod('a', { node: '', going: true, phase: 'Pending' }), ['a']],
    ['one that waits for a node stays', aPod('a', { node: '', phase: 'Pending' }), []],
    ['one that was told already is left to who holds it', aPod('a', { node: '', going: true, grace: 0, phase: 'Failed' }), []],
  ]
  for (const [what, pod, expected] of rows) it(what, () => assert.deepEqual(look([pod], { lost: ['lost'] }), expected))

  it('of those that have ended the evicted go first, then the oldest, then by name', () => {
    const pods = [
      aPod('new', { phase: 'Succeeded', age: 1 }),
      aPod('old-b', { phase: 'Failed', age: 9 }),
      aPod('runs', { age: 99 }),
      aPod('evicted', { phase: 'Failed', reason: 'Evicted', age: 2 }),
      aPod('old-a', { phase: 'Succeeded', age: 9 }),
    ]
    assert.deepEqual(look(pods, { threshold: 1 }), ['evicted', 'old-a', 'old-b'])
    assert.deepEqual(look(pods, { threshold: 4 }), [])
    assert.deepEqual(look(pods, { threshold: 0 }), [], 'nothing is counted')
  })

  it('each goes once, none that runs on a node that is there, and so many of the ended stay as are kept', () => {
    const pod = fc.record({
      phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed'),
      node: fc.constantFrom('', 'good', 'silent', 'down', 'lost'),
      going: fc.boolean(),
      age: fc.nat(5),
    })
    const property = fc.property(fc.array(pod, { maxLength: 30 }), fc.nat(8), (states, threshold) => {
      const pods = states.map((state, index) => aPod(`p${index}`, state))
      const gone = condemned({ pods, nodeOf: (name) => nodes[name], lostNodes: new Set(['lost']), threshold }).map(({ pod }) => pod)
      assert.equal(new Set(gone).size, gone.length)
      for (const { spec, metadata, status } of gone) {
        const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
        if (!ended && spec?.nodeName) assert.ok(spec.nodeName === 'lost' || (spec.nodeName === 'down' && metadata?.deletionTimestamp))
      }
      const ended = pods.filter(({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed')
      const left = ended.filter((each) => !gone.includes(each))
      if (threshold > 0) assert.ok(left.length <= threshold)
    })
    fc.assert(property, { numRuns: 300 })
  })
})
