import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import { StatefulSetController } from '../../../../src/controlplane/controllers/stateful-set/controller.ts'
import { unless } from '../../../../src/controlplane/scheduler/follow.ts'
import type { ControllerRevision, PersistentVolumeClaim, StatefulSet } from '../../../../src/kube/objects.ts'
import { pods } from '../../harness.ts'
import { toldLate } from '../late-storage.ts'
import { aStatefulSet, template, workloadStage } from '../workload-stage.ts'
import { claimTemplate, sets } from './set-stage.ts'

test('a set comes to what it is to be, with one revision of each template, though storage tells late of what was written', async () => {
  const step = fc.record({ type: fc.constantFrom('delete', 'ready', 'ready', 'template', 'scale', 'turn'), number: fc.nat({ max: 5 }) })
  const policies = fc.constantFrom('OrderedReady', 'Parallel')
  await fc.assert(
    fc.asyncProperty(
      policies,
      fc.array(step, { maxLength: 16, size: 'max' }),
      fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 20 }),
      async (podManagementPolicy, steps, delays) => {
        let [told, wanted, image] = [0, 3, 'app:1']
        using at = await workloadStage((options) => void new StatefulSetController(toldLate(options, () => delays[told++ % delays.length] ?? 0)))
        const volumeClaimTemplates = [claimTemplate('data')]
        await at.backend.create(sets, aStatefulSet('web', wanted, { podManagementPolicy, volumeClaimTemplates }))
        const change = (spec: object) => at.backend.patch({ ...sets, name: 'web' }, 'application/merge-patch+json', { spec })
        for (const { type, number } of steps) {
          const active = await at.activePods()
          const pod = active[number % Math.max(1, active.length)]
          if (type === 'turn') for (let turn = 0; turn < number * 5; turn++) await at.clock.advance(0)
          else if (type === 'scale') {
            wanted = number
            await change({ replicas: wanted })
          } else if (type === 'template') {
            image = `app:${number}`
            await change({ template: template({ app: 'web' }, image) })
          } else if (pod && type === 'delete') await unless(at.backend.delete({ ...pods, name: pod.metadata?.name ?? '' }))
          else if (pod && !isReady(pod)) await unless(at.ready(pod), [404, 409])
        }
        for (let round = 0; round < 30; round++) {
          await at.clock.advance(2000)
          await at.settle()
          for (const pod of await at.activePods()) if (!isReady(pod)) await unless(at.ready(pod), [404, 409])
        }
        const placed = (await at.activePods()).map(({ metadata, spec }) => `${metadata?.name} ${spec?.containers[0]?.image}`).toSorted()
        assert.deepEqual(
          placed,
          Array.from({ length: wanted }, (_, ordinal) => `web-${ordinal} ${image}`),
        )
        const { status } = await at.get<StatefulSet>(sets.resource, 'web')
        assert.deepEqual([status?.replicas, status?.readyReplicas ?? 0, status?.collisionCount], [wanted, wanted, 0])
        const states = (await at.list<ControllerRevision>('controllerrevisions.apps')).map(({ data }) => JSON.stringify(data))
        assert.equal(new Set(states).size, states.length)
        const claims = (await at.list<PersistentVolumeClaim>('persistentvolumeclaims')).map(({ metadata }) => metadata?.name)
        for (let ordinal = 0; ordinal < wanted; ordinal++) assert.ok(claims.includes(`data-web-${ordinal}`))
      },
    ),
    { numRuns: 12 },
  )
})
