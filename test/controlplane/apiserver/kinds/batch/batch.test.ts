import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobs } from '../../../../../src/controlplane/apiserver/kinds/batch/jobs.ts'
import type { CronJob, Job, KubeObject } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'
import { refusals, updateRefusals, withValues } from '../../../refusals.ts'
import { samples } from '../../../samples.ts'

const { backend } = await makeBackend()
const job = samples['jobs.batch'] as KubeObject
const cronJob = samples['cronjobs.batch'] as KubeObject
let count = 0
type Changes = { [path: string]: unknown }

const made = async (resource: string, sample: KubeObject, changes: Changes = {}) => {
  const name = `made-${count++}`
  await backend.create({ resource, namespace: 'default' }, withValues(sample, { 'metadata.name': name, ...changes }))
  return name
}

test('a job selects its own pods by its uid, and has the defaults of batch/v1', async () => {
  const name = await made('jobs.batch', job)
  const { metadata, spec, status } = (await backend.get({ resource: 'jobs.batch', namespace: 'default', name })) as Job
  const uid = metadata?.uid ?? ''
  const { template, ...rest } = spec ?? ({} as NonNullable<Job['spec']>)
  assert.deepEqual(rest, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  })
  const own = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name, 'controller-uid': uid, 'job-name': name }
  assert.deepEqual(template.metadata?.labels, { app: 'web', ...own })
  assert.deepEqual(metadata?.labels, { app: 'web' })
  assert.deepEqual(status, {})
})

test('a job without labels has those of its pods; one with a failure policy waits until a pod has failed', async () => {
  const name = await made('jobs.batch', job, {
    'spec.template.metadata': {},
    'spec.podFailurePolicy': { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
    'spec.parallelism': 3,
  })
  const { metadata, spec } = (await backend.get({ resource: 'jobs.batch', namespace: 'default', name })) as Job
  assert.deepEqual(metadata?.labels, spec?.template.metadata?.labels)
  assert.deepEqual(
    [spec?.completions, spec?.podReplacementPolicy, spec?.podFailurePolicy?.rules[0]?.onPodConditions?.[0]?.status],
    [undefined, 'Failed', 'True'],
  )
})

const indexed = { 'spec.completionMode': 'Indexed', 'spec.completions': 4 }
const wrongJobs: [changes: Changes, expected: string[]][] = [
  [{ 'spec.template.spec.restartPolicy': undefined }, ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']],
  [
    { 'spec.template.spec.restartPolicy': 'Sometimes' },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "OnFailure", "Never"',
    ],
  ],
  [{ 'spec.parallelism': -1 }, ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0']],
  [{ 'spec.completionMode': 'Indexed', 'spec.parallelism': 1 }, ['spec.completions: Required value: when completion mode is Indexed']],
  [{ 'spec.backoffLimitPerIndex': 1 }, ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode']],
  [{ ...indexed, 'spec.maxFailedIndexes': 2 }, ['spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified']],
  [
    { ...indexed, 'spec.successPolicy': { rules: [{ succeededIndexes: '0,9' }] } },
    ['spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,9": error parsing succeededIndexes: too large index: "9"'],
  ],
  [
    { ...indexed, 'spec.successPolicy': { rules: [{ succeededIndexes: '0-1', succeededCount: 3 }] } },
    [
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
    ],
  ],
  [
    { 'spec.podFailurePolicy': { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0, 7, 3], containerName: 'x' } }] } },
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [0,7,3]: must be ordered',
    ],
  ],
  [
    { 'spec.podFailurePolicy': { rules: [{ action: 'Count' }] }, 'spec.template.spec.restartPolicy': 'OnFailure' },
    [
      'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ],
  ],
  [{ 'spec.managedBy': 'me' }, ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")']],
]
for (const [changes, expected] of wrongJobs)
  test(`a job with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    assert.deepEqual(await refusals(backend, 'jobs.batch', withValues(job, { 'metadata.name': 'wrong', ...changes })), expected)
  })

test('what a job runs does not change, unless it is suspended and has not begun', async () => {
  const name = await made('jobs.batch', job)
  assert.match(
    (await updateRefusals(backend, 'jobs.batch', name, { 'spec.template.spec.nodeSelector': { a: 'b' } })).join(),
    /^spec\.template: Invalid value: .*: field is immutable$/,
  )
  assert.deepEqual(await updateRefusals(backend, 'jobs.batch', name, { 'spec.completions': 2 }), ['spec.completions: Invalid value: 2: field is immutable'])
  assert.deepEqual(await updateRefusals(backend, 'jobs.batch', name, { 'spec.parallelism': 2, 'spec.suspend': true }), [])
  assert.deepEqual(await updateRefusals(backend, 'jobs.batch', name, { 'spec.template.spec.nodeSelector': { a: 'b' } }), [])
  assert.match(
    (await updateRefusals(backend, 'jobs.batch', name, { 'spec.template.spec.hostNetwork': true })).join(),
    /^spec\.template\.spec: .*: field is immutable$/,
  )
  const scaled = await made('jobs.batch', job, { ...indexed, 'spec.parallelism': 4 })
  assert.deepEqual(await updateRefusals(backend, 'jobs.batch', scaled, { 'spec.completions': 3 }), [
    'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
  ])
  assert.deepEqual(await updateRefusals(backend, 'jobs.batch', scaled, { 'spec.completions': 3, 'spec.parallelism': 3 }), [])
})

test('a job ends by its conditions, in their order, and does not come back', async () => {
  const name = await made('jobs.batch', job)
  const status = (changes: object) => updateRefusals(backend, 'jobs.batch', name, { status: changes }, 'status')
  const condition = (type: string) => ({ type, status: 'True' })
  const startTime = '2026-01-01T00:00:00Z'
  const completionTime = '2026-01-01T00:01:00Z'
  assert.deepEqual(await status({ startTime, active: 1, ready: 2 }), ['status.ready: Invalid value: 2: cannot set more ready pods than active'])
  assert.deepEqual(await status({ startTime, active: 1, conditions: [condition('Complete')] }), [
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    'status.completionTime: Required value: completionTime is required for Complete jobs',
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
  ])
  const conditions = [condition('SuccessCriteriaMet'), condition('Complete')]
  assert.deepEqual(await status({ startTime, completionTime, succeeded: 1, conditions }), [])
  assert.deepEqual(await status({ startTime, completionTime, conditions: [] }), [
    'status.completionTime: Invalid value: "2026-01-01T00:01:00Z": cannot set completionTime when there is no Complete=True condition',
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
    'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
    'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
  ])
  const list = await backend.list({ resource: 'jobs.batch' }, { fieldSelector: 'status.successful=1' })
  assert.deepEqual(
    list.items.map(({ metadata }) => metadata?.name),
    [name],
  )
  const shown = jobs.printer.cells(await backend.get({ resource: 'jobs.batch', namespace: 'default', name }), 0)
  assert.deepEqual(shown.slice(1, 4), ['Complete', '1/1', '60s'])
})

test('a cron job has its defaults, and leaves those of its jobs to them', async () => {
  const name = await made('cronjobs.batch', cronJob)
  const { spec } = (await backend.get({ resource: 'cronjobs.batch', namespace: 'default', name })) as CronJob
  const { jobTemplate, ...rest } = spec ?? ({} as NonNullable<CronJob['spec']>)
  assert.deepEqual(rest, { schedule: '*/5 * * * *', concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 })
  assert.deepEqual(Object.keys(jobTemplate.spec ?? {}), ['template'])
})

const wrongCronJobs: [changes: Changes, expected: string[]][] = [
  [{ 'spec.schedule': '61 * * * *' }, ['spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61']],
  [{ 'spec.schedule': '' }, ['spec.schedule: Required value']],
  [
    { 'spec.schedule': 'TZ=UTC * * * * *' },
    ['spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
  ],
  [{ 'spec.timeZone': 'Middle/Earth' }, ['spec.timeZone: Invalid value: "Middle/Earth": unknown time zone Middle/Earth']],
  [
    { 'spec.timeZone': 'Local' },
    ['spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'],
  ],
  [{ 'spec.concurrencyPolicy': 'Maybe' }, ['spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"']],
  [
    { 'spec.jobTemplate.spec.selector': { matchLabels: { a: 'b' } } },
    ['spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated'],
  ],
  [{ 'metadata.name': 'n'.repeat(53) }, [`metadata.name: Invalid value: "${'n'.repeat(53)}": must be no more than 52 characters`]],
]
for (const [changes, expected] of wrongCronJobs)
  test(`a cron job with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    assert.deepEqual(await refusals(backend, 'cronjobs.batch', withValues(cronJob, { 'metadata.name': 'wrong', ...changes })), expected)
  })
