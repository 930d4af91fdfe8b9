import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judge, type OwnerState, type Verdict } from '../../../../src/controlplane/controllers/garbage-collector/owners.ts'

const rows: readonly (readonly [
  what: string,
  states: readonly OwnerState[],
  more: { finalizers?: string[]; any?: boolean; deletingTheirs?: boolean },
  Verdict,
])[] = [
  ['has no owner', [], {}, { type: 'keep' }],
  ['has an owner', ['solid'], {}, { type: 'keep' }],
  ['lost one owner of two', ['solid', 'absent'], {}, { type: 'release', uids: ['1'] }],
  ['has an owner, another that waits and one that is gone', ['waiting', 'solid', 'absent'], {}, { type: 'release', uids: ['2', '0'] }],
  ['lost all owners', ['absent', 'absent'], {}, { type: 'delete', propagation: 'Background', unblock: false }],
  ['lost its owner, and is to orphan what it owns', ['absent'], { finalizers: ['orphan'] }, { type: 'delete', propagation: 'Orphan', unblock: false }],
  [
    'lost its owner, and is to take what it owns first',
    ['absent'],
    { finalizers: ['foregroundDeletion'] },
    { type: 'delete', propagation: 'Foreground', unblock: false },
  ],
  ['is waited for, and owns nothing', ['waiting'], {}, { type: 'delete', propagation: 'Background', unblock: false }],
  ['is waited for, and owns something', ['waiting'], { any: true }, { type: 'delete', propagation: 'Foreground', unblock: false }],
  ['is waited for in a circle', ['waiting'], { any: true, deletingTheirs: true }, { type: 'delete', propagation: 'Foreground', unblock: true }],
  ['has an owner of a kind that is not served', ['unknown', 'absent'], {}, { type: 'keep' }],
]

describe('what becomes of an object that', () => {
  for (const [what, states, { finalizers, any = false, deletingTheirs = false }, verdict] of rows)
    it(`${what}: ${verdict.type}`, () => {
      const ownerReferences = states.map((_, index) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: String(index) }))
      const object = { metadata: { name: 'x', ownerReferences, ...(finalizers && { finalizers }) } }
      assert.deepEqual(
        judge(object, ({ uid }) => states[Number(uid)] as OwnerState, { any, deletingTheirs }),
        verdict,
      )
    })
})
