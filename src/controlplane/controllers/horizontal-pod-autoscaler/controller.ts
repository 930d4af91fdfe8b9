import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../../kube/client.ts'
import type { Pod } from '../../../kube/objects.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { unless } from '../../scheduler/follow.ts'
import type { ReplicaSetOptions } from '../replica-set/replica-sets.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { type Informer, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { type ReadScale, ScaleReader } from '../runtime/scale-reader.ts'
import { type Autoscaler, type AutoscalerEvent, type AutoscalerStatus, warning } from './autoscaler.ts'
import type { History } from './history.ts'
import { type MetricOutcome, outcomeOf } from './metric-outcome.ts'
import type { MetricsSource } from './metrics-source.ts'
import { type AutoscalerPlan, byBounds, type Measured, notRescaled, reconcile, rescaled, withoutScale } from './reconcile.ts'
import type { OtherServers } from './remote-metrics.ts'
import { ServedMetrics } from './served-metrics.ts'
import { TargetSelectors } from './target-selectors.ts'
import { tolerancesOf } from './tolerance.ts'

export interface AutoscalerOptions extends ReplicaSetOptions {
  readonly kinds: ServedKinds
  /** What the API server serves unless said. */
  readonly metrics?: MetricsSource
  /** Leads to the servers of custom and external metrics. */
  readonly aggregator?: OtherServers
}

const resource = 'horizontalpodautoscalers.autoscaling'
// kube-controller-manager's --horizontal-pod-autoscaler-sync-period and --concurrent-horizontal-pod-autoscaler-syncs.
const syncMs = 15_000
const concurrency = 5
// client-go's retry.DefaultRetry.
const maxTries = 5
const component = 'horizontal-pod-autoscaler'
const call = asController(component)

/** kube-controller-manager's horizontal-pod-autoscaler: every 15 s, as many replicas as bring what pods use to what is wished. */
export class HorizontalPodAutoscalerController {
  readonly #options: AutoscalerOptions
  readonly #autoscalers: Informer<Autoscaler>
  readonly #pods: Informer<Pod>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  readonly #scales: ScaleReader
  readonly #metrics: MetricsSource
  /** By key of the autoscaler. */
  readonly #histories = new Map<string, History>()
  readonly #selectors = new TargetSelectors()
  readonly #known = new Set<string>()

  constructor(options: AutoscalerOptions) {
    const { clock, log, signal, informers, backend, kinds } = options
    this.#options = options
    this.#scales = new ScaleReader(backend, kinds)
    this.#metrics = options.metrics ?? new ServedMetrics(backend, kinds, () => clock.wall(), options.aggregator)
    this.#events = new EventRecorder({ ...options, component })
    this.#queue = new KeyedQueue({ name: 'horizontalpodautoscaler', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#autoscalers = informers.of<Autoscaler>(resource)
    this.#pods = informers.of<Pod>('pods')
    this.#autoscalers.onChange(({ object, gone }) => this.#onAutoscaler(keyOf(object), gone))
  }

  /** It is looked at when its time has come, whatever happens to it. */
  #onAutoscaler(key: string, gone: boolean): void {
    if (gone) {
      this.#known.delete(key)
      this.#histories.delete(key)
      this.#selectors.forget(key)
      this.#queue.schedule(key, undefined)
    } else if (!this.#known.has(key)) {
      this.#known.add(key)
      this.#queue.schedule(key, syncMs)
    }
  }

  async #sync(key: string): Promise<void> {
    const autoscaler = this.#autoscalers.get(key)
    if (!autoscaler) return
    try {
      await this.#reconcile(key, autoscaler)
    } catch (error) {
      this.#options.log.debug('an autoscaler could not be looked at', { autoscaler: key, error: String(error) })
    }
    if (this.#known.has(key)) this.#queue.schedule(key, syncMs)
  }

  async #reconcile(key: string, autoscaler: Autoscaler): Promise<void> {
    const { clock } = this.#options
    const namespace = autoscaler.metadata?.namespace ?? ''
    let read: ReadScale
    try {
      const reference = autoscaler.spec?.scaleTargetRef ?? { kind: '', name: '' }
      read = await this.#scales.read(this.#scales.resourceOf(reference, false), namespace, reference.name)
    } catch (error) {
      return this.#tell(autoscaler, withoutScale(autoscaler, messageOf(error), clock.wall()))
    }
    const current = read.scale.spec?.replicas ?? 0
    const measured = byBounds(autoscaler, current).kind === 'measured' ? await this.#measure(key, autoscaler, read) : undefined
    const history = this.#histories.get(key)
    const plan = reconcile({ autoscaler, current, history, ...(measured && { measured }) }, clock.wall())
    const done = await this.#rescale(plan, autoscaler, read, current)
    if (this.#known.has(key)) this.#histories.set(key, done.history)
    await this.#tell(autoscaler, done)
  }

  async #measure(key: string, autoscaler: Autoscaler, { scale }: ReadScale): Promise<Measured> {
    const namespace = autoscaler.metadata?.namespace ?? ''
    const selector = scale.status?.selector ?? ''
    const inNamespace = [...this.#pods.inNamespace(namespace)]
    const selection = this.#selectors.select(key, selector, inNamespace)
    if (selection.kind === 'refused') return { kind: 'unselectable', said: selection.said, event: selection.event }
    const target = {
      namespace,
      selector,
      selects: selection.selects,
      pods: selection.pods,
      wanted: scale.spec?.replicas ?? 0,
      running: scale.status?.replicas ?? 0,
      tolerances: tolerancesOf(autoscaler.spec?.behavior),
    }
    const outcomes: MetricOutcome[] = []
    for (const spec of autoscaler.spec?.metrics ?? []) outcomes.push(await outcomeOf(spec, target, this.#metrics, this.#options.clock.wall()))
    return { kind: 'metrics', outcomes }
  }

  async #rescale(plan: AutoscalerPlan, autoscaler: Autoscaler, read: ReadScale, current: number): Promise<AutoscalerPlan> {
    const { rescale } = plan
    if (!rescale) return plan
    const { clock } = this.#options
    try {
      await this.#write(read, rescale.replicas, autoscaler)
      return rescaled(plan, autoscaler, current, rescale, clock.wall())
    } catch (error) {
      return notRescaled(plan, autoscaler, rescale, messageOf(error), clock.wall())
    }
  }

  /** Over what the target is by now, when somebody else changed it meanwhile. */
  async #write(read: ReadScale, replicas: number, { metadata, spec }: Autoscaler): Promise<void> {
    const reference = spec?.scaleTargetRef ?? { kind: '', name: '' }
    for (let [present, tries] = [read, 1]; ; tries++) {
      try {
        return await this.#scales.write(present, replicas, call)
      } catch (error) {
        if (!(error instanceof KubeError && error.reason === 'Conflict') || tries >= maxTries) throw error
      }
      present = await this.#scales.read(this.#scales.resourceOf(reference, false), metadata?.namespace ?? '', reference.name)
    }
  }

  async #tell(autoscaler: Autoscaler, { status, events }: { status: AutoscalerStatus; events: readonly AutoscalerEvent[] }): Promise<void> {
    for (const event of events) this.#record(autoscaler, event)
    if (isDeepStrictEqual(autoscaler.status, status)) return
    const { name = '', namespace } = autoscaler.metadata ?? {}
    const next = { ...autoscaler, status } as Autoscaler
    try {
      await unless(this.#options.backend.update({ resource, namespace, name }, next, { ...call, subresource: 'status' }), [404])
    } catch (error) {
      this.#record(autoscaler, warning('FailedUpdateStatus', messageOf(error)))
      throw error
    }
  }

  #record({ metadata }: Autoscaler, event: AutoscalerEvent): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v2', name, namespace, uid, resourceVersion }, ...event })
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
