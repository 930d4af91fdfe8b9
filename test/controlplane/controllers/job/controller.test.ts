import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { JobController } from '../../../../src/controlplane/controllers/job/controller.ts'
import { Informers } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import { TtlAfterFinished } from '../../../../src/controlplane/controllers/ttl-after-finished/ttl-after-finished.ts'
import type { CoreEvent, Job, KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { makeBackend, pods as podsOf } from '../../harness.ts'

const jobs = { resource: 'jobs.batch', namespace: 'default' }
const merge = 'application/merge-patch+json'
const tracking = 'batch.kubernetes.io/job-tracking'

async function running() {
  const made = await makeBackend()
  const { backend, clock } = made
  const stopping = new AbortController()
  const { signal } = stopping
  const options = { backend, clock, log: silentLogger, signal, informers: new Informers(backend, signal) }
  new JobController(options)
  new TtlAfterFinished(options)
  const pods = async () => (await backend.list(podsOf)).items as Pod[]
  return {
    backend,
    clock,
    pods,
    settle: (ms = 20) => clock.advance(ms),
    job: async (name = 'work') => (await backend.get({ ...jobs, name })) as Job,
    events: async () =>
      ((await backend.list({ resource: 'events', namespace: 'default' })).items as CoreEvent[]).map(({ reason, message }) => `${reason}: ${message}`),
    create: (spec: Partial<NonNullable<Job['spec']>> = {}, name = 'work') => {
      const { containers } = { containers: [{ name: 'c', image: 'i' }] }
      const template = { spec: { restartPolicy: 'Never', containers } } as never
      return backend.create(jobs, { metadata: { name }, spec: { template, ...spec } } as KubeObject)
    },
    async end(pod: Pod, phase: 'Succeeded' | 'Failed') {
      await backend.patch({ ...podsOf, name: pod.metadata?.name ?? '' }, merge, { status: { phase } }, { subresource: 'status' })
    },
    [Symbol.dispose]: () => stopping.abort(),
  }
}

const isRunning = ({ status }: Pod) => status?.phase === 'Pending'

test('a Job makes its pods, counts them, and is complete; its pods stay, let go', async () => {
  using cluster = await running()
  const { create, settle, pods, end, job, events } = cluster
  await create({ completions: 3, parallelism: 2 })
  await settle()
  const first = await pods()
  assert.equal(first.length, 2)
  assert.deepEqual(first[0]?.metadata?.finalizers, [tracking])
  assert.match(first[0]?.metadata?.name ?? '', /^work-[a-z0-9]{5}$/)
  assert.equal(first[0]?.metadata?.labels?.['batch.kubernetes.io/job-name'], 'work')
  const { startTime, ...status } = (await job()).status ?? {}
  assert.deepEqual([startTime, status], ['2026-01-01T00:00:00Z', { active: 2, ready: 0, terminating: 0, uncountedTerminatedPods: {} }])
  for (const pod of first) await end(pod, 'Succeeded')
  await settle()
  const left = (await pods()).filter(isRunning)
  assert.equal(left.length, 1)
  for (const pod of left) await end(pod, 'Succeeded')
  await settle()
  const done = (await job()).status
  assert.deepEqual(
    [done?.succeeded, done?.active, done?.completionTime !== undefined, done?.conditions?.map(({ type }) => type)],
    [3, undefined, true, ['SuccessCriteriaMet', 'Complete']],
  )
  assert.deepEqual(
    (await pods()).map(({ metadata }) => metadata?.finalizers),
    [undefined, undefined, undefined],
  )
  const told = await events()
  assert.equal(told.filter((event) => event.startsWith('SuccessfulCreate: Created pod: work-')).length, 3)
  assert.ok(told.includes('Completed: Job completed'))
  await settle(3600_000)
  assert.equal((await pods()).length, 3)
})

test('a Job that fails tries again, later each time, and gives up at its limit', async () => {
  using cluster = await running()
  const { create, settle, pods, end, job, events } = cluster
  await create({ backoffLimit: 1 })
  await settle()
  for (const pod of await pods()) await end(pod, 'Failed')
  await settle()
  assert.equal((await pods()).length, 1)
  await settle(10_000)
  const again = (await pods()).filter(isRunning)
  assert.equal(again.length, 1)
  for (const pod of again) await end(pod, 'Failed')
  await settle(100_000)
  const { status } = await job()
  assert.deepEqual(
    [status?.failed, status?.active, status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)],
    [2, undefined, ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']],
  )
  assert.ok((await events()).includes('BackoffLimitExceeded: Job has reached the specified backoff limit'))
  assert.equal((await pods()).length, 2)
})

test('a Job past its deadline loses its pods and fails; one that is suspended loses them uncounted and begins anew', async () => {
  using cluster = await running()
  const { backend, create, settle, pods, job } = cluster
  await create({ activeDeadlineSeconds: 60 })
  await create({}, 'paused')
  await settle()
  assert.equal((await pods()).length, 2)
  await backend.patch({ ...jobs, name: 'paused' }, merge, { spec: { suspend: true } })
  await settle()
  assert.deepEqual(
    (await pods()).map(({ metadata }) => metadata?.generateName),
    ['work-'],
  )
  const { startTime, failed, conditions } = (await job('paused')).status ?? {}
  assert.deepEqual([startTime, failed, conditions?.map(({ type, status }) => `${type} ${status}`)], [undefined, undefined, ['Suspended True']])
  await settle(60_000)
  assert.deepEqual(await pods(), [])
  assert.deepEqual(
    (await job()).status?.conditions?.map(({ reason }) => reason),
    ['DeadlineExceeded', 'DeadlineExceeded'],
  )
  await backend.patch({ ...jobs, name: 'paused' }, merge, { spec: { suspend: false } })
  await settle()
  assert.deepEqual(
    (await pods()).map(({ metadata }) => metadata?.generateName),
    ['paused-'],
  )
})

test('pods of a Job that is gone, or of no Job, are let go; those of another controller’s Job are left alone', async () => {
  using cluster = await running()
  const { backend, create, settle, pods } = cluster
  await create({ managedBy: 'example.com/queue' }, 'foreign')
  await settle()
  assert.deepEqual(await pods(), [])
  await create()
  await backend.create(podsOf, { metadata: { name: 'stray', finalizers: [tracking] }, spec: { containers: [{ name: 'c', image: 'i' }] } } as KubeObject)
  await settle()
  assert.equal((await backend.get({ ...podsOf, name: 'stray' })).metadata?.finalizers, undefined)
  await backend.delete({ ...jobs, name: 'work' }, { propagationPolicy: 'Background' })
  await settle()
  for (const { metadata } of await pods()) assert.equal(metadata?.finalizers, undefined)
})

test('a Job is deleted so long after its end as it says', async () => {
  using cluster = await running()
  const { backend, create, settle, pods, end } = cluster
  await create({ ttlSecondsAfterFinished: 100 })
  await settle()
  for (const pod of await pods()) await end(pod, 'Succeeded')
  await settle(99_000)
  assert.equal((await backend.get({ ...jobs, name: 'work' })).metadata?.deletionTimestamp, undefined)
  await settle(1000)
  // Its pods go first: the garbage collector takes it then.
  assert.ok((await backend.get({ ...jobs, name: 'work' })).metadata?.deletionTimestamp)
})
