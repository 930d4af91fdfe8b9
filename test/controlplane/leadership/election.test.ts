import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../src/base/log.ts'
import { LeaderElection } from '../../../src/controlplane/leadership/election.ts'
import type { KubeObject, Lease } from '../../../src/kube/objects.ts'
import { makeBackend } from '../harness.ts'

const leases = { resource: 'leases.coordination.k8s.io', namespace: 'kube-system' }
const lease = { ...leases, name: 'kube-scheduler' }
const merge = 'application/merge-patch+json'

async function stage() {
  const made = await makeBackend()
  const { backend, clock } = made
  await backend.create({ resource: 'namespaces' }, { metadata: { name: 'kube-system' } })
  const told: string[] = []
  const candidate = (identity: string, isPredecessor = (_holder: string) => false) => {
    const stopping = new AbortController()
    const election = new LeaderElection({
      ...{ backend, clock, log: silentLogger, signal: stopping.signal },
      ...{ name: 'kube-scheduler', component: 'default-scheduler', identity, isPredecessor },
    })
    const done = election.run(async (signal) => {
      told.push(`${identity} works`)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      told.push(`${identity} stops`)
    })
    return {
      async stop() {
        stopping.abort()
        await done
      },
    }
  }
  return {
    ...made,
    candidate,
    told,
    spec: async () => ((await backend.get(lease)) as Lease).spec,
    write: (spec: object) => backend.patch(lease, merge, { spec }),
    held: (holder: string) =>
      backend.create(leases, { metadata: { name: 'kube-scheduler' }, spec: { holderIdentity: holder, leaseDurationSeconds: 15 } } as KubeObject),
  }
}

test('one of two works; it renews its lease every 2 s, gives it up at its end, and the other begins at once', async () => {
  const { candidate, told, clock, spec, backend } = await stage()
  const first = candidate('a')
  await clock.advance(10)
  const second = candidate('b')
  const began = await spec()
  await clock.advance(60_000)
  assert.deepEqual(told, ['a works'])
  const held = await spec()
  assert.deepEqual([held?.holderIdentity, held?.acquireTime, held?.leaseTransitions], ['a', began?.acquireTime, 0])
  assert.ok(Date.parse(held?.renewTime ?? '') >= clock.wall() - 2000)
  await first.stop()
  await clock.advance(10)
  assert.deepEqual(told, ['a works', 'a stops', 'b works'])
  assert.deepEqual([(await spec())?.holderIdentity, (await spec())?.leaseTransitions], ['b', 1])
  await second.stop()
  assert.equal((await spec())?.holderIdentity, '')
  const events = (await backend.list({ resource: 'events', namespace: 'kube-system' })).items as unknown as { reason: string; message: string }[]
  assert.deepEqual(events.map(({ reason, message }) => `${reason} ${message}`).toSorted(), [
    'LeaderElection a became leader',
    'LeaderElection a stopped leading',
    'LeaderElection b became leader',
    'LeaderElection b stopped leading',
  ])
})

test('it waits for a foreign holder who renews, and takes the lease when that has fallen silent for as long as the lease says', async () => {
  const { candidate, told, clock, held, write, spec } = await stage()
  await held('foreign')
  const ours = candidate('a')
  for (let renewals = 0; renewals < 5; renewals++) {
    await clock.advance(10_000)
    await write({ renewTime: new Date(clock.wall()).toISOString().replace('Z', '000Z') })
  }
  await clock.advance(14_990)
  assert.deepEqual(told, [])
  await clock.advance(20)
  assert.deepEqual(told, ['a works'])
  assert.equal((await spec())?.leaseTransitions, 1)
  await ours.stop()
})

test('what another takes it stops doing at once, and does again when that one lets go', async () => {
  const { candidate, told, clock, write } = await stage()
  const ours = candidate('a')
  await clock.advance(10)
  await write({ holderIdentity: 'foreign', leaseDurationSeconds: 3600 })
  await clock.advance(1)
  assert.deepEqual(told, ['a works', 'a stops'])
  await clock.advance(600_000)
  await write({ holderIdentity: '' })
  await clock.advance(1)
  assert.deepEqual(told, ['a works', 'a stops', 'a works'])
  await ours.stop()
})

test('a lease that somebody deletes is made again, and the work goes on', async () => {
  const { candidate, told, clock, backend, spec } = await stage()
  const ours = candidate('a')
  await clock.advance(10)
  await backend.delete(lease)
  await clock.advance(2010)
  assert.equal((await spec())?.holderIdentity, 'a')
  assert.deepEqual(told, ['a works'])
  await ours.stop()
})

test('who cannot renew it for 10 s stops before anybody may take it', async () => {
  const { candidate, told, clock, backend } = await stage()
  const ours = candidate('a')
  await clock.advance(10)
  const update = backend.update.bind(backend)
  backend.update = () => Promise.reject(new Error('no storage'))
  await clock.advance(8000)
  assert.deepEqual(told, ['a works'])
  await clock.advance(4000)
  assert.deepEqual(told, ['a works', 'a stops'])
  backend.update = update
  await clock.advance(4000)
  assert.deepEqual(told, ['a works', 'a stops', 'a works'])
  await ours.stop()
})

test('what a predecessor that died held is taken without waiting', async () => {
  const { candidate, told, clock, held } = await stage()
  await held('podsteward-before')
  const ours = candidate('a', (holder) => holder === 'podsteward-before')
  await clock.advance(1)
  assert.deepEqual(told, ['a works'])
  await ours.stop()
})
