import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { pods } from '../../harness.ts'
import { aDeployment, aReplicaSet, inDefault } from '../workload-stage.ts'
import { budgetStage, budgets } from './budgets.ts'

test('a budget counts the ready pods, and what may be missing of those that its Deployment is to have', async () => {
  using at = await budgetStage()
  await at.backend.create(inDefault('deployments.apps'), aDeployment('web', 5))
  await at.budget({ maxUnavailable: '30%' })
  await at.settle()
  const none = { currentHealthy: 0, desiredHealthy: 3, disruptionsAllowed: 0, expectedPods: 5, observedGeneration: 1 }
  const { conditions: before, ...counted } = (await at.status()) ?? {}
  assert.deepEqual({ ...counted }, none)
  assert.deepEqual([before?.[0]?.status, before?.[0]?.reason, before?.[0]?.message], ['False', 'InsufficientPods', ''])
  await at.clock.advance(5000)
  await at.allReady()
  const { conditions, ...after } = (await at.status()) ?? {}
  assert.deepEqual({ ...after }, { ...none, currentHealthy: 5, disruptionsAllowed: 2 })
  const expected = { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', message: '', observedGeneration: 1 }
  assert.deepEqual(conditions, [{ ...expected, lastTransitionTime: '2026-01-01T00:00:05Z' }])
})

test('each eviction takes one, is given back when another pod is ready, and the last is refused', async () => {
  using at = await budgetStage()
  await at.backend.create(inDefault('replicasets.apps'), aReplicaSet('web', 3))
  await at.budget({ minAvailable: 2 })
  await at.allReady()
  const [first, second] = (await at.activePods()).map(({ metadata }) => metadata?.name ?? '')
  assert.equal(await at.evict(first ?? ''), undefined)
  const refusal = (await at.evict(second ?? ''))?.details?.causes?.[0]?.message
  assert.equal(refusal, 'The disruption budget web needs 2 healthy pods and has 2 currently')
  await at.allReady()
  assert.equal((await at.status())?.disruptionsAllowed, 1)
  assert.equal(await at.evict(second ?? ''), undefined)
})

test('a pod that was to go and does not is counted again after two minutes, and told of', async () => {
  using at = await budgetStage()
  for (const name of ['a', 'b']) await at.lonePod(name)
  await at.budget({ minAvailable: 1 })
  await at.settle()
  const disrupted = { ...(await at.status()), disruptionsAllowed: 0, disruptedPods: { a: '2026-01-01T00:00:00Z' } }
  await at.backend.patch({ ...budgets, name: 'web' }, 'application/merge-patch+json', { status: disrupted }, { subresource: 'status' })
  await at.settle()
  assert.deepEqual([(await at.status())?.currentHealthy, Object.keys((await at.status())?.disruptedPods ?? {})], [1, ['a']])
  await at.clock.advance(119_000)
  assert.equal((await at.status())?.currentHealthy, 1)
  await at.clock.advance(1000)
  await at.settle()
  const { currentHealthy, disruptionsAllowed, disruptedPods } = (await at.status()) ?? {}
  assert.deepEqual([currentHealthy, disruptionsAllowed, disruptedPods], [2, 1, undefined])
  assert.deepEqual(await at.messages('NotDeleted'), ["Pod was expected by PDB default/web to be deleted but it wasn't"])
})

test('pods of nobody’s count for a number, and are told of where a scale is asked', async () => {
  using at = await budgetStage()
  for (const name of ['a', 'b', 'c']) await at.lonePod(name)
  await at.budget({ minAvailable: 2 }, 'number')
  await at.budget({ maxUnavailable: 1, selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['a', 'b'] }] } })
  await at.settle()
  assert.deepEqual([(await at.status('number'))?.disruptionsAllowed, (await at.status('number'))?.expectedPods], [1, 3])
  assert.deepEqual([(await at.status())?.disruptionsAllowed, (await at.status())?.expectedPods], [0, 0])
  const [message] = await at.messages('UnmanagedPods')
  assert.equal(
    message,
    'Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:tier,Operator:NotIn,Values:[a b],},},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
  )
})

test('a budget whose pods have a controller of no scale allows nothing, and says why to who evicts', async () => {
  using at = await budgetStage()
  const job = await at.backend.create(inDefault('jobs.batch'), {
    metadata: { name: 'work' },
    spec: { template: { metadata: { labels: { app: 'web' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] } } },
  } as KubeObject)
  const owner = (kind: string, apiVersion: string) => [{ kind, apiVersion, name: 'work', uid: job.metadata?.uid, controller: true }]
  await at.lonePod('a')
  const own = (ownerReferences: object) => at.backend.patch({ ...pods, name: 'a' }, 'application/merge-patch+json', { metadata: { ownerReferences } })
  await own(owner('Job', 'batch/v1'))
  await at.budget({ maxUnavailable: 1 })
  await at.settle()
  const condition = (await at.status())?.conditions?.[0]
  assert.deepEqual([condition?.status, condition?.reason, condition?.message], ['False', 'SyncFailed', 'jobs.batch does not implement the scale subresource'])
  const events = await at.messages('CalculateExpectedPodCountFailed')
  assert.equal(events[0], 'Failed to calculate the number of expected pods: jobs.batch does not implement the scale subresource')
  await own([])
  await own(owner('Widget', 'example.com/v1'))
  await at.settle()
  const said = 'no matches for kind "Widget" in version "example.com/v1"'
  assert.equal((await at.status())?.conditions?.[0]?.message, said)
  // Not looked at in its present generation: its status says none yet.
  await at.backend.patch({ ...budgets, name: 'web' }, 'application/merge-patch+json', { status: { observedGeneration: 1 } }, { subresource: 'status' })
  const cause = (await at.evict('a'))?.details?.causes?.[0]?.message
  assert.equal(cause, `The disruption budget web does not allow evicting pods currently because it failed sync: ${said}`)
  await own([])
  await own([{ kind: 'ReplicaSet', apiVersion: 'apps/v1', name: 'gone', uid: 'u', controller: true }])
  await at.settle()
  assert.equal((await at.status())?.conditions?.[0]?.message, 'found no controllers for pod "a"')
})

test('a pod of two budgets is told of, and both count it', async () => {
  using at = await budgetStage()
  await at.budget({ minAvailable: 0 }, 'one')
  await at.budget({ minAvailable: 0 }, 'two')
  await at.lonePod('a')
  await at.settle()
  assert.deepEqual([(await at.status('one'))?.currentHealthy, (await at.status('two'))?.currentHealthy], [1, 1])
  assert.equal((await at.messages('MultiplePodDisruptionBudgets'))[0], 'Pod "default"/"a" matches multiple PodDisruptionBudgets.  Chose "one" arbitrarily.')
  const { code, message } = (await at.evict('a')) ?? {}
  assert.deepEqual([code, message], [500, 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'])
})

test('a budget of no pods says so; an empty selector holds the whole namespace', async () => {
  using at = await budgetStage()
  await at.budget({ minAvailable: 1 })
  await at.settle()
  assert.deepEqual(await at.messages('NoPods'), ['No matching pods found'])
  await at.budget({ minAvailable: 1, selector: {} }, 'all')
  for (const name of ['a', 'b']) await at.lonePod(name, { labels: { app: 'other' } })
  await at.settle()
  assert.deepEqual([(await at.status('all'))?.disruptionsAllowed, (await at.status())?.expectedPods], [1, 0])
})

test('who was to be disrupted and stays is a target no more, unless its node says so or it has ended', async () => {
  using at = await budgetStage()
  const target = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', message: 'm' }
  for (const [name, reason, phase] of [
    ['stale', 'PreemptionByScheduler', 'Running'],
    ['kubelet', 'TerminationByKubelet', 'Running'],
    ['ended', 'PreemptionByScheduler', 'Failed'],
  ] as const) {
    await at.lonePod(name)
    const pod = (await at.backend.get({ ...pods, name })) as Pod
    await at.say(pod, { phase, conditions: [...(pod.status?.conditions ?? []), { ...target, reason }] })
  }
  const targets = async () =>
    (await at.list<Pod>('pods')).map(({ metadata, status }) => {
      const { status: is, reason, lastTransitionTime } = status?.conditions?.find(({ type }) => type === 'DisruptionTarget') ?? {}
      return [metadata?.name, is, reason, lastTransitionTime]
    })
  await at.clock.advance(119_000)
  assert.deepEqual(
    (await targets()).map(([, is]) => is),
    ['True', 'True', 'True'],
  )
  await at.clock.advance(1000)
  await at.settle()
  assert.deepEqual(await targets(), [
    ['ended', 'True', 'PreemptionByScheduler', '2026-01-01T00:00:00Z'],
    ['kubelet', 'True', 'TerminationByKubelet', '2026-01-01T00:00:00Z'],
    ['stale', 'False', undefined, '2026-01-01T00:02:00Z'],
  ])
})
