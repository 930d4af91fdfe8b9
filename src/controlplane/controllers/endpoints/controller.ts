import { KubeError } from '../../../kube/client.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Endpoints, KubeObject, Pod, Service } from '../../../kube/objects.ts'
import type { ObservedChange } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { type EndpointSlice, sameEndpoint } from './endpoint.ts'
import { leaderAnnotation, managedByLabel, reconcileSlices, type SliceAction, serviceNameLabel, sliceController } from './slices.ts'
import { reconcileEndpoints } from './subsets.ts'
import { TriggerTimes } from './trigger-times.ts'

const sliceResource = 'endpointslices.discovery.k8s.io'
// kube-controller-manager's --concurrent-service-endpoint-syncs.
const concurrency = 5

const zoneLabel = 'topology.kubernetes.io/zone'

/** kube-controller-manager's endpointslice and endpoints: says of each service with a selector where its pods are. */
export class EndpointsController {
  readonly #options: SchedulerOptions
  readonly #queue: KeyedQueue
  readonly #times = new TriggerTimes()
  /** By namespace, then by name. */
  readonly #services = new Map<string, Map<string, Service>>()
  readonly #pods = new Map<string, Map<string, Pod>>()
  /** Those that are ours, by service, then by name. */
  readonly #slices = new Map<string, Map<string, EndpointSlice>>()
  readonly #endpoints = new Map<string, Endpoints>()
  readonly #zones = new Map<string, string>()

  readonly #writes: readonly ('slices' | 'endpoints')[]

  /** `writes`: what it says where they are in; EndpointSlices (endpointslice-controller), Endpoints (endpoints-controller), or both. */
  constructor(options: SchedulerOptions, writes: readonly ('slices' | 'endpoints')[] = ['slices', 'endpoints']) {
    this.#options = options
    this.#writes = writes
    const { clock, log, signal } = options
    this.#queue = new KeyedQueue({
      name: writes.includes('slices') ? 'endpoint_slice' : 'endpoint',
      clock,
      log,
      signal,
      concurrency,
      handle: (key) => this.#sync(key),
    })
  }

  async run(): Promise<void> {
    const { backend, signal } = this.#options
    const stops = [
      backend.observe('nodes', ({ object, gone }) => {
        const zone = gone ? undefined : object.metadata?.labels?.[zoneLabel]
        if (zone) this.#zones.set(object.metadata?.name ?? '', zone)
        else this.#zones.delete(object.metadata?.name ?? '')
      }),
      backend.observe('pods', (change) => this.#onPod(change)),
      backend.observe(sliceResource, (change) => this.#onSlice(change)),
      backend.observe('endpoints', (change) => this.#onEndpoints(change)),
      backend.observe('services', ({ object, gone }) => {
        keep(this.#services, object.metadata?.namespace ?? '', object as Service, gone)
        this.#queue.add(keyOf(object))
      }),
    ]
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
    for (const stop of stops) stop()
  }

  #onPod({ object, gone, previous }: ObservedChange): void {
    const pod = object as Pod
    const before = previous as Pod | undefined
    const { namespace = '', labels } = pod.metadata ?? {}
    keep(this.#pods, namespace, pod, gone)
    const relabelled = before !== undefined && before.metadata?.labels !== labels
    if (!gone && before && !relabelled && sameEndpoint(before, pod)) return
    for (const service of this.#services.get(namespace)?.values() ?? [])
      if (selects(service, labels) || (relabelled && selects(service, before.metadata?.labels))) this.#queue.add(keyOf(service))
  }

  /** Somebody else's hand on a slice is undone; our own finds nothing to do. */
  #onSlice({ object, gone }: ObservedChange): void {
    const { namespace, labels } = object.metadata ?? {}
    const service = labels?.[serviceNameLabel]
    if (service === undefined) return
    const key = `${namespace}/${service}`
    const isOurs = labels?.[managedByLabel] === sliceController
    if (!isOurs && !this.#slices.get(key)?.has(object.metadata?.name ?? '')) return
    keep(this.#slices, key, object as EndpointSlice, gone || !isOurs)
    this.#queue.add(key)
  }

  #onEndpoints({ object, gone, previous }: ObservedChange): void {
    const key = keyOf(object)
    if (gone) this.#endpoints.delete(key)
    else this.#endpoints.set(key, object as Endpoints)
    // Of a service that went while nobody looked.
    if (gone || (!previous && !object.metadata?.annotations?.[leaderAnnotation])) this.#queue.add(key)
  }

  async #sync(key: string): Promise<void> {
    // What comes in one turn is looked at once.
    await new Promise((resolve) => setImmediate(resolve))
    const { backend } = this.#options
    const [namespace = '', name = ''] = key.split('/')
    const service = this.#services.get(namespace)?.get(name)
    if (!service) {
      this.#times.forget(key)
      if (this.#writes.includes('endpoints') && this.#endpoints.has(key) && !this.#endpoints.get(key)?.metadata?.annotations?.[leaderAnnotation])
        await unless(backend.delete({ resource: 'endpoints', namespace, name }))
      return
    }
    if (service.metadata?.deletionTimestamp || service.spec?.type === 'ExternalName' || !hasSelector(service)) return
    const pods = [...(this.#pods.get(namespace)?.values() ?? [])].filter(({ metadata }) => selects(service, metadata?.labels))
    const time = this.#times.next(key, service, pods)
    const triggerTime = time === undefined ? {} : { triggerTime: time }
    const slices = [...(this.#slices.get(key)?.values() ?? [])]
    const zoneOf = (node: string | undefined) => (node === undefined ? undefined : this.#zones.get(node))
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

const keyOf = ({ metadata }: KubeObject) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
const hasSelector = ({ spec }: Service) => Object.keys(spec?.selector ?? {}).length > 0
const selects = (service: Service, labels: Record<string, string> | undefined) =>
  hasSelector(service) && selectorMatches({ matchLabels: service.spec?.selector ?? {} }, labels)
const isTerminating = ({ status }: KubeError) => status?.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true

function keep<T extends KubeObject>(groups: Map<string, Map<string, T>>, group: string, object: T, gone: boolean): void {
  const name = object.metadata?.name ?? ''
  const known = groups.get(group) ?? new Map<string, T>()
  if (gone) known.delete(name)
  else known.set(name, object)
  if (known.size > 0) groups.set(group, known)
  else groups.delete(group)
}
