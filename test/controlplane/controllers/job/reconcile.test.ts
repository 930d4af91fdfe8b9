import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBackoff } from '../../../../src/controlplane/controllers/job/backoff.ts'
import { podOf } from '../../../../src/controlplane/controllers/job/pod-of.ts'
import { type JobPlan, type ObservedJob, reconcile } from '../../../../src/controlplane/controllers/job/reconcile.ts'
import type { Job, Pod } from '../../../../src/kube/objects.ts'
import { aJob, aJobPod, type PodState, start } from './jobs.ts'

const plan = (job: Job, pods: readonly Pod[] = [], over: Partial<ObservedJob> = {}, now = start): JobPlan =>
  reconcile({ job, pods, settled: true, backoff: noBackoff, ...over }, now)
const podsOf = (job: Job, ...states: PodState[]) => states.map((state, index) => aJobPod(job, `p${index}`, state))
const toldBy = ({ status }: JobPlan) => (status?.conditions ?? []).map(({ type, status: is, reason, message }) => [type, is, reason, message].join(' | '))
const uids = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata?.uid)

test('as many pods are made as may run at a time and are still needed', () => {
  const rows: [Partial<NonNullable<Job['spec']>>, PodState[], Job['status'], number][] = [
    [{}, [], {}, 1],
    [{ completions: 5, parallelism: 3 }, [], {}, 3],
    [{ completions: 5, parallelism: 3 }, [{}, {}], {}, 1],
    [{ completions: 5, parallelism: 3 }, [{}], { succeeded: 4 }, 0],
    [{ completions: 5, parallelism: 3 }, [], { succeeded: 3 }, 2],
    [{ completions: 5, parallelism: 0 }, [], {}, 0],
    [{ completions: undefined, parallelism: 4 }, [{}], {}, 3],
    [{ completions: undefined, parallelism: 4 }, [{}, { phase: 'Succeeded' }], {}, 0],
    [{ podReplacementPolicy: 'TerminatingOrFailed', backoffLimit: 0 }, [{ leaving: true, tracked: false }], {}, 1],
    [{ podReplacementPolicy: 'Failed' }, [{ leaving: true }], {}, 0],
    [{ completions: 2000, parallelism: 2000 }, [], {}, 500],
  ]
  for (const [spec, states, status, expected] of rows) {
    const job = aJob(spec, status)
    assert.equal(plan(job, podsOf(job, ...states)).create.length, expected, JSON.stringify([spec, states]))
  }
  assert.equal(plan(aJob(), [], { settled: false }).create.length, 0)
})

test('too many pods lose some, uncounted', () => {
  const job = aJob({ completions: 5, parallelism: 1 })
  const { remove, uncounted } = plan(job, podsOf(job, { phase: 'Running' }, { phase: 'Pending' }))
  assert.deepEqual([uids(remove), uncounted], [['p1'], true])
})

test('a pod that succeeded is written down, then let go, then counted, then the Job is complete', () => {
  const job = aJob()
  const first = plan(job, podsOf(job, { phase: 'Succeeded' }))
  assert.deepEqual(first.status?.uncountedTerminatedPods, { succeeded: ['p0'] })
  assert.deepEqual(uids(first.letGo), ['p0'])
  assert.deepEqual(toldBy(first), ['SuccessCriteriaMet | True | CompletionsReached | Reached expected number of succeeded pods'])
  const second = plan({ ...job, status: first.status }, podsOf(job, { phase: 'Succeeded', tracked: false }))
  assert.deepEqual([second.status?.succeeded, second.status?.uncountedTerminatedPods, second.create.length], [1, {}, 0])
  assert.deepEqual(toldBy(second)[1], 'Complete | True | CompletionsReached | Reached expected number of succeeded pods')
  assert.equal(second.status?.completionTime, '2026-01-01T00:00:00Z')
  assert.deepEqual(second.events, [{ type: 'Normal', reason: 'Completed', message: 'Job completed' }])
  const after = plan({ ...job, status: second.status }, [])
  assert.deepEqual([after.create.length, after.status], [0, undefined])
})

test('a Job that failed says why first, and is over when its pods are', () => {
  const rows: [string, Partial<NonNullable<Job['spec']>>, Job['status'], PodState[], string][] = [
    ['too many failures', { backoffLimit: 1 }, { failed: 1 }, [{ phase: 'Failed' }], 'BackoffLimitExceeded | Job has reached the specified backoff limit'],
    ['a limit of none', { backoffLimit: 0 }, {}, [{ phase: 'Failed' }, {}], 'BackoffLimitExceeded | Job has reached the specified backoff limit'],
    [
      'too long',
      { activeDeadlineSeconds: 60 },
      { startTime: '2025-12-31T23:59:00Z' },
      [{}],
      'DeadlineExceeded | Job was active longer than specified deadline',
    ],
    [
      'restarts in place',
      { backoffLimit: 2, template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'i' }] } } as never },
      {},
      [{ restarts: 2 }],
      'BackoffLimitExceeded | Job has reached the specified backoff limit',
    ],
    [
      'an exit code',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] }, podReplacementPolicy: 'Failed' },
      {},
      [{ phase: 'Failed', exitCode: 42 }],
      'PodFailurePolicy | Container c for pod default/p0 failed with exit code 42 matching FailJob rule at index 0',
    ],
    [
      'a condition',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'ConfigIssue', status: 'True' }] }] }, podReplacementPolicy: 'Failed' },
      {},
      [{ phase: 'Failed', conditions: [{ type: 'ConfigIssue', status: 'True' }] }],
      'PodFailurePolicy | Pod default/p0 has condition ConfigIssue matching FailJob rule at index 0',
    ],
  ]
  for (const [title, spec, status, states, expected] of rows) {
    const job = aJob(spec, status)
    const first = plan(job, podsOf(job, ...states))
    const [reason, message] = expected.split(' | ')
    assert.deepEqual(toldBy(first), [`FailureTarget | True | ${expected}`], title)
    assert.deepEqual([first.create.length, first.uncounted], [0, false], title)
    assert.deepEqual(uids(first.remove), uids(podsOf(job, ...states).filter(({ status: pod }) => pod?.phase === 'Running')), title)
    const gone = plan({ ...job, status: first.status }, [])
    assert.deepEqual(toldBy(gone)[1], `Failed | True | ${expected}`, title)
    assert.deepEqual(gone.events, [{ type: 'Warning', reason, message }], title)
  }
})

test('the failure policy decides what a failure counts', () => {
  const policy = (action: string, values: number[], operator = 'In') =>
    aJob({ backoffLimit: 0, podReplacementPolicy: 'Failed', podFailurePolicy: { rules: [{ action, onExitCodes: { operator, values } }] } })
  const rows: [Job, number, number | undefined][] = [
    [policy('Ignore', [7]), 7, undefined],
    [policy('Ignore', [7]), 8, 1],
    [policy('Count', [7]), 7, 1],
    [policy('Ignore', [7], 'NotIn'), 8, undefined],
    [policy('Ignore', [7], 'NotIn'), 7, 1],
  ]
  for (const [job, exitCode, expected] of rows) {
    const { status, letGo } = plan(job, podsOf(job, { phase: 'Failed', exitCode }))
    assert.deepEqual(
      [status?.uncountedTerminatedPods?.failed?.length, letGo.length],
      [expected, 1],
      `${JSON.stringify(job.spec?.podFailurePolicy)} ${exitCode}`,
    )
  }
})

test('each failure makes the next pod wait longer, a success ends that', () => {
  const job = aJob({ completions: 9 })
  const first = plan(job, podsOf(job, { phase: 'Failed' }))
  assert.deepEqual([first.create.length, first.nextAt], [0, start + 10_000])
  const again = plan({ ...job, status: first.status }, [aJobPod(job, 'p9', { phase: 'Failed', at: start + 15_000 })], first, start + 15_000)
  assert.deepEqual([again.create.length, again.nextAt], [0, start + 35_000])
  assert.equal(plan({ ...job, status: again.status }, [], again, start + 35_000).create.length, 1)
  const well = plan({ ...job, status: again.status }, [aJobPod(job, 's', { phase: 'Succeeded', at: start + 20_000 })], again, start + 20_000)
  assert.deepEqual([well.create.length, well.backoff.failures], [1, 0])
})

test('a suspended Job has no pods and no time, and begins anew', () => {
  const job = aJob({ suspend: true, activeDeadlineSeconds: 5 }, { startTime: '2025-01-01T00:00:00Z' })
  const suspended = plan(job, podsOf(job, {}))
  assert.deepEqual([uids(suspended.remove), suspended.uncounted, suspended.status?.startTime], [['p0'], true, undefined])
  assert.deepEqual(toldBy(suspended), ['Suspended | True | JobSuspended | Job suspended'])
  assert.deepEqual(suspended.events, [{ type: 'Normal', reason: 'Suspended', message: 'Job suspended' }])
  const resumed = plan(aJob({ activeDeadlineSeconds: 5 }, suspended.status))
  assert.deepEqual([resumed.create.length, resumed.status?.startTime, resumed.nextAt], [1, '2026-01-01T00:00:00Z', start + 5000])
  assert.deepEqual(toldBy(resumed), ['Suspended | False | JobResumed | Job resumed'])
  assert.deepEqual(resumed.events, [{ type: 'Normal', reason: 'Resumed', message: 'Job resumed' }])
})

test('an indexed Job runs each index that is not done, and knows its pods by it', () => {
  const job = aJob({ completionMode: 'Indexed', completions: 6, parallelism: 3 }, { completedIndexes: '0,2-3', succeeded: 3 })
  const { create, status } = plan(job, [aJobPod(job, 'a', {}, { index: 1 }), aJobPod(job, 'b', { phase: 'Succeeded' }, { index: 4 })])
  assert.deepEqual([create, status?.completedIndexes, status?.succeeded], [[{ index: 5 }], '0,2-4', 4])
  const { metadata, spec } = podOf(job, { index: 5 })
  const name = 'batch.kubernetes.io/job-completion-index'
  assert.deepEqual([metadata?.generateName, spec?.hostname, metadata?.labels?.[name], metadata?.annotations?.[name]], ['work-5-', 'work-5', '5', '5'])
  assert.deepEqual(spec?.containers[0]?.env, [{ name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${name}']` } } }])
  assert.deepEqual(metadata?.finalizers, ['batch.kubernetes.io/job-tracking'])
})

test('of two pods of one index one goes, and one of an index that there is not', () => {
  const job = aJob({ completionMode: 'Indexed', completions: 2, parallelism: 2 })
  const wide = aJob({ completionMode: 'Indexed', completions: 9 })
  const pods = [aJobPod(job, 'new', { phase: 'Pending' }, { index: 0 }), aJobPod(job, 'old', {}, { index: 0 }), aJobPod(wide, 'beyond', {}, { index: 7 })]
  assert.deepEqual(uids(plan(job, pods).remove).sort(), ['beyond', 'new'])
})

test('with a limit per index the last failure is kept until the next pod has its count, and an index fails alone', () => {
  const job = aJob({ completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 1 })
  const failed = aJobPod(job, 'a', { phase: 'Failed' }, { index: 0, failures: 0 })
  const running = aJobPod(job, 'b', {}, { index: 1, failures: 0 })
  const waiting = plan(job, [failed, running])
  assert.deepEqual([waiting.create.length, waiting.letGo.length, waiting.nextAt], [0, 0, start + 10_000])
  const next = plan(job, [failed, running], {}, start + 10_000)
  assert.deepEqual(next.create, [{ index: 0, failures: 1, ignored: 0 }])
  assert.equal(podOf(job, { index: 0, failures: 1 }).metadata?.annotations?.['batch.kubernetes.io/job-index-failure-count'], '1')
  const replaced = plan(job, [failed, running, aJobPod(job, 'c', {}, { index: 0, failures: 1 })], {}, start + 10_000)
  assert.deepEqual([uids(replaced.letGo), replaced.status?.failedIndexes], [['a'], ''])
  const over = plan({ ...job, status: replaced.status }, [running, aJobPod(job, 'c', { phase: 'Failed' }, { index: 0, failures: 1 })])
  assert.deepEqual([over.status?.failedIndexes, uids(over.letGo), over.create.length], ['0', ['c'], 0])
  const end = plan({ ...job, status: over.status }, [aJobPod(job, 'b', { phase: 'Succeeded' }, { index: 1 })])
  assert.deepEqual(toldBy(end), ['FailureTarget | True | FailedIndexes | Job has failed indexes'])
  const strict = aJob({ ...job.spec, maxFailedIndexes: 0 }, { failedIndexes: '0' })
  assert.deepEqual(toldBy(plan(strict, [running])), [
    'FailureTarget | True | MaxFailedIndexesExceeded | Job has exceeded the specified maximal number of failed indexes',
  ])
})

test('a success policy ends the Job when its rule is fulfilled, and the rest is removed', () => {
  const job = aJob({ completionMode: 'Indexed', completions: 4, parallelism: 4, successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 1 }] } })
  const pods = [aJobPod(job, 'a', { phase: 'Succeeded' }, { index: 1 }), aJobPod(job, 'b', {}, { index: 2 })]
  assert.deepEqual(toldBy(plan(job, pods)), [])
  const met = plan(job, [aJobPod(job, 'a', { phase: 'Succeeded' }, { index: 2 }), aJobPod(job, 'b', {}, { index: 0 })])
  assert.deepEqual(toldBy(met), ['SuccessCriteriaMet | True | SuccessPolicy | Matched rules at index 0'])
  assert.deepEqual(uids(met.remove), ['b'])
  assert.deepEqual(toldBy(plan({ ...job, status: met.status }, [])).at(-1), 'Complete | True | SuccessPolicy | Matched rules at index 0')
})

test('a Job that is being deleted, or over, lets go of its pods and does nothing else', () => {
  const job = aJob()
  const leaving: Job = { ...job, metadata: { ...job.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  for (const each of [leaving, aJob({}, { conditions: [{ type: 'Failed', status: 'True' }] })]) {
    const { letGo, create, remove, status } = plan(each, podsOf(job, {}, { phase: 'Failed' }))
    assert.deepEqual([letGo.length, create.length, remove.length, status], [2, 0, 0, undefined])
  }
})
