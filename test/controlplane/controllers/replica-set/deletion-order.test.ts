import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inOrderOfDeletion } from '../../../../src/controlplane/controllers/replica-set/deletion-order.ts'
import type { Pod } from '../../../../src/kube/objects.ts'

const now = Date.UTC(2026, 0, 2)
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()

interface Given {
  readonly node?: string
  readonly phase?: string
  /** Ready for so many seconds. */
  readonly ready?: number
  readonly cost?: string
  readonly restarts?: number
  readonly age?: number
}

const pod = (name: string, { node = 'n', phase = 'Running', ready, cost, restarts = 0, age = 5000 }: Given): Pod =>
  ({
    metadata: {
      name,
      uid: name,
      creationTimestamp: ago(age),
      ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: { nodeName: node },
    status: {
      phase,
      containerStatuses: [{ restartCount: restarts }],
      conditions: ready === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(ready) }],
    },
  }) as unknown as Pod

const ready = 1000
const rows: readonly [rule: string, first: Given, last: Given][] = [
  ['one without a node, even one that is cheap to keep', { node: '', phase: 'Pending', cost: '9' }, { phase: 'Pending' }],
  ['a pending one', { phase: 'Pending' }, { phase: 'Unknown' }],
  ['one of unknown state', { phase: 'Unknown' }, {}],
  ['one that is not ready', { cost: '100' }, { ready, cost: '-100' }],
  ['one of less cost', { ready, cost: '-1' }, { ready }],
  ['a cost that is none is 0', { ready, cost: '+7', restarts: 1 }, { ready }],
  ['one that is ready for less long', { ready: 10, restarts: 0 }, { ready, restarts: 9 }],
  ['one that restarted more', { ready, restarts: 2 }, { ready, restarts: 1 }],
  ['a newer one', { ready, age: 1100 }, { ready, age: 90_000 }],
]

for (const [rule, first, last] of rows)
  test(`goes first: ${rule}`, () => {
    // Their names say the contrary, by which ties are broken.
    const [a, b] = [pod('z', first), pod('a', last)]
    const names = (pods: readonly Pod[]) => inOrderOfDeletion(pods, [], now).map(({ metadata }) => metadata?.name)
    assert.deepEqual(names([a, b]), ['z', 'a'])
    assert.deepEqual(names([b, a]), ['z', 'a'])
  })

test('goes first: one on the node where most of their kind are, those of other sets counted too', () => {
  const [alone, crowded] = [pod('a', { node: 'one', ready }), pod('b', { node: 'two', ready })]
  const order = inOrderOfDeletion([alone, crowded], [alone, crowded, pod('c', { node: 'two' }), pod('d', { node: 'one', phase: 'Failed' })], now)
  assert.deepEqual(order, [crowded, alone])
})

test('pods of about one age go by their uids, whatever order they come in', () => {
  const pods = ['c', 'a', 'b'].map((name, index) => pod(name, { ready: ready + index, age: 5000 + index }))
  assert.deepEqual(
    inOrderOfDeletion(pods, [], now).map(({ metadata }) => metadata?.name),
    ['a', 'b', 'c'],
  )
})
