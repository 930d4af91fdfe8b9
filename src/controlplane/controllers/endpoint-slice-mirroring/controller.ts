import { KubeError } from '../../../kube/client.ts'
import type { Endpoints, Service } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import type { EndpointSlice } from '../endpoints/endpoint.ts'
import { leaderAnnotation, managedByLabel, type SliceAction, serviceNameLabel } from '../endpoints/slices.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { type Informer, type InformerChange, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { isNamespaceEnding } from '../runtime/namespace-ending.ts'
import { mirror, mirrorController, mostOfSubset } from './reconcile.ts'

export interface MirroringOptions extends SchedulerOptions {
  readonly informers: Informers
}

const resource = 'endpointslices.discovery.k8s.io'
const skipMirror = 'endpointslice.kubernetes.io/skip-mirror'
const call = asController('endpointslicemirroring-controller')
// kube-controller-manager's --mirroring-concurrent-service-endpoint-syncs.
const concurrency = 5

/** kube-controller-manager's endpointslice-mirroring: what somebody's Endpoints of a service without selector say is said by slices, which is where others look. */
export class EndpointSliceMirroring {
  readonly #options: MirroringOptions
  readonly #services: Informer<Service>
  readonly #endpoints: Informer<Endpoints>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  /** Those that are ours, by `namespace/service`, then by name. */
  readonly #slices = new Map<string, Map<string, EndpointSlice>>()

  constructor(options: MirroringOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'endpoint-slice-mirroring-controller' })
    this.#queue = new KeyedQueue({ name: 'endpoint_slice_mirroring', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#services = informers.of<Service>('services')
    this.#endpoints = informers.of<Endpoints>('endpoints')
    informers.of<EndpointSlice>(resource).onChange((change) => this.#onSlice(change))
    this.#endpoints.onChange(({ object }) => this.#queue.add(keyOf(object)))
    this.#services.onChange(({ object, gone, previous }) => {
      if (gone || !previous || hasSelector(object) !== hasSelector(previous)) this.#queue.add(keyOf(object))
    })
  }

  /** Somebody else's hand on a slice is undone; our own finds nothing to do. */
  #onSlice({ object, gone, previous }: InformerChange<EndpointSlice>): void {
    const [before, after] = [serviceOf(previous), gone ? undefined : serviceOf(object)]
    const name = object.metadata?.name ?? ''
    for (const key of new Set([before, after, gone ? serviceOf(object) : undefined])) {
      if (key === undefined) continue
      const slices = this.#slices.get(key) ?? new Map<string, EndpointSlice>()
      if (key === after) slices.set(name, object)
      else slices.delete(name)
      if (slices.size > 0) this.#slices.set(key, slices)
      else this.#slices.delete(key)
      this.#queue.add(key)
    }
  }

  async #sync(key: string): Promise<void> {
    const endpoints = this.#endpoints.get(key)
    const service = this.#services.get(key)
    const slices = [...(this.#slices.get(key)?.values() ?? [])]
    if (!endpoints || !isMirrored(endpoints) || !service || hasSelector(service)) {
      for (const slice of slices) await this.#write({ type: 'delete', slice })
      return
    }
    const { actions, invalid, skipped } = mirror(endpoints, slices)
    // What goes makes nothing more.
    const allowed = endpoints.metadata?.deletionTimestamp ? actions.filter(({ type }) => type !== 'create') : actions
    try {
      for (const action of allowed) await this.#write(action)
    } catch (error) {
      if (!isNamespaceEnding(error)) throw error
    }
    if (allowed.length === 0) return
    if (invalid > 0) this.#tell(endpoints, 'InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`)
    if (skipped > 0)
      this.#tell(
        endpoints,
        'TooManyAddressesToMirror',
        `A max of ${mostOfSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ${invalid + skipped} addresses were skipped`,
      )
  }

  async #write({ type, slice }: SliceAction): Promise<void> {
    const { backend } = this.#options
    const { name = '', namespace, uid } = slice.metadata ?? {}
    try {
      if (type === 'create') await backend.create({ resource, namespace }, slice, call)
      else if (type === 'update') await backend.update({ resource, namespace, name }, slice, call)
      else await unless(backend.delete({ resource, namespace, name }, { preconditions: { ...(uid !== undefined && { uid }) } }, call))
    } catch (error) {
      // Changed or gone meanwhile: its change is looked at.
      if (!(error instanceof KubeError) || type === 'create' || (error.code !== 404 && error.code !== 409)) throw error
    }
  }

  #tell({ metadata }: Endpoints, reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { kind: 'Endpoints', apiVersion: 'v1', name, namespace, uid, resourceVersion }, type: 'Warning', reason, message })
  }
}

const hasSelector = ({ spec }: Service) => Object.keys(spec?.selector ?? {}).length > 0
const isMirrored = ({ metadata }: Endpoints) => metadata?.labels?.[skipMirror] !== 'true' && metadata?.annotations?.[leaderAnnotation] === undefined

/** `namespace/service` of a slice that is ours. */
function serviceOf(slice: EndpointSlice | undefined): string | undefined {
  const { namespace = '', labels } = slice?.metadata ?? {}
  const name = labels?.[managedByLabel] === mirrorController ? labels[serviceNameLabel] : undefined
  return name ? `${namespace}/${name}` : undefined
}
