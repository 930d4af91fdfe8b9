import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { CronJobController } from '../../../../src/controlplane/controllers/cron-job/controller.ts'
import { type CronPlan, reconcile } from '../../../../src/controlplane/controllers/cron-job/reconcile.ts'
import { JobController } from '../../../../src/controlplane/controllers/job/controller.ts'
import { Informers } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import type { CoreEvent, CronJob, Job, KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { makeBackend, pods } from '../../harness.ts'

const at = (time: string) => Date.parse(`2026-01-01T${time}Z`)
const aCron = (spec: object = {}, status: CronJob['status'] = {}): CronJob =>
  ({ metadata: { name: 'tick', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { schedule: '*/10 * * * *', jobTemplate: {}, ...spec }, status }) as CronJob
const aRun = (uid: string, over: Job['status'] = {}): Job => ({ metadata: { name: uid, uid }, status: over })
const ended = (type: string, start: string) =>
  ({ startTime: `2026-01-01T${start}Z`, completionTime: `2026-01-01T${start}Z`, conditions: [{ type, status: 'True' }] }) as Job['status']
const reasons = ({ events }: CronPlan) => events.map(({ reason }) => reason)

test('a Job is made for the last time that is due and was not run', () => {
  const rows: [string, CronJob, string, string | undefined, string[]][] = [
    ['not yet', aCron(), '00:09:59', undefined, []],
    ['on time', aCron(), '00:10:00', '00:10:00', []],
    ['only the last of many', aCron(), '00:35:00', '00:30:00', []],
    ['run already', aCron({}, { lastScheduleTime: '2026-01-01T00:10:00Z' }), '00:11:00', undefined, []],
    ['too late', aCron({ startingDeadlineSeconds: 60 }), '00:12:00', undefined, []],
    ['late, not too late', aCron({ startingDeadlineSeconds: 60 }), '00:10:59', '00:10:00', []],
    ['suspended', aCron({ suspend: true }), '00:10:00', undefined, []],
    ['very many missed', aCron(), '23:59:00', '23:50:00', ['TooManyMissedTimes']],
    ['no schedule', aCron({ schedule: 'now' }), '00:10:00', undefined, ['UnparseableSchedule']],
    ['no time zone', aCron({ timeZone: 'Mars/Base' }), '00:10:00', undefined, ['UnknownTimeZone']],
  ]
  for (const [title, cron, now, expected, told] of rows) {
    const plan = reconcile(cron, [], at(now))
    assert.equal(plan.start, expected && at(expected), title)
    assert.deepEqual(reasons(plan), told, title)
  }
  assert.equal(reconcile(aCron(), [], at('00:09:59')).nextAt, at('00:10:00') + 100)
})

test('while one runs the next is made beside it, not at all, or in its place', () => {
  const running = (policy: string) => reconcile(aCron({ concurrencyPolicy: policy }, { active: [{ uid: 'a' }] }), [aRun('a')], at('00:10:00'))
  const [allow, forbid, replace] = ['Allow', 'Forbid', 'Replace'].map(running) as [CronPlan, CronPlan, CronPlan]
  assert.deepEqual([allow.start, allow.remove.length], [at('00:10:00'), 0])
  assert.deepEqual([forbid.start, reasons(forbid)], [undefined, ['JobAlreadyActive']])
  assert.deepEqual([replace.start, replace.remove.length, replace.status.active], [at('00:10:00'), 1, undefined])
})

test('what ended is told and taken off, and the oldest beyond the history go', () => {
  const cron = aCron({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }, {
    active: [
      { uid: 'b', name: 'b' },
      { uid: 'gone', name: 'gone' },
    ],
  } as never)
  const jobs = [aRun('b', ended('Complete', '00:02:00')), aRun('a', ended('Complete', '00:01:00')), aRun('c', ended('Failed', '00:03:00'))]
  const plan = reconcile(cron, jobs, at('00:05:00'))
  assert.deepEqual(
    plan.events.map(({ message }) => message),
    ['Saw completed job: b, condition: Complete', 'Active job went missing: gone'],
  )
  assert.deepEqual(plan.status, { lastSuccessfulTime: '2026-01-01T00:02:00Z' })
  assert.deepEqual(
    plan.remove.map(({ metadata }) => metadata?.name),
    ['a', 'c'],
  )
})

test('on the clock a CronJob makes a Job at each of its times, and keeps as many as it says', async () => {
  const { backend, clock } = await makeBackend()
  const stopping = new AbortController()
  const { signal } = stopping
  const options = { backend, clock, log: silentLogger, signal, informers: new Informers(backend, signal) }
  new JobController(options)
  new CronJobController(options)
  const jobs = { resource: 'jobs.batch', namespace: 'default' }
  const cron = { resource: 'cronjobs.batch', namespace: 'default' }
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
  const spec = { schedule: '*/5 * * * *', successfulJobsHistoryLimit: 2, jobTemplate: { spec: { template } } }
  await backend.create(cron, { metadata: { name: 'tick' }, spec } as KubeObject)
  for (let round = 0; round < 4; round++) {
    await clock.advance(300_200)
    const status = ((await backend.get({ ...cron, name: 'tick' })) as CronJob).status
    assert.equal(status?.active?.length, 1)
    for (const { metadata, status: pod } of (await backend.list(pods)).items as Pod[])
      if (pod?.phase === 'Pending')
        await backend.patch(
          { ...pods, name: metadata?.name ?? '' },
          'application/merge-patch+json',
          { status: { phase: 'Succeeded' } },
          { subresource: 'status' },
        )
    await clock.advance(50)
  }
  const made = (await backend.list(jobs)).items
  const minute = clock.wall() / 60_000
  assert.deepEqual(made.map(({ metadata }) => metadata?.name).sort(), [10, 5].map((_, index) => `tick-${Math.floor(minute) - 5 + 5 * index}`).sort())
  assert.ok(
    made.every(
      ({ metadata }) => metadata?.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'] && metadata.ownerReferences?.[0]?.kind === 'CronJob',
    ),
  )
  const { status } = (await backend.get({ ...cron, name: 'tick' })) as CronJob
  assert.deepEqual([status?.active, status?.lastScheduleTime, status?.lastSuccessfulTime !== undefined], [undefined, '2026-01-01T00:20:00Z', true])
  const told = ((await backend.list({ resource: 'events', namespace: 'default' })).items as CoreEvent[]).map(({ reason }) => reason)
  for (const reason of ['SawCompletedJob', 'SuccessfulDelete']) assert.ok(told.includes(reason), reason)
  stopping.abort()
})
