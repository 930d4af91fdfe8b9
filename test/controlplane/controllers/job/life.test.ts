import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { validateJobStatus } from '../../../../src/controlplane/apiserver/kinds/batch/job-status-validation.ts'
import { type Backoff, noBackoff } from '../../../../src/controlplane/controllers/job/backoff.ts'
import { finishOf } from '../../../../src/controlplane/controllers/job/conditions.ts'
import { indexesOf, indexText } from '../../../../src/controlplane/controllers/job/indexes.ts'
import { reconcile } from '../../../../src/controlplane/controllers/job/reconcile.ts'
import type { Job, Pod } from '../../../../src/kube/objects.ts'
import { aJob, aJobPod, start } from './jobs.ts'

const index = 'batch.kubernetes.io/job-completion-index'
const isActive = ({ metadata, status }: Pod) => !metadata?.deletionTimestamp && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

const shapes = fc.record({
  completions: fc.integer({ min: 1, max: 5 }),
  parallelism: fc.integer({ min: 1, max: 4 }),
  backoffLimit: fc.integer({ min: 0, max: 4 }),
  completionMode: fc.constantFrom('Indexed', 'NonIndexed'),
  podReplacementPolicy: fc.constantFrom('Failed', 'TerminatingOrFailed'),
  perIndex: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
})
/** What happens to one of the pods, or to the Job, at each step. */
const happenings = fc.array(
  fc.record({ pod: fc.nat(9), what: fc.constantFrom('Succeeded', 'Failed', 'deleted', 'gone', 'suspend', 'resume', 'nothing', 'crash') }),
  { maxLength: 60 },
)

test('whatever its pods do, a Job counts each once, runs no index twice at a time, writes what the server takes, and once over never runs again', () => {
  fc.assert(
    fc.property(shapes, happenings, ({ perIndex, ...shape }, steps) => {
      const indexed = shape.completionMode === 'Indexed'
      let job: Job = aJob({ ...shape, ...(indexed && perIndex !== undefined && { backoffLimitPerIndex: perIndex, backoffLimit: 2 ** 31 - 1 }) })
      let pods: Pod[] = []
      let backoff: Backoff = noBackoff
      let [made, now] = [0, start]
      const change = (pod: Pod, over: Pod) => (pods = pods.map((each) => (each === pod ? over : each)))
      const strip = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, finalizers: [] } })
      const sync = (crashes: boolean) => {
        const wasOver = finishOf(job)
        const plan = reconcile({ job, pods, settled: true, backoff }, now)
        if (wasOver) assert.deepEqual([plan.create.length, plan.status], [0, undefined])
        for (const wanted of plan.create) pods.push(aJobPod(job, `p${made++}`, {}, wanted))
        for (const pod of plan.remove) {
          const over = plan.uncounted ? strip(pod) : pod
          change(pod, { ...over, metadata: { ...over.metadata, deletionTimestamp: new Date(now).toISOString() } })
        }
        // It ends here, as a process may at any time.
        if (crashes) return
        if (plan.status) {
          const active = pods.filter(isActive).length
          const next = { ...job, status: { ...plan.status, active, ready: 0 } }
          assert.deepEqual(validateJobStatus(next, job), [])
          job = next
        }
        backoff = plan.backoff
        for (const pod of plan.letGo) change(pod, strip(pod))
      }
      for (const { pod: which, what } of steps) {
        const pod = pods[which % Math.max(1, pods.length)]
        if (what === 'suspend' || what === 'resume') job = { ...job, spec: { ...job.spec, suspend: what === 'suspend' } as Job['spec'] }
        else if (pod && (what === 'Succeeded' || what === 'Failed')) {
          if (pod.status?.phase === 'Running') change(pod, { ...pod, status: { ...pod.status, phase: what } })
        } else if (pod && what === 'deleted') change(pod, { ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date(now).toISOString() } })
        else if (pod && what === 'gone' && pod.metadata?.deletionTimestamp && pod.metadata.finalizers?.length === 0) pods = pods.filter((each) => each !== pod)
        now += 20_000
        sync(what === 'crash')
        const active = pods.filter(isActive)
        assert.ok(active.length <= shape.parallelism)
        if (indexed) assert.equal(new Set(active.map(({ metadata }) => metadata?.annotations?.[index])).size, active.length)
        assert.ok((job.status?.failed ?? 0) + (indexed ? 0 : (job.status?.succeeded ?? 0)) <= made)
        assert.ok((job.status?.succeeded ?? 0) <= shape.completions)
      }
    }),
    { numRuns: 300 },
  )
})

test('a Job whose pods all succeed is complete, with every one of them counted', () => {
  fc.assert(
    fc.property(shapes, ({ perIndex: _perIndex, ...shape }) => {
      let job: Job = aJob(shape)
      let pods: Pod[] = []
      for (let step = 0; step < 40 && !finishOf(job); step++) {
        const plan = reconcile({ job, pods, settled: true, backoff: noBackoff }, start + step)
        job = { ...job, status: { ...plan.status, active: (plan.status?.active ?? 0) + plan.create.length } }
        pods = pods
          .map((pod) => (plan.letGo.includes(pod) ? { ...pod, metadata: { ...pod.metadata, finalizers: [] } } : pod))
          .map((pod) => ({ ...pod, status: { ...pod.status, phase: 'Succeeded' } }))
        for (const wanted of plan.create) pods.push(aJobPod(job, `${step}-${pods.length}`, {}, wanted))
      }
      assert.deepEqual([finishOf(job)?.type, job.status?.succeeded, pods.length], ['Complete', shape.completions, shape.completions])
    }),
    { numRuns: 50 },
  )
})

test('indexes are written as ranges and read back', () => {
  assert.equal(indexText(new Set([7, 1, 3, 4, 5])), '1,3-5,7')
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(40)), (indexes) =>
      assert.deepEqual(
        [...indexesOf(indexText(new Set(indexes)), 100)],
        [...indexes].sort((a, b) => a - b),
      ),
    ),
  )
})
