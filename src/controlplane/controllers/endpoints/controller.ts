import { KubeError } from '../../../kube/client.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Endpoints, Node, Pod, Service } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { type Informer, type InformerChange, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { type EndpointSlice, sameEndpoint } from './endpoint.ts'
import { leaderAnnotation, managedByLabel, reconcileSlices, type SliceAction, serviceNameLabel, sliceController } from './slices.ts'
import { reconcileEndpoints } from './subsets.ts'
import { TriggerTimes } from './trigger-times.ts'

const sliceResource = 'endpointslices.discovery.k8s.io'
// kube-controller-manager's --concurrent-service-endpoint-syncs.
const concurrency = 5

const zoneLabel = 'topology.kubernetes.io/zone'

export interface EndpointsOptions extends SchedulerOptions {
  readonly informers: Informers
}

/** kube-controller-manager's endpointslice and endpoints: says of each service with a selector where its pods are. */
export class EndpointsController {
  readonly #options: EndpointsOptions
  readonly #queue: KeyedQueue
  readonly #times = new TriggerTimes()
  readonly #services: Informer<Service>
  readonly #pods: Informer<Pod>
  readonly #nodes: Informer<Node>
  readonly #endpoints: Informer<Endpoints>
  /** Those that are ours, by service, then by name. */
  readonly #slices = new Map<string, Map<string, EndpointSlice>>()

  readonly #writes: readonly ('slices' | 'endpoints')[]

  /** `writes`: what it says where they are in; EndpointSlices (endpointslice-controller), Endpoints (endpoints-controller), or both. */
  constructor(options: EndpointsOptions, writes: readonly ('slices' | 'endpoints')[] = ['slices', 'endpoints']) {
    this.#options = options
    this.#writes = writes
    const { clock, log, signal, informers } = options
    this.#queue = new KeyedQueue({
      name: writes.includes('slices') ? 'endpoint_slice' : 'endpoint',
      clock,
      log,
      signal,
      concurrency,
      handle: (key) => this.#sync(key),
    })
    this.#services = informers.of<Service>('services')
    this.#pods = informers.of<Pod>('pods')
    this.#nodes = informers.of<Node>('nodes')
    this.#endpoints = informers.of<Endpoints>('endpoints')
    this.#pods.onChange((change) => this.#onPod(change))
    if (writes.includes('slices')) informers.of<EndpointSlice>(sliceResource).onChange((change) => this.#onSlice(change))
    if (writes.includes('endpoints')) this.#endpoints.onChange((change) => this.#onEndpoints(change))
    this.#services.onChange(({ object }) => this.#queue.add(keyOf(object)))
  }

  #onPod({ object: pod, gone, previous: before }: InformerChange<Pod>): void {
    const { namespace = '', labels } = pod.metadata ?? {}
    const relabelled = before !== undefined && before.metadata?.labels !== labels
    if (!gone && before && !relabelled && sameEndpoint(before, pod)) return
    for (const service of this.#services.inNamespace(namespace))
      if (selects(service, labels) || (relabelled && selects(service, before.metadata?.labels))) this.#queue.add(keyOf(service))
  }

  /** Somebody else's hand on a slice is undone; our own finds nothing to do. */
  #onSlice({ object: slice, gone }: InformerChange<EndpointSlice>): void {
    const { namespace, name = '', labels } = slice.metadata ?? {}
    const service = labels?.[serviceNameLabel]
    if (service === undefined) return
    const key = `${namespace}/${service}`
    const known = this.#slices.get(key) ?? new Map<string, EndpointSlice>()
    const isOurs = labels?.[managedByLabel] === sliceController
    if (!isOurs && !known.has(name)) return
    if (gone || !isOurs) known.delete(name)
    else known.set(name, slice)
    if (known.size > 0) this.#slices.set(key, known)
    else this.#slices.delete(key)
    this.#queue.add(key)
  }

  /** Those of a service that went while nobody looked, too. */
  #onEndpoints({ object, gone, previous }: InformerChange<Endpoints>): void {
    if (gone || (!previous && !object.metadata?.annotations?.[leaderAnnotation])) this.#queue.add(keyOf(object))
  }

  async #sync(key: string): Promise<void> {
    // What comes in one turn is looked at once.
    await new Promise((resolve) => setImmediate(resolve))
    const { backend } = this.#options
    const [namespace = '', name = ''] = key.split('/')
    const service = this.#services.get(key)
    if (!service) {
      this.#times.forget(key)
      const left = this.#writes.includes('endpoints') ? this.#endpoints.get(key) : undefined
      if (left && !left.metadata?.annotations?.[leaderAnnotation]) await unless(backend.delete({ resource: 'endpoints', namespace, name }))
      return
    }
    if (service.metadata?.deletionTimestamp || service.spec?.type === 'ExternalName' || !hasSelector(service)) return
    const pods = [...this.#pods.inNamespace(namespace)].filter(({ metadata }) => selects(service, metadata?.labels))
    const time = this.#times.next(key, service, pods)
    const triggerTime = time === undefined ? {} : { triggerTime: time }
    const slices = [...(this.#slices.get(key)?.values() ?? [])]
    const zoneOf = (node: string | undefined) => (node === undefined ? undefined : this.#nodes.get(`/${node}`)?.metadata?.labels?.[zoneLabel])
    const endpoints = reconcileEndpoints(service, pods, this.#endpoints.get(key), time)
    const actions = reconcileSlices({ service, pods, slices, zoneOf, ...triggerTime })
    try {
      if (this.#writes.includes('slices')) for (const action of actions) await this.#write(namespace, action)
      if (endpoints && this.#writes.includes('endpoints')) await this.#writeEndpoints(namespace, name, endpoints)
    } catch (error) {
      if (!(error instanceof KubeError)) throw error
      // Changed meanwhile, or the namespace goes: its change is looked at.
      if (error.code === 409) this.#queue.add(key)
      else if (error.code !== 404 && !isTerminating(error)) throw error
    }
  }

  async #write(namespace: string, { type, slice }: SliceAction): Promise<void> {
    const { backend } = this.#options
    const { name = '', uid } = slice.metadata ?? {}
    const at = { resource: sliceResource, namespace }
    if (type === 'create') await backend.create(at, slice)
    else if (type === 'update') await backend.update({ ...at, name }, slice)
    else await unless(backend.delete({ ...at, name }, { preconditions: { ...(uid !== undefined && { uid }) } }))
  }

  async #writeEndpoints(namespace: string, name: string, endpoints: Endpoints): Promise<void> {
    const { backend } = this.#options
    const at = { resource: 'endpoints', namespace }
    if (endpoints.metadata?.resourceVersion) await backend.update({ ...at, name }, endpoints)
    else await backend.create(at, endpoints)
  }
}

const hasSelector = ({ spec }: Service) => Object.keys(spec?.selector ?? {}).length > 0
const selects = (service: Service, labels: Record<string, string> | undefined) =>
  hasSelector(service) && selectorMatches({ matchLabels: service.spec?.selector ?? {} }, labels)
const isTerminating = ({ status }: KubeError) => status?.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true
