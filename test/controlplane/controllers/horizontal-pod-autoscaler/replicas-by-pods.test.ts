import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byAverage, byUtilization, replicasByPods } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/replicas-by-pods.ts'
import { replicasByShare, replicasByValue } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/replicas-by-value.ts'
import { requestsOf } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/requests.ts'
import { tolerancesOf } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/tolerance.ts'
import { now, someMetrics, somePods, usualTolerances } from './autoscalers.ts'

type PodOver = Parameters<typeof somePods>[0][number]

interface Case {
  readonly current: number
  /** A number is one that uses so much; `over` is all else of it. */
  readonly pods: readonly { readonly uses?: number; readonly over?: PodOver }[]
  readonly target: number
  readonly at?: number
}

function byCpu({ current, pods, target, at = now }: Case, tolerances = usualTolerances) {
  const made = somePods(pods.map(({ over = {} }) => over))
  const metrics = someMetrics(
    pods.map(({ uses }) => uses),
    at,
  )
  const measure = () => byUtilization(target, requestsOf(made, 'cpu', undefined))
  return replicasByPods({ current, pods: made, metrics, resource: 'cpu', tolerances, measure }, now)
}

const uses = (...values: number[]) => values.map((value) => ({ uses: value }))
const notReady: PodOver = { ready: 'False', started: 1, changed: 1 }

// Upstream's replica_calculator_test.go, of a CPU each.
const cases: [name: string, given: Case, replicas: number, utilization: number][] = [
  ['grows with what is used', { current: 3, pods: uses(300, 500, 700), target: 30 }, 5, 50],
  ['grows when unready pods use nothing', { current: 3, pods: [{ uses: 300, over: notReady }, ...uses(500, 700)], target: 30 }, 4, 60],
  [
    'does not grow when it would be for unready pods alone',
    { current: 3, pods: [{ uses: 400 }, { uses: 500, over: notReady }, { uses: 700, over: notReady }], target: 30 },
    3,
    40,
  ],
  ['grows when pending pods are taken for idle', { current: 3, pods: [...uses(500, 700), { over: { phase: 'Pending' } }], target: 30 }, 4, 60],
  ['does not count pods that failed', { current: 2, pods: [...uses(500, 700), { over: { phase: 'Failed' } }], target: 30 }, 4, 60],
  ['does not count pods that go', { current: 2, pods: [...uses(500, 700), { uses: 900, over: { going: true } }], target: 30 }, 4, 60],
  ['shrinks with what is used', { current: 5, pods: uses(100, 300, 500, 250, 250), target: 50 }, 3, 28],
  [
    'shrinks by ready pods alone',
    { current: 5, pods: [...uses(100, 300, 500), { uses: 250, over: notReady }, { uses: 250, over: notReady }], target: 50 },
    2,
    30,
  ],
  ['stays within the tolerance', { current: 3, pods: uses(1010, 1030, 1020), target: 100 }, 3, 102],
  ['missing metrics are taken for all that is asked for when it would shrink', { current: 4, pods: [...uses(100, 100), {}, {}], target: 50 }, 4, 10],
  ['missing metrics do not turn it', { current: 2, pods: [{ uses: 1000 }, {}], target: 100 }, 2, 100],
  ['missing metrics are taken for idle when it would grow', { current: 2, pods: [{ uses: 2500 }, {}], target: 100 }, 3, 250],
  ['missing metrics of a target above 100 % are taken for the target', { current: 3, pods: [{ uses: 100 }, { uses: 100 }, {}], target: 200 }, 2, 10],
  ['unready pods and missing ones both weigh', { current: 3, pods: [{}, { uses: 450 }, { uses: 2000, over: notReady }], target: 50 }, 3, 45],
]
for (const [name, given, replicas, utilization] of cases)
  test(`by the CPU of pods it ${name}`, () => {
    const found = byCpu(given)
    assert.deepEqual([found.replicas, found.utilization], [replicas, utilization])
  })

test('a young pod counts once it was ready for as long as it is measured; one that was ready once counts unready', () => {
  const young = (minutes: number) => ({ current: 2, pods: [{ uses: 1000, over: { started: 3, changed: minutes } }, { uses: 1000 }], target: 50 })
  assert.equal(byCpu(young(0.5)).replicas, 2, 'measured in part before it was ready: it uses nothing')
  assert.equal(byCpu(young(2)).replicas, 4)
  const old = (over: PodOver) => byCpu({ current: 2, pods: [{ uses: 1000, over }, { uses: 1000 }], target: 50 }).replicas
  assert.equal(old({ started: 60, changed: 59.8, ready: 'False' }), 2, 'never ready')
  assert.equal(old({ started: 60, changed: 10, ready: 'False' }), 4, 'was ready')
  assert.equal(old({ ready: 'none' }), 2)
})

test('what there is not enough of to go by is told in upstream’s words', () => {
  const fails = (given: Case) => {
    try {
      byCpu(given)
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }
  assert.equal(fails({ current: 1, pods: [], target: 50 }), 'no pods returned by selector while calculating replica count')
  assert.equal(fails({ current: 1, pods: [{ uses: 5, over: notReady }], target: 50 }), 'did not receive metrics for targeted pods (pods might be unready)')
  assert.equal(fails({ current: 1, pods: [{ uses: 5, over: { request: '0' } }], target: 50 }), 'no metrics returned matched known pods')
  const pods = somePods([{}])
  assert.throws(() => requestsOf(pods, 'memory', undefined), /^Error: missing request for memory in container app of Pod p0$/)
  assert.throws(() => requestsOf(pods, 'cpu', 'other'), /^Error: container other not found in Pod p0$/)
})

test('a pod’s own request counts before those of its containers, and sidecars count with these', () => {
  const [pod] = somePods([{}])
  const sidecar = { name: 'proxy', restartPolicy: 'Always', resources: { requests: { cpu: '250m' } } }
  const init = { name: 'init', resources: { requests: { cpu: '8' } } }
  const spec = { ...pod?.spec, initContainers: [sidecar, init] }
  const asked = (over: object, container?: string) => requestsOf([{ ...pod, spec: { ...spec, ...over } } as never], 'cpu', container).get('p0')
  assert.deepEqual([asked({}), asked({}, 'proxy'), asked({ resources: { requests: { cpu: '3' } } })], [1250, 250, 3000])
  assert.throws(() => asked({ resources: { requests: { memory: '1Mi' } } }), /missing pod-level request for cpu in Pod p0/)
})

test('by an average of pods, by a value, and by a share of it', () => {
  const average = (values: (number | undefined)[], target: number, current: number) => {
    const pods = somePods(values.map(() => ({})))
    return replicasByPods({ current, pods, metrics: someMetrics(values), tolerances: usualTolerances, measure: () => byAverage(target) }, now).replicas
  }
  assert.equal(average([20_000, 10_000, 30_000], 15_000, 3), 4)
  assert.equal(average([50_000, 10_000, undefined], 25_000, 3), 3, 'it would turn')
  assert.equal(average([1, 1, undefined], 10, 3), 2)
  const pods = somePods([{}, {}, { ready: 'False' }])
  assert.equal(replicasByValue(20_000, 15_000, 3, pods, usualTolerances), 3, 'two are ready')
  assert.equal(replicasByValue(16_000, 15_000, 3, [], usualTolerances), 3, 'near enough')
  assert.equal(replicasByValue(45_000, 15_000, 0, [], usualTolerances), 3)
  assert.throws(() => replicasByValue(45_000, 15_000, 3, [], usualTolerances), /unable to calculate ready pods: no pods returned by selector/)
  assert.deepEqual(replicasByShare(8600, 2000, 2, usualTolerances), { replicas: 5, share: 4300 })
  assert.deepEqual(replicasByShare(8600, 2150, 4, usualTolerances), { replicas: 4, share: 2150 })
  assert.deepEqual(replicasByShare(0, 2000, 0, usualTolerances), { replicas: 0, share: 0 })
})

test('property: within its tolerances nothing changes, outside of them it goes towards the target', () => {
  const tolerance = fc.integer({ min: 0, max: 50 }).map((percent) => percent / 100)
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 200 }),
      tolerance,
      tolerance,
      (values, target, up, down) => {
        const { replicas, ratio } = byCpu({ current: values.length, pods: uses(...values), target }, { up, down })
        if (ratio >= 1 - down && ratio <= 1 + up) assert.equal(replicas, values.length)
        else assert.ok(ratio > 1 ? replicas > values.length : replicas <= values.length)
        assert.ok(Number.isInteger(replicas) && replicas >= 0)
      },
    ),
  )
})

test('property: pods of which nothing is known never turn what the others want, nor let it go further', () => {
  const value = fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined })
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 200 }), (values, target) => {
      fc.pre(values.some((each) => each !== undefined))
      const current = values.length
      const all = values.map((each) => (each === undefined ? {} : { uses: each }))
      const { replicas, ratio } = byCpu({ current, pods: all, target })
      assert.ok(ratio >= 1 ? replicas >= current : replicas <= current)
    }),
  )
})

test('tolerances are a tenth unless a behaviour has its own', () => {
  assert.deepEqual(tolerancesOf(undefined), usualTolerances)
  assert.deepEqual(tolerancesOf({ scaleUp: { tolerance: '0' }, scaleDown: { tolerance: '50m' } }), { up: 0, down: 0.05 })
})
