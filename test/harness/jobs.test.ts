import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { Job, Pod } from '../../src/kube/objects.ts'

test('an indexed Job runs on simulated nodes: each index once, and its pods let go', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  await cluster.apply(`
apiVersion: batch/v1
kind: Job
metadata: { name: work }
spec:
  completions: 3
  parallelism: 2
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: app, image: registry/app:1 }]
`)
  const { status } = await cluster.waitFor<Job>('job/work', ({ status }) => status?.conditions?.some(({ type }) => type === 'Complete') === true)
  assert.deepEqual([status?.succeeded, status?.completedIndexes, status?.failed], [3, '0-2', undefined])
  const pods = await cluster.list<Pod>('pods')
  assert.deepEqual(pods.map(({ metadata }) => metadata?.annotations?.['batch.kubernetes.io/job-completion-index']).sort(), ['0', '1', '2'])
  assert.ok(pods.every(({ metadata }) => !metadata?.finalizers))
})

test('what is to come to an end does so by itself: a Job’s pod behind its init container, and one that is told how long it runs', async () => {
  await using cluster = await startCluster()
  const job = (name: string, exitAfter: string) => `
apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec:
  template:
    metadata: { annotations: { ${exitAfter} } }
    spec:
      restartPolicy: OnFailure
      initContainers: [{ name: before, image: registry/app:1 }]
      containers: [{ name: app, image: registry/app:1 }]
`
  await cluster.apply(job('short', ''))
  await cluster.apply(job('endless', 'simulated.podsteward.io/exit-after.app: never'))
  await cluster.waitFor('job/short', 'Complete')
  await cluster.waitFor<Job>('job/endless', ({ status }) => status?.ready === 1)
})
