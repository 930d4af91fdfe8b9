import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { ComponentOptions } from '../../src/controlplane/components.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import type { KubeObject, Lease, Pod } from '../../src/kube/objects.ts'
import { waitUntil } from '../support/wait-until.ts'
import { aPod, pods } from './harness.ts'

const start = (components: ComponentOptions) =>
  startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger, components })

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const aSet = { metadata: { name: 's' }, spec: { replicas: 2, selector: { matchLabels: { a: 'b' } }, template } } as KubeObject
const aJob = { metadata: { name: 'j' }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } } as KubeObject
const aNode = {
  metadata: { name: 'n' },
  status: {
    allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date().toISOString() }],
  },
} as unknown as KubeObject

test('a controller that is turned off leaves its objects to another’s, the rest works; without a scheduler pods wait', async () => {
  await using plane = await start({ controllers: ['*', '-replicaset'], scheduler: 'none' })
  const { backend } = plane
  await backend.create({ resource: 'nodes' }, aNode)
  await waitUntil('the service account', async () => (await backend.list({ resource: 'serviceaccounts', namespace: 'default' })).items.length > 0)
  await backend.create({ resource: 'replicasets.apps', namespace: 'default' }, aSet)
  await backend.create({ resource: 'jobs.batch', namespace: 'default' }, aJob)
  const made = await waitUntil('the pod of the Job', async () => (await backend.list(pods)).items.find(({ metadata }) => metadata?.name?.startsWith('j-')))
  assert.equal((await backend.list(pods)).items.length, 1)
  assert.equal((made as Pod).spec?.nodeName, undefined)
  const leases = await backend.list({ resource: 'leases.coordination.k8s.io', namespace: 'kube-system' })
  assert.deepEqual(leases.items, [])
  const shown = new Map(plane.controllers().map((each) => [each.name, each]))
  assert.ok(!shown.has('replicaset-controller') && !shown.has('kube-scheduler'))
  const job = shown.get('job-controller')
  assert.deepEqual([job?.life, job?.queues.find(({ name }) => name === 'job')?.recent.at(-1)], ['running', 'default/j'])
})

test('where they are elected they hold their leases while they run, and stand back while somebody else does', async () => {
  await using plane = await start({ leaderElect: true })
  const { backend } = plane
  const leases = { resource: 'leases.coordination.k8s.io', namespace: 'kube-system' }
  const holder = async (name: string) => ((await backend.get({ ...leases, name }).catch(() => undefined)) as Lease | undefined)?.spec?.holderIdentity ?? ''
  for (const name of ['kube-controller-manager', 'kube-scheduler'])
    await waitUntil(`the lease ${name}`, async () => (await holder(name)).startsWith('podsteward-'))
  const foreign = { spec: { holderIdentity: 'foreign', leaseDurationSeconds: 3600 } }
  for (const name of ['kube-controller-manager', 'kube-scheduler']) await backend.patch({ ...leases, name }, 'application/merge-patch+json', foreign)
  await waitUntil('all to stand back', () => Promise.resolve(plane.controllers().every(({ life }) => life === 'waiting')))
  await backend.create({ resource: 'replicasets.apps', namespace: 'default' }, aSet)
  await backend.create({ resource: 'nodes' }, aNode)
  await backend.create(pods, aPod('p'))
  // What the API server does itself is done, whoever leads.
  await waitUntil('the finalizer of the cluster', async () => (await backend.list({ resource: 'apiservices.apiregistration.k8s.io' })).items.length > 5)
  assert.equal((await backend.list(pods)).items.length, 1)
  assert.equal(((await backend.get({ ...pods, name: 'p' })) as Pod).spec?.nodeName, undefined)
  for (const name of ['kube-controller-manager', 'kube-scheduler'])
    await backend.patch({ ...leases, name }, 'application/merge-patch+json', { spec: { holderIdentity: '' } })
  await waitUntil('the pods of the set, and a node for each', async () => {
    const all = (await backend.list(pods)).items as readonly Pod[]
    return all.length === 3 && all.every(({ spec }) => spec?.nodeName === 'n')
  })
})

test('a controller that there is not is refused before anything is started', async () => {
  await assert.rejects(start({ controllers: ['*', '-cronjobs'] }), /^RangeError: "cronjobs" is not in the list of known controllers: .*cronjob-controller/)
})
