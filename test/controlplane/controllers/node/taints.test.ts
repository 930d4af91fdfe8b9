import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Taint, taintsOf } from '../../../../src/controlplane/controllers/node/taints.ts'
import type { Node } from '../../../../src/kube/objects.ts'

const time = '2026-01-01T00:00:00Z'
const aNode = (conditions: Record<string, string>, taints: readonly Taint[] = [], unschedulable = false): Node =>
  ({
    spec: { taints, ...(unschedulable && { unschedulable }) },
    status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
  }) as Node
const short = (taints: readonly Taint[]) => taints.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
const taint = (name: string, effect = 'NoSchedule'): Taint => ({ key: `node.kubernetes.io/${name}`, effect })

describe('a node is tainted', () => {
  const rows: [string, Node, string | undefined, string[]][] = [
    ['that is ready: not at all', aNode({ Ready: 'True' }, [taint('not-ready'), taint('unreachable', 'NoExecute')]), undefined, []],
    ['that has said nothing: it is not ready yet', aNode({}, [taint('not-ready')]), undefined, ['not-ready:NoSchedule']],
    ['that is not ready', aNode({ Ready: 'False' }), undefined, ['not-ready:NoSchedule']],
    ['that is not known to be anything, in the place of not ready', aNode({ Ready: 'Unknown' }, [taint('not-ready')]), undefined, ['unreachable:NoSchedule']],
    [
      'that is to lose its pods, for the cause of now',
      aNode({ Ready: 'Unknown' }, [taint('not-ready', 'NoExecute')]),
      'node.kubernetes.io/unreachable',
      ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    ],
    ['that is cordoned', aNode({ Ready: 'True' }, [], true), undefined, ['unschedulable:NoSchedule']],
    ['that is cordoned no more: no longer', aNode({ Ready: 'True' }, [taint('unschedulable')]), undefined, []],
    [
      'that is short of something',
      aNode({ Ready: 'True', MemoryPressure: 'True', DiskPressure: 'Unknown', PIDPressure: 'True', NetworkUnavailable: 'True', Other: 'True' }),
      undefined,
      ['memory-pressure:NoSchedule', 'pid-pressure:NoSchedule', 'network-unavailable:NoSchedule'],
    ],
    [
      'by others, which stays, with the same key and another effect too',
      aNode({ Ready: 'True' }, [{ key: 'mine', effect: 'NoExecute' }, taint('memory-pressure', 'PreferNoSchedule'), taint('out-of-service', 'NoExecute')]),
      undefined,
      ['mine:NoExecute', 'memory-pressure:PreferNoSchedule', 'out-of-service:NoExecute'],
    ],
  ]
  for (const [what, node, execute, expected] of rows) it(what, () => assert.deepEqual(short(taintsOf(node, execute, time)), expected))

  it('once: what has been written is the same list the next time', () => {
    const status = fc.constantFrom('True', 'False', 'Unknown')
    const conditions = fc.dictionary(fc.constantFrom('Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'), status)
    const key = fc.constantFrom('mine', 'node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable', 'node.kubernetes.io/disk-pressure')
    const taints = fc.array(fc.record({ key, effect: fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule') }), { maxLength: 5 })
    const execute = fc.constantFrom(undefined, 'node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable')
    const property = fc.property(conditions, taints, fc.boolean(), execute, (said, old, cordoned, wanted) => {
      const once = taintsOf(aNode(said, old, cordoned), wanted, time)
      assert.equal(taintsOf(aNode(said, once, cordoned), wanted, time), once)
      for (const each of old) if (each.key === 'mine') assert.ok(once.includes(each), 'nobody else’s is touched')
      for (const each of once) if (!old.some((other) => other === each)) assert.equal(each.timeAdded, time)
    })
    fc.assert(property, { numRuns: 300 })
  })
})
