import { isDeepStrictEqual } from 'node:util'
import type { BudgetStatus } from '../../../kube/disruption-allowed.ts'
import type { KubeObject, Pod, PodDisruptionBudget, ReplicaSet } from '../../../kube/objects.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { unless } from '../../scheduler/follow.ts'
import type { ReplicaSetOptions } from '../replica-set/replica-sets.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { controllerOf, type Informer, type InformerChange, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { isReady } from '../runtime/pod-state.ts'
import { ScaleReader } from '../runtime/scale-reader.ts'
import { type ExpectedScale, holds, needsScale } from './expected-pods.ts'
import { type BudgetEvent, failed, reconcile } from './reconcile.ts'
import { staleAt, withoutTarget } from './stale-target.ts'

export interface DisruptionOptions extends ReplicaSetOptions {
  readonly kinds: ServedKinds
}

type Owner = NonNullable<ReturnType<typeof controllerOf>>

const resource = 'poddisruptionbudgets.policy'
const call = asController('disruption-controller')

/** kube-controller-manager's disruption: how many pods of a PodDisruptionBudget may be missing now, which evictions ask. */
export class DisruptionController {
  readonly #options: DisruptionOptions
  readonly #budgets: Informer<PodDisruptionBudget>
  readonly #pods: Informer<Pod>
  readonly #sets: Informer<ReplicaSet>
  readonly #queue: KeyedQueue
  /** Pods that were to be disrupted and may not have been. */
  readonly #targets: KeyedQueue
  readonly #events: EventRecorder
  readonly #scales: ScaleReader

  constructor(options: DisruptionOptions) {
    const { clock, log, signal, informers, backend, kinds } = options
    this.#options = options
    this.#scales = new ScaleReader(backend, kinds)
    this.#events = new EventRecorder({ ...options, component: 'controllermanager' })
    const queue = { clock, log, signal, concurrency: 1 }
    this.#queue = new KeyedQueue({ ...queue, name: 'disruption', handle: (key) => this.#sync(key) })
    this.#targets = new KeyedQueue({ ...queue, name: 'stale_pod_disruption', handle: (key) => this.#syncTarget(key) })
    this.#budgets = informers.of<PodDisruptionBudget>(resource)
    this.#pods = informers.of<Pod>('pods')
    this.#sets = informers.of<ReplicaSet>('replicasets.apps')
    this.#budgets.onChange(({ object }) => this.#queue.add(keyOf(object)))
    this.#pods.onChange((change) => this.#onPod(change))
  }

  #onPod({ object, previous, gone }: InformerChange<Pod>): void {
    if (staleAt(object) !== undefined) this.#targets.add(keyOf(object))
    if (!gone && previous && isSameToBudgets(object, previous)) return
    const held = [...this.#budgets.inNamespace(object.metadata?.namespace ?? '')].filter(
      (budget) => holds(budget, object) || (previous !== undefined && holds(budget, previous)),
    )
    for (const budget of held) this.#queue.add(keyOf(budget))
    const [first, ...others] = gone ? [] : held.filter((budget) => holds(budget, object)).map(({ metadata }) => metadata?.name)
    if (others.length === 0) return
    const { name, namespace } = object.metadata ?? {}
    const message = `Pod ${JSON.stringify(namespace)}/${JSON.stringify(name)} matches multiple PodDisruptionBudgets.  Chose ${JSON.stringify(first)} arbitrarily.`
    this.#record(object, { pod: object, type: 'Warning', reason: 'MultiplePodDisruptionBudgets', message })
  }

  async #sync(key: string): Promise<void> {
    const budget = this.#budgets.get(key)
    if (!budget) return this.#queue.schedule(key, undefined)
    const now = this.#options.clock.wall()
    const pods = [...this.#pods.inNamespace(budget.metadata?.namespace ?? '')].filter((pod) => holds(budget, pod))
    let scale: ExpectedScale | undefined
    try {
      if (needsScale(budget)) scale = await this.#expectedScale(pods)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const message = `Failed to calculate the number of expected pods: ${why}`
      this.#record(budget, { type: 'Warning', reason: 'CalculateExpectedPodCountFailed', message })
      return this.#tell(budget, failed(budget, why, now))
    }
    const plan = reconcile({ budget, pods, ...(scale && { scale }) }, now)
    for (const event of plan.events) this.#record(budget, event)
    await this.#tell(budget, plan.status)
    this.#queue.schedule(key, plan.nextAt === undefined ? undefined : plan.nextAt - now)
  }

  /** What all the controllers of the pods are to have together. Throws for a pod whose controller has no scale. */
  async #expectedScale(pods: readonly Pod[]): Promise<ExpectedScale> {
    const replicas = new Map<string, number>()
    const asked = new Set<string>()
    const unmanaged: string[] = []
    for (const pod of pods) {
      const owner = controllerOf(pod)
      if (!owner) unmanaged.push(pod.metadata?.name ?? '')
      if (!owner || asked.has(owner.uid)) continue
      asked.add(owner.uid)
      const found = await this.#scaleOf(owner, pod.metadata?.namespace ?? '')
      if (!found) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata?.name)}`)
      replicas.set(found.uid, found.replicas)
    }
    return { replicas: [...replicas.values()].reduce((sum, each) => sum + each, 0), unmanaged }
  }

  /** Of a Deployment's ReplicaSet it is the Deployment that says how many there are to be. */
  async #scaleOf(owner: Owner, namespace: string): Promise<{ uid: string; replicas: number } | undefined> {
    const set = owner.kind === 'ReplicaSet' ? this.#sets.get(`${namespace}/${owner.name}`) : undefined
    const above = set && set.metadata?.uid === owner.uid ? controllerOf(set) : undefined
    const deployment = above?.kind === 'Deployment' ? await this.#ownScaleOf(above, namespace) : undefined
    return deployment ?? this.#ownScaleOf(owner, namespace)
  }

  async #ownScaleOf(owner: Owner, namespace: string): Promise<{ uid: string; replicas: number } | undefined> {
    const definition = this.#scales.resourceOf(owner, true)
    const { group, resource: plural } = definition
    if (!this.#scales.hasScale(definition)) throw new Error(`${group ? `${plural}.${group}` : plural} does not implement the scale subresource`)
    const { scale } = (await unless(this.#scales.read(definition, namespace, owner.name), [404])) ?? {}
    return scale?.metadata?.uid === owner.uid ? { uid: owner.uid, replicas: scale.spec?.replicas ?? 0 } : undefined
  }

  async #tell(budget: PodDisruptionBudget, status: BudgetStatus): Promise<void> {
    if (isDeepStrictEqual({ ...budget.status }, { ...status })) return
    const { name = '', namespace } = budget.metadata ?? {}
    const next = { ...budget, status } as PodDisruptionBudget
    await unless(this.#options.backend.update({ resource, namespace, name }, next, { ...call, subresource: 'status' }), [404])
  }

  async #syncTarget(key: string): Promise<void> {
    const pod = this.#pods.get(key)
    const at = pod && staleAt(pod)
    if (!pod || at === undefined) return this.#targets.schedule(key, undefined)
    const { clock, backend } = this.#options
    const now = clock.wall()
    if (at > now) return this.#targets.schedule(key, at - now)
    const { name = '', namespace } = pod.metadata ?? {}
    const next = { ...pod, status: { ...pod.status, conditions: withoutTarget(pod, now) } } as Pod
    await unless(backend.update({ resource: 'pods', namespace, name }, next, { ...call, subresource: 'status' }), [404])
  }

  #record(budget: KubeObject, { pod, type, reason, message }: BudgetEvent): void {
    const { name, namespace, uid, resourceVersion } = (pod ?? budget).metadata ?? {}
    const kind = pod ? { kind: 'Pod', apiVersion: 'v1' } : { kind: 'PodDisruptionBudget', apiVersion: 'policy/v1' }
    this.#events.record({ object: { ...kind, name, namespace, uid, resourceVersion }, type, reason, message })
  }
}

/** Whether a pod counts as it did: most that happens to one is nothing to a budget. */
const isSameToBudgets = (pod: Pod, before: Pod): boolean =>
  isReady(pod) === isReady(before) &&
  pod.metadata?.deletionTimestamp === before.metadata?.deletionTimestamp &&
  controllerOf(pod)?.uid === controllerOf(before)?.uid &&
  isDeepStrictEqual(pod.metadata?.labels, before.metadata?.labels)
