import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { pods } from '../harness.ts'
import { someNodes, somePods } from './arbitrary.ts'
import { mayGo, type Placed } from './oracle.ts'
import { schedulerStage } from './server-stage.ts'
import { PlacementStage } from './stage.ts'

test('a pod is placed where every required rule allows it, and left over only where none does, whatever went before', () => {
  fc.assert(
    fc.property(someNodes, somePods(12), fc.array(fc.nat({ max: 11 }), { maxLength: 6 }), (nodes, given, leaving) => {
      const stage = new PlacementStage(nodes)
      let placed: Placed = []
      for (const [index, pod] of given.entries()) {
        const allowed = nodes.filter((node) => mayGo(pod, node, placed, nodes)).map(({ metadata }) => metadata?.name)
        const answer = stage.place(pod)
        if (answer.startsWith('0/')) assert.deepEqual(allowed, [], `${pod.metadata?.name}: ${answer}`)
        else {
          assert.ok(allowed.includes(answer), `${pod.metadata?.name} on ${answer}, of ${allowed}`)
          placed = [...placed, [pod, nodes.find(({ metadata }) => metadata?.name === answer) as Node]]
        }
        // Some go again: what is counted of them is to go with them.
        const gone = leaving.includes(index) ? placed[0]?.[0] : undefined
        if (!gone) continue
        stage.cluster.take(`default/${gone.metadata?.name}`)
        placed = placed.slice(1)
      }
    }),
    { numRuns: 300 },
  )
})

test('nothing waits for ever that fits: after any changes of nodes and pods whoever is left over fits nowhere', async () => {
  const change = fc.record({ do: fc.constantFrom('delete', 'create', 'taint', 'untaint', 'grow', 'wait'), which: fc.nat({ max: 11 }) })
  await fc.assert(
    fc.asyncProperty(someNodes, somePods(12), fc.array(change, { maxLength: 14 }), async (nodes, given, changes) => {
      await using at = await schedulerStage()
      for (const node of nodes) await at.makeNode(node)
      const [first, later] = [given.slice(0, 6), [...given.slice(6)]]
      for (const pod of first) await at.create(pod)
      const update = async (which: number, next: (node: Node) => Node, subresource?: 'status') => {
        const name = nodes[which % nodes.length]?.metadata?.name ?? ''
        const node = (await at.backend.get({ resource: 'nodes', name })) as Node
        await at.backend.update({ resource: 'nodes', name }, next(node), subresource ? { subresource } : {})
      }
      for (const { do: what, which } of changes) {
        if (what === 'wait') await at.settle()
        else if (what === 'create') await Promise.all(later.splice(0, 1).map((pod) => at.create(pod)))
        else if (what === 'taint') await update(which, (node) => ({ ...node, spec: { ...node.spec, taints: [{ key: 'k', effect: 'NoSchedule' }] } }))
        else if (what === 'untaint') await update(which, (node) => ({ ...node, spec: { ...node.spec, taints: [] } }))
        else if (what === 'grow')
          await update(which, (node) => ({ ...node, status: { ...node.status, allocatable: { ...node.status?.allocatable, cpu: '8' } } }), 'status')
        else {
          const { items } = await at.backend.list(pods)
          const name = items[which % Math.max(1, items.length)]?.metadata?.name
          if (name !== undefined) await at.backend.delete({ ...pods, name }, { gracePeriodSeconds: 0 })
        }
      }
      await at.settle()
      // Backoffs end; what only a long wait would bring is a fault.
      await at.clock.advance(11_000)
      await at.settle()
      const all = (await at.backend.list(pods)).items as readonly Pod[]
      const left = all.filter(({ spec }) => !spec?.nodeName)
      const now = (await at.backend.list({ resource: 'nodes' })).items as readonly Node[]
      const stage = new PlacementStage(
        now,
        all.filter(({ spec }) => spec?.nodeName),
      )
      for (const pod of left) {
        const placement = stage.try(pod)
        assert.ok('diagnosis' in placement, `${pod.metadata?.name} waits, though it would fit`)
        assert.match(pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '', /^0\/\d nodes are available: /)
      }
    }),
    { numRuns: 60 },
  )
})
