import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forbiddenBy } from '../../../../src/controlplane/apiserver/rest/status-errors.ts'
import { ReplicaSetController } from '../../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { replicaSetKind } from '../../../../src/controlplane/controllers/replica-set/replicated.ts'
import { unless } from '../../../../src/controlplane/scheduler/follow.ts'
import { pods } from '../../harness.ts'
import { aReplicaSet, inDefault, workloadStage } from '../workload-stage.ts'

test('no pod is made twice, whatever is refused, deleted and scaled meanwhile', async () => {
  const step = fc.record({ type: fc.constantFrom('delete', 'scale', 'wait', 'turn'), number: fc.nat({ max: 6 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (steps, refusals) => {
      let [most, calls] = [4, 0]
      using at = await workloadStage(
        (options) => new ReplicaSetController(options, replicaSetKind),
        [
          async ({ definition, operation }) => {
            if (definition.resource !== 'pods' || operation !== 'CREATE') return
            // Others write meanwhile, and events come.
            await new Promise((resolve) => setImmediate(resolve))
            if (refusals[calls++]) throw forbiddenBy({ group: '', resource: 'pods', kind: 'Pod' }, 'x', 'not now')
          },
        ],
      )
      const active = new Set<string>()
      at.backend.observe('pods', ({ object, gone }) => {
        if (gone || object.metadata?.deletionTimestamp) active.delete(object.metadata?.name ?? '')
        else active.add(object.metadata?.name ?? '')
        assert.ok(active.size <= most, `${active.size} pods, of ${most}`)
      })
      await at.backend.create(inDefault('replicasets.apps'), aReplicaSet('web', most))
      let wanted = most
      for (const { type, number } of steps) {
        if (type === 'turn') await at.clock.advance(0)
        else if (type === 'wait') await at.clock.advance(number * 10)
        else if (type === 'scale') {
          wanted = number
          // What was begun for more is still made, and taken back.
          most = Math.max(most, number)
          await at.backend.patch({ ...inDefault('replicasets.apps'), name: 'web' }, 'application/merge-patch+json', { spec: { replicas: number } })
        } else {
          const name = [...active][number % Math.max(1, active.size)]
          // The controller may have been first.
          if (name !== undefined) await unless(at.backend.delete({ ...pods, name }))
        }
      }
      for (let round = 0; round < 100 && (active.size !== wanted || round < 2); round++) {
        await at.clock.advance(500)
        for (let turn = 0; turn < 10; turn++) await at.clock.advance(0)
      }
      assert.equal(active.size, wanted)
    }),
    { numRuns: 40 },
  )
})
