import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasEnded } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import { revisionOf } from '../../../../src/controlplane/controllers/stateful-set/identity.ts'
import { isInRange, ordinalOf } from '../../../../src/controlplane/controllers/stateful-set/ordinals.ts'
import { type Action, reconcile } from '../../../../src/controlplane/controllers/stateful-set/reconcile.ts'
import { isAvailable, isGoing } from '../../../../src/controlplane/controllers/stateful-set/replica-state.ts'
import type { ControllerRevision, Pod, StatefulSet } from '../../../../src/kube/objects.ts'
import { aStatefulSet, template } from '../workload-stage.ts'

interface Shape {
  readonly replicas: number
  readonly isOrdered: boolean
  readonly partition: number
  readonly maxUnavailable?: number | string
  readonly minReadySeconds: number
}

const revision = (version: number): ControllerRevision =>
  ({
    metadata: { name: `web-${version}` },
    data: { spec: { template: { ...template({ app: 'web' }, `app:${version}`), $patch: 'replace' } } },
    revision: version,
  }) as ControllerRevision

/** A set, its pods and the rules alone. Pods that are deleted go when the node says so; what must never be is looked for at every step. */
class Model {
  readonly shape: Shape
  set: StatefulSet
  pods = new Map<string, Pod>()
  version = 1
  now = Date.UTC(2026, 0, 1)
  #made = 0

  constructor(shape: Shape) {
    this.shape = shape
    const { replicas, isOrdered, partition, maxUnavailable, minReadySeconds } = shape
    const rollingUpdate = { partition, ...(maxUnavailable !== undefined && { maxUnavailable }) }
    const made = aStatefulSet('web', replicas, {
      podManagementPolicy: isOrdered ? 'OrderedReady' : 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate },
      minReadySeconds,
    })
    this.set = {
      ...made,
      metadata: { name: 'web', uid: 'set', generation: 1 },
      status: { replicas: 0, availableReplicas: 0, currentRevision: 'web-1' },
    } as StatefulSet
  }

  isWell = (pod: Pod | undefined): boolean => pod !== undefined && !isGoing(pod) && isAvailable(pod, this.shape.minReadySeconds, this.now)

  /** Of the ordinals that there are to be. */
  get missing(): number {
    return Array.from({ length: this.set.spec?.replicas ?? 0 }, (_, ordinal) => this.pods.get(`web-${ordinal}`)).filter((pod) => !this.isWell(pod)).length
  }

  sync(): void {
    const current = revision(Number(this.set.status?.currentRevision?.split('-')[1] ?? 1))
    const plan = reconcile(
      { set: this.set, pods: [...this.pods.values()], current, update: revision(this.version), claim: () => undefined, mayDeleteAt: () => 0 },
      this.now,
    )
    const before = this.missing
    let replaced = 0
    for (const action of plan.stages.flat()) {
      if (action.do === 'create') this.#create(action.pod)
      else if (action.do === 'delete') replaced += this.#delete(action) ? 1 : 0
    }
    if (replaced > 0) this.#checkRollout(before)
    this.set = { ...this.set, status: plan.status } as StatefulSet
  }

  #create(pod: Pod): void {
    const name = pod.metadata?.name ?? ''
    assert.ok(!this.pods.has(name), `${name} is there already`)
    if (this.shape.isOrdered)
      for (let ordinal = 0; ordinal < (ordinalOf(pod) ?? 0); ordinal++)
        assert.ok(this.isWell(this.pods.get(`web-${ordinal}`)), `${name} is made before web-${ordinal} is well`)
    this.pods.set(name, { ...pod, metadata: { ...pod.metadata, uid: `uid-${this.#made++}` }, status: { phase: 'Pending' } } as Pod)
  }

  /** Answers whether a pod that was wanted was replaced. */
  #delete({ pod }: Action): boolean {
    const name = pod.metadata?.name ?? ''
    assert.ok(this.pods.has(name) && !isGoing(pod), `${name} is deleted twice`)
    this.pods.set(name, { ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date(this.now).toISOString() } } as Pod)
    if (hasEnded(pod)) return false
    if (isInRange(this.set, pod)) {
      assert.ok((ordinalOf(pod) ?? 0) >= this.shape.partition, `${name} is below the partition`)
      assert.notEqual(revisionOf(pod), `web-${this.version}`)
      if (this.shape.maxUnavailable === undefined)
        for (let ordinal = (ordinalOf(pod) ?? 0) + 1; ordinal < (this.set.spec?.replicas ?? 0); ordinal++)
          assert.ok(this.isWell(this.pods.get(`web-${ordinal}`)), `${name} is replaced before web-${ordinal} is well`)
      return true
    }
    if (!this.shape.isOrdered) return false
    const isWell = this.isWell(pod)
    for (const other of this.pods.values()) {
      if (other.metadata?.uid === pod.metadata?.uid) continue
      assert.ok(isWell || this.isWell(other), `${name}, which is not well, goes before ${other.metadata?.name}, which is neither`)
      assert.ok((ordinalOf(other) ?? 0) <= (ordinalOf(pod) ?? 0), `${name} is deleted before ${other.metadata?.name} is gone`)
    }
    return false
  }

  #checkRollout(before: number): void {
    const { isOrdered, maxUnavailable } = this.shape
    const { replicas = 0 } = this.set.spec ?? {}
    // In parallel and with no limit the last one that is old goes, however the others are.
    if (!isOrdered && maxUnavailable === undefined) return
    const most = typeof maxUnavailable === 'string' ? Math.floor((Number.parseInt(maxUnavailable, 10) * replicas) / 100) : (maxUnavailable ?? 1)
    assert.ok(this.missing <= Math.max(before, Math.max(1, most)), `${this.missing} are missing, ${most} may be, ${before} were`)
  }

  say(at: number, change: (pod: Pod) => Pod | undefined): void {
    const entry = [...this.pods][Math.floor(at * this.pods.size)]
    if (!entry) return
    const next = change(entry[1])
    if (next) this.pods.set(entry[0], next)
    else this.pods.delete(entry[0])
  }
}

const ready = (model: Model, status: 'True' | 'False') => (pod: Pod) =>
  hasEnded(pod)
    ? pod
    : ({ ...pod, status: { phase: 'Running', conditions: [{ type: 'Ready', status, lastTransitionTime: new Date(model.now).toISOString() }] } } as Pod)

const events = {
  ready: (model: Model, at: number) => model.say(at, ready(model, 'True')),
  unready: (model: Model, at: number) => model.say(at, ready(model, 'False')),
  failed: (model: Model, at: number) => model.say(at, (pod) => ({ ...pod, status: { phase: at > 0.5 ? 'Failed' : 'Succeeded' } }) as Pod),
  gone: (model: Model, at: number) => model.say(at, (pod) => (isGoing(pod) ? undefined : pod)),
  /** Somebody else deletes it. */
  deleted: (model: Model, at: number) => model.say(at, (pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }) as Pod),
  killed: (model: Model, at: number) => model.say(at, () => undefined),
  template: (model: Model) => {
    model.version++
  },
  back: (model: Model) => {
    model.version = 1
  },
  scaled: (model: Model, at: number) => {
    model.set = { ...model.set, spec: { ...model.set.spec, replicas: Math.floor(at * 7) } } as StatefulSet
  },
  later: (model: Model, at: number) => {
    model.now += Math.floor(at * 40_000)
  },
}

const event = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  type: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom('ready' as const, 'gone' as const) },
    { weight: 4, arbitrary: fc.constantFrom('unready' as const, 'failed' as const, 'deleted' as const, 'later' as const) },
    { weight: 2, arbitrary: fc.constantFrom('template' as const, 'back' as const, 'scaled' as const, 'killed' as const) },
  ),
})
const shape: fc.Arbitrary<Shape> = fc.record(
  {
    replicas: fc.nat({ max: 6 }),
    isOrdered: fc.boolean(),
    partition: fc.nat({ max: 3 }),
    maxUnavailable: fc.oneof(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 100 }).map((part) => `${part}%`),
    ),
    minReadySeconds: fc.constantFrom(0, 10),
  },
  { requiredKeys: ['replicas', 'isOrdered', 'partition', 'minReadySeconds'] },
)

test('no ordinal is twice, none comes before those before it are well or goes before those after it, and a rollout takes no more than it may', () => {
  fc.assert(
    fc.property(shape, fc.array(event, { maxLength: 80, size: 'max' }), (of, happenings) => {
      const model = new Model(of)
      model.sync()
      for (const { type, at } of happenings) {
        events[type](model, at)
        model.sync()
      }
    }),
    { numRuns: 400 },
  )
})

test('when its pods become ready it comes to its end, whatever came before: all there, all of their revision, none beside', () => {
  fc.assert(
    fc.property(shape, fc.array(event, { maxLength: 40, size: 'max' }), (of, happenings) => {
      const model = new Model(of)
      for (const { type, at } of happenings) {
        events[type](model, at)
        model.sync()
      }
      for (let round = 0; round < 40; round++) {
        for (const [name, pod] of model.pods) if (isGoing(pod)) model.pods.delete(name)
        for (let index = 0; index < model.pods.size; index++)
          model.say((index + 0.5) / model.pods.size, (pod) => (isAvailable(pod, 0, model.now) ? pod : ready(model, 'True')(pod)))
        model.now += 20_000
        model.sync()
      }
      const { replicas = 0 } = model.set.spec ?? {}
      assert.deepEqual(
        [...model.pods.keys()].toSorted(),
        Array.from({ length: replicas }, (_, ordinal) => `web-${ordinal}`),
      )
      for (const pod of model.pods.values()) if ((ordinalOf(pod) ?? 0) >= of.partition) assert.equal(revisionOf(pod), `web-${model.version}`)
      const { status } = model.set
      assert.equal(status?.availableReplicas, replicas)
      if (of.partition === 0) assert.equal(status?.currentRevision, `web-${model.version}`)
    }),
    { numRuns: 200 },
  )
})
