import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { failureDelays } from '../../../../src/controlplane/controllers/daemon-set/controller.ts'
import { limitsOf } from '../../../../src/controlplane/controllers/daemon-set/limits.ts'
import { nodeOf, placementsOf } from '../../../../src/controlplane/controllers/daemon-set/placement.ts'
import { isUpToDate, podOf } from '../../../../src/controlplane/controllers/daemon-set/pod-of.ts'
import { reconcile } from '../../../../src/controlplane/controllers/daemon-set/reconcile.ts'
import { FailedPods } from '../../../../src/controlplane/controllers/runtime/failed-pods.ts'
import { availableAt, hasEnded } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import type { DaemonSet, Node, Pod } from '../../../../src/kube/objects.ts'
import { aDaemonSet, rolling } from './daemon-stage.ts'

interface Shape {
  readonly nodes: number
  readonly limit: number | string
  readonly surges: boolean
  readonly minReadySeconds: number
}

const isGoing = ({ metadata }: Pod) => metadata?.deletionTimestamp !== undefined
const isPresent = (pod: Pod) => !isGoing(pod) && !hasEnded(pod)

/** A set, nodes, pods and the rules alone. Pods that are deleted go when the node says so; what must never be is looked for at every step. */
class Model {
  readonly shape: Shape
  set: DaemonSet
  nodes: Node[]
  pods = new Map<string, Pod>()
  hash = 1
  now = Date.UTC(2026, 0, 1)
  readonly #failed = new FailedPods(failureDelays)
  #made = 0

  constructor(shape: Shape) {
    this.shape = shape
    const { limit, surges, minReadySeconds } = shape
    const made = aDaemonSet({ ...rolling(surges ? { maxSurge: limit, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: limit }), minReadySeconds })
    this.set = { ...made, metadata: { name: 'log', uid: 'set', generation: 1 } } as DaemonSet
    this.nodes = Array.from({ length: shape.nodes }, (_, index) => ({ metadata: { name: `node-${index}` } }) as Node)
  }

  /** The pods that run on a node, or are to. */
  on = (node: Node) => [...this.pods.values()].filter((pod) => nodeOf(pod) === node.metadata?.name && isPresent(pod))
  isAvailable = (pod: Pod) => !isGoing(pod) && (availableAt(pod, this.shape.minReadySeconds) ?? Infinity) <= this.now

  get wanted(): readonly Node[] {
    return this.nodes.filter((node) => placementsOf(this.set)(node).run)
  }

  get available(): number {
    return this.wanted.filter((node) => this.on(node).some(this.isAvailable)).length
  }

  sync(): void {
    const before = this.available
    const pods = [...this.pods.values()]
    const mayDeleteAt = (node: string) => this.#failed.mayDeleteAt(node)
    const plan = reconcile({ set: this.set, hash: String(this.hash), nodes: this.nodes, pods, settled: true, mayDeleteAt }, this.now)
    for (const name of plan.create) this.#create(name)
    for (const { pod, why, node } of plan.remove) {
      assert.ok(!isGoing(pod), `${pod.metadata?.name} is deleted twice`)
      if (why === 'failed') this.#failed.deleted(node, this.now)
      this.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date(this.now).toISOString() } } as Pod)
    }
    this.set = { ...this.set, status: plan.status } as DaemonSet
    const { unavailable } = limitsOf(this.set, this.wanted.length)
    assert.ok(this.available >= Math.min(before, this.wanted.length - unavailable), `${this.available} of ${this.wanted.length} are available, ${before} were`)
  }

  #create(name: string): void {
    const node = this.nodes.find(({ metadata }) => metadata?.name === name)
    assert.ok(node && placementsOf(this.set)(node).run, `${name} is to have none`)
    const there = this.on(node)
    // Without surge it waits until the one before has ended.
    const blocking = [...this.pods.values()].filter((pod) => nodeOf(pod) === name && !(isGoing(pod) && hasEnded(pod)))
    if (!this.shape.surges) assert.deepEqual(blocking, [], 'two of one node')
    assert.ok(
      there.every((pod) => !isUpToDate(this.set, pod, String(this.hash))),
      'two of one node and one revision',
    )
    assert.ok(there.length <= 1)
    const uid = `pod-${this.#made++}`
    const made = podOf(this.set, name, String(this.hash))
    this.put({
      ...made,
      metadata: { ...made.metadata, name: uid, uid, creationTimestamp: new Date(this.now).toISOString() },
      status: { phase: 'Pending' },
    } as Pod)
    if (!there.some(this.isAvailable)) return
    // Beside one that serves nobody there is a new one at once.
    const surging = this.wanted.filter((each) => this.on(each).length === 2 && this.on(each).some(this.isAvailable) && !this.on(each).every(this.isAvailable))
    const { surge } = limitsOf(this.set, this.wanted.length)
    assert.ok(surging.length <= surge, `${surging.length} nodes have two, ${surge} may`)
  }

  put(pod: Pod): void {
    this.pods.set(pod.metadata?.name ?? '', pod)
  }

  say(at: number, change: (pod: Pod) => Pod | undefined): void {
    const entry = [...this.pods][Math.floor(at * this.pods.size)]
    if (!entry) return
    const next = change(entry[1])
    if (next) this.put(next)
    else this.pods.delete(entry[0])
  }

  taint(at: number, effect: string | undefined): void {
    const index = Math.floor(at * this.nodes.length)
    this.nodes = this.nodes.map((node, each) =>
      each === index ? ({ ...node, spec: { taints: effect ? [{ key: 'example.com/odd', effect }] : [] } } as Node) : node,
    )
  }
}

const ready = (model: Model, status: 'True' | 'False') => (pod: Pod) =>
  hasEnded(pod)
    ? pod
    : ({ ...pod, status: { phase: 'Running', conditions: [{ type: 'Ready', status, lastTransitionTime: new Date(model.now).toISOString() }] } } as Pod)

const events = {
  ready: (model: Model, at: number) => model.say(at, ready(model, 'True')),
  unready: (model: Model, at: number) => model.say(at, ready(model, 'False')),
  failed: (model: Model, at: number) => model.say(at, (pod) => ({ ...pod, status: { phase: at > 0.3 ? 'Failed' : 'Succeeded' } }) as Pod),
  gone: (model: Model, at: number) => model.say(at, (pod) => (isGoing(pod) ? undefined : pod)),
  /** Somebody else deletes it. */
  deleted: (model: Model, at: number) => model.say(at, (pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }) as Pod),
  killed: (model: Model, at: number) => model.say(at, () => undefined),
  template: (model: Model) => {
    model.hash++
  },
  back: (model: Model) => {
    model.hash = 1
  },
  'keeps away': (model: Model, at: number) => model.taint(at, 'NoSchedule'),
  'drives out': (model: Model, at: number) => model.taint(at, 'NoExecute'),
  'takes again': (model: Model, at: number) => model.taint(at, undefined),
  later: (model: Model, at: number) => {
    model.now += Math.floor(at * 40_000)
  },
}

const event = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  type: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom('ready' as const, 'gone' as const) },
    { weight: 4, arbitrary: fc.constantFrom('unready' as const, 'failed' as const, 'deleted' as const, 'later' as const, 'takes again' as const) },
    { weight: 2, arbitrary: fc.constantFrom('template' as const, 'back' as const, 'keeps away' as const, 'drives out' as const, 'killed' as const) },
  ),
})
const shape: fc.Arbitrary<Shape> = fc.record({
  nodes: fc.integer({ min: 1, max: 7 }),
  limit: fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 100 }).map((part) => `${part}%`),
  ),
  surges: fc.boolean(),
  minReadySeconds: fc.constantFrom(0, 10),
})

test('no node has two pods but by surge, and no more are taken by a rollout than may be missing, whatever happens meanwhile', () => {
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

test('when its pods become ready each wanted node has one of the present template, and no other has any that is driven out', () => {
  fc.assert(
    fc.property(shape, fc.array(event, { maxLength: 40, size: 'max' }), (of, happenings) => {
      const model = new Model(of)
      for (const { type, at } of happenings) {
        events[type](model, at)
        model.sync()
      }
      for (let round = 0; round < 60; round++) {
        for (const [name, pod] of model.pods) if (isGoing(pod)) model.pods.delete(name)
        for (const pod of model.pods.values()) if (availableAt(pod, 0) === undefined) model.put(ready(model, 'True')(pod))
        model.now += 60_000
        model.sync()
      }
      for (const node of model.nodes) {
        const { run, stay } = placementsOf(model.set)(node)
        const there = model.on(node)
        if (run) {
          assert.equal(there.length, 1)
          assert.ok(there.every((pod) => isUpToDate(model.set, pod, String(model.hash))))
        } else if (!stay) assert.deepEqual(there, [])
        else assert.ok(there.length <= 1)
      }
      const wanted = model.wanted.length
      const { desiredNumberScheduled, numberAvailable = 0, updatedNumberScheduled = 0, numberUnavailable = 0 } = model.set.status ?? {}
      assert.deepEqual([desiredNumberScheduled, numberAvailable, updatedNumberScheduled, numberUnavailable], [wanted, wanted, wanted, 0])
    }),
    { numRuns: 200 },
  )
})
