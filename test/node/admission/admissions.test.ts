import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdmissionOptions, Admissions } from '../../../actors/node/admission/admissions.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Pod, PodStatus } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

const asking = (name: string, cpu: string, status: PodStatus = {}): Pod =>
  aPod()
    .withMetadata({ name, uid: name })
    .withContainer({ name: 'c', resources: { requests: { cpu } } })
    .withStatus(status)
    .build()

/** The door of a node of one core, and what it said. */
function door(options: Partial<AdmissionOptions> = {}) {
  const said: string[] = []
  const features = { appArmor: false, supplementalGroupsPolicy: false }
  const node = () => ({ status: { allocatable: { cpu: '1', pods: '10' } } })
  const admissions = new Admissions(
    { node, allowedUnsafeSysctls: [], features, ...options },
    {
      warn: (pod, reason) => void said.push(`${pod.metadata?.name}: ${reason}`),
      preempt: (uid) => void said.push(`${uid} goes`),
      unreadable: (uid, error) => void said.push(`${uid} cannot be read: ${error instanceof Error}`),
    },
  )
  const come = (pod: Pod) => {
    const uid = podUid(pod.metadata?.uid ?? '')
    admissions.decide(uid, pod)
    admissions.occupy(uid, pod)
    return admissions.rejectionOf(uid)?.reason
  }
  return { admissions, said, come }
}

test('who is refused is told why, and takes no room', () => {
  const { come, said, admissions } = door()
  assert.equal(come(asking('first', '600m')), undefined)
  assert.equal(come(asking('large', '600m')), 'OutOfcpu')
  assert.match(admissions.rejectionOf(podUid('large'))?.message ?? '', /^Pod was rejected: Node didn't have enough resource: cpu/)
  assert.equal(come(asking('small', '400m')), undefined)
  assert.deepEqual(said, ['large: OutOfcpu'])
})

test('room is free once a pod is released; what was decided on it stands until it is forgotten', () => {
  const { come, admissions } = door()
  come(asking('first', '600m'))
  come(asking('large', '600m'))
  for (const uid of ['first', 'large'].map(podUid)) admissions.release(uid)
  assert.equal(admissions.rejectionOf(podUid('large'))?.reason, 'OutOfcpu')
  admissions.forget(podUid('large'))
  assert.equal(come(asking('large', '600m')), undefined)
})

for (const [who, status, deletionTimestamp] of [
  ['ran before an agent restart', { startTime: '2026-01-01T00:00:00Z' }, undefined],
  ['has ended', { phase: 'Succeeded' }, undefined],
  ['is being deleted', {}, '2026-01-01T00:00:00Z'],
] as const)
  test(`a pod that ${who} is not asked`, () => {
    const { admissions, said } = door({ shuttingDown: () => true })
    const pod = asking('p', '5', status)
    admissions.decide(podUid('p'), { ...pod, metadata: { ...pod.metadata, deletionTimestamp } })
    assert.deepEqual([admissions.rejectionOf(podUid('p')), said], [undefined, []])
  })

test('a critical pod sends another away, which is warned', () => {
  const counted: string[] = []
  const watcher = { rejected: () => {}, preempted: (resource: string) => void counted.push(resource) }
  const { come, said } = door({ watcher })
  come(asking('common', '900m'))
  const critical = asking('critical', '500m')
  assert.equal(come({ ...critical, spec: { containers: [], ...critical.spec, priority: 2_000_000_000 } }), undefined)
  assert.deepEqual([said, counted], [['common: Preempting', 'common goes'], ['cpu']])
})

test('what an earlier agent admitted and this one cannot read is said, and counts for nothing', () => {
  const { come, said } = door()
  come(asking('odd', 'much', { startTime: '2026-01-01T00:00:00Z' }))
  assert.deepEqual(said, ['odd cannot be read: true'])
  assert.equal(come(asking('whole', '1')), undefined)
})
