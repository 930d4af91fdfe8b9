import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Placer } from '../../../../src/controlplane/scheduler/framework/place.ts'
import { defaultPlugins } from '../../../../src/controlplane/scheduler/framework/profile.ts'
import { preempt } from '../../../../src/controlplane/scheduler/preemption/preempt.ts'
import { Cluster } from '../../../../src/controlplane/scheduler/snapshot/cluster.ts'
import { noObjects } from '../../../../src/controlplane/scheduler/snapshot/cluster-objects.ts'
import { PodInfo } from '../../../../src/controlplane/scheduler/snapshot/pod-info.ts'
import type { Node, Pod, PodDisruptionBudget } from '../../../../src/kube/objects.ts'
import { aNode, aPod, required } from '../stage.ts'

const running = (name: string, node: string, cpu: string, priority = 0, more: Parameters<typeof aPod>[1] = {}) =>
  aPod(name, { node, cpu, ...more, spec: { priority, ...more.spec } })
const began = (minute: number) => ({ status: { startTime: `2026-01-01T00:0${minute}:00Z` } })

/** What comes of a pod that fits nowhere: the node and who goes, or what is said. */
function outcome(pod: Pod, nodes: readonly Node[], pods: readonly Pod[], budgets: readonly PodDisruptionBudget[] = []): string {
  const cluster = new Cluster({ ...noObjects, budgets: (namespace) => budgets.filter(({ metadata }) => metadata?.namespace === namespace) })
  for (const node of nodes) cluster.setNode(node)
  for (const each of pods) cluster.put(new PodInfo(each))
  const info = new PodInfo(pod)
  const placement = new Placer(defaultPlugins, () => 0).place(info, cluster)
  if ('node' in placement) return `fits ${placement.node.name}`
  const preemption = preempt(info, cluster, placement.diagnosis, placement.cycle, () => 0)
  if (preemption.do === 'nothing') return preemption.message
  const { node, victims } = preemption.candidate
  return `${node}: ${victims.map(({ pod: { metadata } }) => metadata?.name).join(', ')}`
}

const high = (cpu: string, spec: object = {}, more: object = {}) => aPod('high', { cpu, spec: { priority: 100, ...spec }, ...more })
const [a, b, c] = [aNode('a'), aNode('b'), aNode('c')] as const
const budget = (app: string, disruptionsAllowed: number, disruptedPods: object = {}): PodDisruptionBudget =>
  ({ metadata: { name: app, namespace: 'default' }, spec: { selector: { matchLabels: { app } } }, status: { disruptionsAllowed, disruptedPods } }) as never
const kept = (name: string, node: string, cpu: string) => running(name, node, cpu, 0, { labels: { app: 'kept' } })
const none = (total: number, what: string) => `preemption: 0/${total} nodes are available: ${what}.`

const rows: readonly [rule: string, pod: Pod, nodes: readonly Node[], pods: readonly Pod[], comes: string, budgets?: readonly PodDisruptionBudget[]][] = [
  ['the one pod that is enough goes', high('2'), [a], [running('x', 'a', '3'), running('y', 'a', '1')], 'a: x'],
  ['the least important goes', high('2'), [a], [running('x', 'a', '2', 5), running('y', 'a', '2', 4)], 'a: y'],
  ['of equal ones who has run shortest', high('2'), [a], [running('x', 'a', '2', 0, began(1)), running('y', 'a', '2', 0, began(2))], 'a: y'],
  ['nobody of the same priority', high('2'), [a], [running('x', 'a', '4', 100)], none(1, '1 No preemption victims found for incoming pod')],
  ['nobody where all of them would not be enough', high('2'), [a], [running('x', 'a', '3', 100), running('y', 'a', '1')], none(1, '1 Insufficient cpu')],
  ['nobody where the node is too small', high('5'), [a], [running('x', 'a', '4')], none(1, '1 Preemption is not helpful for scheduling')],
  [
    'nobody where it is no matter of pods',
    high('1', { nodeSelector: { disk: 'ssd' } }),
    [a, b],
    [running('x', 'a', '4')],
    none(2, '2 Preemption is not helpful for scheduling'),
  ],
  [
    'nobody when the pod says Never',
    high('2', { preemptionPolicy: 'Never' }),
    [a],
    [running('x', 'a', '4')],
    'preemption: not eligible due to preemptionPolicy=Never.',
  ],
  [
    'the node where the most important of those that go is the least',
    high('4'),
    [a, b],
    [running('x', 'a', '4', 9), running('y', 'b', '2', 8), running('z', 'b', '2', 8)],
    'b: y, z',
  ],
  ['the node where the fewest go', high('4'), [a, b], [running('x', 'a', '2', 5), running('y', 'a', '2', 0), running('z', 'b', '4', 5)], 'b: z'],
  [
    'the node where who goes has run shortest',
    high('4'),
    [a, b, c],
    [running('x', 'a', '4', 0, began(1)), running('y', 'b', '4', 0, began(3)), running('z', 'c', '4', 0, began(2))],
    'b: y',
  ],
  ['rather a node where no budget is broken', high('4'), [a, b], [kept('x', 'a', '4'), running('y', 'b', '4', 50)], 'b: y', [budget('kept', 0)]],
  ['rather a pod that no budget keeps', high('2'), [a], [kept('x', 'a', '2'), running('y', 'a', '2', 50)], 'a: y', [budget('kept', 0)]],
  ['one that its budget lets go', high('2'), [a], [kept('x', 'a', '2'), running('y', 'a', '2', 50)], 'a: x', [budget('kept', 1)]],
  [
    'one that its budget has let go already',
    high('2'),
    [a],
    [kept('x', 'a', '2'), running('y', 'a', '2', 50)],
    'a: x',
    [budget('kept', 0, { x: '2026-01-01T00:00:00Z' })],
  ],
  ['a budget is broken when nothing else helps', high('4'), [a], [kept('x', 'a', '4')], 'a: x', [budget('kept', 0)]],
]

for (const [rule, pod, nodes, pods, comes, budgets] of rows)
  test(`preemption: ${rule}: ${comes}`, () => {
    assert.equal(outcome(pod, nodes, pods, budgets), comes)
  })

test('who keeps the pod away by anti-affinity, by a port or by spread goes', () => {
  const apart = { affinity: { podAntiAffinity: required({ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'noisy' } } }) } }
  const noisy = { labels: { app: 'noisy' } }
  assert.equal(outcome(high('1', apart), [a], [running('noisy', 'a', '1', 0, noisy), running('quiet', 'a', '1')]), 'a: noisy')
  const lonely = {
    spec: { affinity: { podAntiAffinity: required({ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'high' } } }) } },
  }
  assert.equal(outcome(high('1', {}, { labels: { app: 'high' } }), [a], [running('lonely', 'a', '1', 0, lonely), running('quiet', 'a', '1')]), 'a: lonely')
  const port = { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] }
  assert.equal(outcome(high('1', port), [a], [running('web', 'a', '1', 0, { spec: port }), running('quiet', 'a', '1')]), 'a: web')
  const constraint = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } }
  const web = { labels: { app: 'web' } }
  const full = [running('w1', 'a', '1', 0, web), running('w2', 'a', '1', 0, web), running('big', 'b', '4', 200)]
  assert.equal(outcome(high('1', { topologySpreadConstraints: [constraint] }, web), [a, b], full), 'a: w1, w2')
})

test('while those go that were pushed out for it, a pod pushes out nobody else', () => {
  const conditions = [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }]
  const leaving = running('x', 'a', '4', 0, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { conditions } })
  const waits = { ...high('4'), status: { nominatedNodeName: 'a' } } as Pod
  assert.equal(outcome(waits, [a, b], [leaving, running('y', 'b', '4')]), 'preemption: not eligible due to a terminating pod on the nominated node.')
})

test('no pod of higher or equal priority is ever pushed out, and without the victims the pod fits, with one of them less it does not', () => {
  const pod = fc.record({ node: fc.constantFrom('a', 'b'), cpu: fc.integer({ min: 1, max: 3 }), priority: fc.integer({ min: 0, max: 4 }) })
  fc.assert(
    fc.property(fc.array(pod, { maxLength: 8 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 4 }), (given, cpu, priority) => {
      const pods = given.map((each, index) => running(`p${index}`, each.node, String(each.cpu), each.priority))
      const incoming = aPod('in', { cpu: String(cpu), spec: { priority } })
      const comes = outcome(incoming, [a, b], pods)
      if (comes.startsWith('fits') || comes.startsWith('preemption')) return
      const [node = '', names = ''] = comes.split(': ')
      const victims = new Set(names.split(', '))
      const chosen = pods.filter(({ metadata }) => victims.has(metadata?.name ?? ''))
      assert.ok(chosen.every(({ spec }) => (spec?.priority ?? 0) < priority))
      const others = pods.filter((each) => !chosen.includes(each))
      const only = [node === 'a' ? a : b]
      assert.equal(
        outcome(
          incoming,
          only,
          others.filter(({ spec }) => spec?.nodeName === node),
        ),
        `fits ${node}`,
      )
      for (const spared of chosen)
        assert.notEqual(
          outcome(
            incoming,
            only,
            [...others, spared].filter(({ spec }) => spec?.nodeName === node),
          ),
          `fits ${node}`,
        )
    }),
  )
})
