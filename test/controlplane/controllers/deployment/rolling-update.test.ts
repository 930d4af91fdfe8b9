import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maxSurgeOf, maxUnavailableOf } from '../../../../src/controlplane/controllers/deployment/limits.ts'
import { reconcile } from '../../../../src/controlplane/controllers/deployment/reconcile.ts'
import { reconcile as reconcileSet, statusOf } from '../../../../src/controlplane/controllers/replica-set/reconcile.ts'
import { replicaSetKind } from '../../../../src/controlplane/controllers/replica-set/replicated.ts'
import { controllerReference } from '../../../../src/controlplane/controllers/runtime/claim.ts'
import { isActive, isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import type { Deployment, Pod, ReplicaSet } from '../../../../src/kube/objects.ts'
import { aDeployment, template } from '../workload-stage.ts'

const now = Date.UTC(2026, 0, 1)

/** A Deployment, its sets and pods, and the rules alone: no server. */
class Model {
  deployment: Deployment
  sets: ReplicaSet[] = []
  pods: Pod[] = []
  #made = 0

  constructor(replicas: number, maxSurge: number | string, maxUnavailable: number | string) {
    const made = aDeployment('web', replicas, {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 600,
    })
    this.deployment = { ...made, metadata: { name: 'web', uid: 'web', generation: 1 } } as Deployment
  }

  get available(): number {
    return this.pods.filter((pod) => isActive(pod) && isReady(pod)).length
  }

  syncDeployment(): void {
    const podsOf = (set: ReplicaSet) => this.pods.filter((pod) => pod.metadata?.ownerReferences?.[0]?.uid === set.metadata?.uid)
    const plan = reconcile({ deployment: this.deployment, sets: this.sets, podsOf }, now)
    const gone = new Set(plan.remove)
    const changed = new Map(plan.update.map((set) => [set.metadata?.uid, set]))
    this.sets = this.sets.filter((set) => !gone.has(set)).map((set) => changed.get(set.metadata?.uid) ?? set)
    if (plan.create)
      this.sets.push({ ...plan.create, metadata: { ...plan.create.metadata, uid: plan.create.metadata?.name ?? '', generation: 1 } } as ReplicaSet)
    this.deployment = { ...this.deployment, status: plan.status } as Deployment
  }

  syncSets(): void {
    for (let round = 0; round < 2; round++)
      this.sets = this.sets.map((set) => {
        const plan = reconcileSet({ owner: set, pods: this.pods, related: () => this.pods, settled: true, mayCreateAt: 0 }, replicaSetKind, now)
        const gone = new Set(plan.remove)
        this.pods = this.pods.filter((pod) => !gone.has(pod))
        for (let count = 0; count < plan.create; count++) {
          const name = `pod-${this.#made++}`
          const ownerReferences = [controllerReference('apps/v1', 'ReplicaSet', set)]
          this.pods.push({ metadata: { name, uid: name, ownerReferences, labels: set.spec?.template?.metadata?.labels }, status: { phase: 'Pending' } } as Pod)
        }
        return { ...set, status: statusOf(set, plan, replicaSetKind, undefined, now) } as ReplicaSet
      })
  }

  /** Says something of the pod that is so far along the list. */
  say(at: number, status: object): void {
    const index = Math.floor(at * this.pods.length)
    this.pods = this.pods.map((pod, each) => (each === index && isActive(pod) ? ({ ...pod, status: { ...pod.status, ...status } } as Pod) : pod))
  }
}

const ready = (status: 'True' | 'False') => ({ phase: 'Running', conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-01-01T00:00:00Z' }] })
const at = fc.double({ min: 0, max: 0.999, noNaN: true })
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('ready' as const), at }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('unready' as const, 'failed' as const), at }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('template' as const), at }) },
)
const part = fc.oneof(
  fc.nat({ max: 4 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
)

test('a rolling update takes no pod that is needed and makes none too many, whatever fails and changes meanwhile', () => {
  fc.assert(
    fc.property(fc.nat({ max: 12 }), part, part, fc.array(event, { maxLength: 60 }), (replicas, surge, unavailable, events) => {
      const model = new Model(replicas, surge, unavailable)
      const least = replicas - maxUnavailableOf(model.deployment)
      const most = replicas + maxSurgeOf(model.deployment)
      for (const { type, at: where } of events) {
        if (type === 'ready') model.say(where, ready('True'))
        else if (type === 'unready') model.say(where, ready('False'))
        else if (type === 'failed') model.say(where, { phase: 'Failed' })
        else {
          const image = `app:${Math.floor(where * 4)}`
          model.deployment = { ...model.deployment, spec: { ...model.deployment.spec, template: template({ app: 'web' }, image) } } as Deployment
        }
        model.syncSets()
        const before = model.available
        model.syncDeployment()
        model.syncSets()
        assert.ok(model.available >= Math.min(before, least), `${model.available} of ${least} are available, ${before} were`)
        const wished = model.sets.reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0)
        assert.ok(wished <= most, `${wished} pods are wished for, ${most} may be`)
        assert.ok(model.pods.filter(isActive).length <= most)
      }
    }),
    { numRuns: 300 },
  )
})

test('a rolling update comes to its end when its pods become ready, whatever came before', () => {
  fc.assert(
    fc.property(fc.nat({ max: 8 }), part, part, fc.array(event, { maxLength: 30 }), (replicas, surge, unavailable, events) => {
      const model = new Model(replicas, surge, unavailable)
      for (const { type, at: where } of events) {
        if (type === 'template') {
          const spec = { ...model.deployment.spec, template: template({ app: 'web' }, `app:${Math.floor(where * 4)}`) }
          model.deployment = { ...model.deployment, spec } as Deployment
        } else model.say(where, type === 'failed' ? { phase: 'Failed' } : ready(type === 'ready' ? 'True' : 'False'))
        model.syncDeployment()
        model.syncSets()
      }
      for (let round = 0; round < 60; round++) {
        for (let each = 0; each < model.pods.length; each++) model.say((each + 0.5) / model.pods.length, ready('True'))
        model.syncSets()
        model.syncDeployment()
      }
      assert.equal(model.deployment.status?.updatedReplicas ?? 0, replicas)
      assert.equal(model.available, replicas)
      assert.equal(model.deployment.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason, 'NewReplicaSetAvailable')
      assert.ok(model.sets.length <= 3, 'the history keeps its limit')
    }),
    { numRuns: 100 },
  )
})
