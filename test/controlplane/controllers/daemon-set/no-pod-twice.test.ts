import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DaemonSetController } from '../../../../src/controlplane/controllers/daemon-set/controller.ts'
import { nodeOf } from '../../../../src/controlplane/controllers/daemon-set/placement.ts'
import { isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import { unless } from '../../../../src/controlplane/scheduler/follow.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { pods } from '../../harness.ts'
import { toldLate } from '../late-storage.ts'
import { template, workloadStage } from '../workload-stage.ts'
import { aDaemonSet, rolling, sets } from './daemon-stage.ts'

const nodes = ['a', 'b', 'c', 'd']

test('no node gets two pods, though storage tells late of what was written', async () => {
  const step = fc.record({ type: fc.constantFrom('delete', 'ready', 'ready', 'template', 'turn'), number: fc.nat({ max: 6 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 16, size: 'max' }), fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 20 }), async (steps, delays) => {
      let told = 0
      using at = await workloadStage((options) => void new DaemonSetController(toldLate(options, () => delays[told++ % delays.length] ?? 0)))
      for (const name of nodes) {
        await at.backend.create({ resource: 'nodes' }, { metadata: { name } } as KubeObject)
        await at.backend.patch({ resource: 'nodes', name }, 'application/merge-patch+json', { spec: { taints: [] } })
      }
      const on = new Map<string, number>()
      at.backend.observe('pods', ({ object, gone, previous }) => {
        const node = nodeOf(object as Pod) ?? ''
        if (!previous && !gone) on.set(node, (on.get(node) ?? 0) + 1)
        if (gone) on.set(node, (on.get(node) ?? 0) - 1)
        assert.ok((on.get(node) ?? 0) <= 1, `two on ${node}`)
      })
      const readyAll = async () => {
        for (const pod of await at.activePods()) if (!isReady(pod)) await unless(at.ready(pod), [404, 409])
      }
      await at.backend.create(sets, aDaemonSet(rolling({ maxUnavailable: 1 })))
      for (const { type, number } of steps) {
        const active = await at.activePods()
        const pod = active[number % Math.max(1, active.length)]
        if (type === 'turn') for (let turn = 0; turn < number * 5; turn++) await at.clock.advance(0)
        else if (type === 'template')
          await at.backend.patch({ ...sets, name: 'log' }, 'application/merge-patch+json', { spec: { template: template({ app: 'log' }, `app:${number}`) } })
        else if (pod && type === 'delete') await unless(at.backend.delete({ ...pods, name: pod.metadata?.name ?? '' }))
        else if (pod && !isReady(pod)) await unless(at.ready(pod), [404, 409])
      }
      for (let round = 0; round < 40; round++) {
        await at.clock.advance(500)
        await at.settle()
        await readyAll()
      }
      const placed = (await at.activePods()).map((pod) => nodeOf(pod)).toSorted()
      assert.deepEqual(placed, nodes)
      const images = new Set((await at.activePods()).map(({ spec }) => spec?.containers[0]?.image))
      assert.equal(images.size, 1)
    }),
    { numRuns: 25 },
  )
})
