import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, Service } from '../../../kube/objects.ts'
import { type Aggregator, apiServiceResource } from '../../apiserver/aggregation/aggregator.ts'
import type { APIService } from '../../apiserver/kinds/apiregistration/api-services.ts'
import type { ObservedChange } from '../../apiserver/rest/backend.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import type { EndpointSlice } from '../endpoints/endpoint.ts'
import { serviceNameLabel } from '../endpoints/slices.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'

export interface Availability {
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

export interface AvailabilityOptions extends SchedulerOptions {
  readonly aggregator: Pick<Aggregator, 'discover'>
}

const sliceResource = 'endpointslices.discovery.k8s.io'
// kube-aggregator's resync of APIServices: a server that died is seen by then.
const againMs = 30_000

const local: Availability = { status: 'True', reason: 'Local', message: 'Local APIServices are always available' }
const passed: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' }

/** What stands in the way of asking an APIService's server at all; undefined when nothing does. Source: kube-aggregator's remote availability controller. */
export function obstacle({ spec }: APIService, service: Service | undefined, slices: readonly EndpointSlice[]): Availability | undefined {
  const { name = '', namespace = '', port = 443 } = spec?.service ?? {}
  const not = (reason: string, message: string): Availability => ({ status: 'False', reason, message })
  const named = `service/${name} in "${namespace}"`
  if (!service) return not('ServiceNotFound', `${named} is not present`)
  if ((service.spec?.type ?? 'ClusterIP') !== 'ClusterIP') return undefined
  const found = service.spec?.ports?.find((each) => each.port === port)
  if (!found) return not('ServicePortError', `${named} is not listening on port ${port}`)
  if (slices.length === 0) return not('EndpointsNotFound', `cannot find endpointslices for ${named}`)
  const portName = found.name ?? ''
  const serves = ({ endpoints, ports }: EndpointSlice) =>
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) && (ports ?? []).some((each) => (each.name ?? '') === portName && each.port != null)
  return slices.some(serves) ? undefined : not('MissingEndpoints', `endpointslices for ${named} have no addresses with port name "${portName}"`)
}

/** Says of each APIService whether its server answers, until the signal aborts. */
export class AvailabilityController {
  readonly #options: AvailabilityOptions
  readonly #queue: KeyedQueue
  /** Names of the APIServices by `namespace/name` of the service. */
  readonly #byService = new Map<string, Set<string>>()
  readonly #serviceOf = new Map<string, string>()

  constructor(options: AvailabilityOptions) {
    const { backend, clock, log, signal } = options
    this.#options = options
    this.#queue = new KeyedQueue({ name: 'apiservice-availability', clock, log, signal, concurrency: 5, handle: (name) => this.#sync(name) })
    const stops = [
      backend.observe(apiServiceResource, (change) => this.#onAPIService(change)),
      backend.observe('services', ({ object }) => this.#onService(`${object.metadata?.namespace}/${object.metadata?.name}`)),
      backend.observe(sliceResource, ({ object }) => this.#onService(`${object.metadata?.namespace}/${object.metadata?.labels?.[serviceNameLabel]}`)),
    ]
    signal.addEventListener('abort', () => stops.forEach((stop) => void stop()), { once: true })
  }

  #onAPIService({ object, gone, previous }: ObservedChange): void {
    const { metadata, spec } = object as APIService
    const name = metadata?.name ?? ''
    const before = this.#serviceOf.get(name)
    const after = gone || !spec?.service ? undefined : `${spec.service.namespace}/${spec.service.name}`
    if (before !== after) {
      if (before !== undefined) {
        this.#byService.get(before)?.delete(name)
        if (this.#byService.get(before)?.size === 0) this.#byService.delete(before)
        this.#serviceOf.delete(name)
      }
      if (after !== undefined) {
        this.#serviceOf.set(name, after)
        this.#byService.set(after, (this.#byService.get(after) ?? new Set()).add(name))
      }
    }
    // What is said of it here is no news.
    if (!gone && !isDeepStrictEqual(spec, (previous as APIService | undefined)?.spec)) this.#queue.add(name)
    if (gone) this.#queue.schedule(name, undefined)
  }

  #onService(key: string): void {
    for (const name of this.#byService.get(key) ?? []) this.#queue.add(name)
  }

  async #sync(name: string): Promise<void> {
    const { backend, aggregator } = this.#options
    const found = (await unless(backend.get({ resource: apiServiceResource, name }), [404])) as APIService | undefined
    if (!found) return
    const { service } = found.spec ?? {}
    if (!service) {
      this.#queue.schedule(name, undefined)
      return this.#say(found, local)
    }
    this.#queue.schedule(name, againMs)
    const { namespace = '', name: serviceName = '' } = service
    const there = (await unless(backend.get({ resource: 'services', namespace, name: serviceName }), [404])) as Service | undefined
    const labelSelector = `${serviceNameLabel}=${serviceName}`
    const slices = there ? (await backend.list({ resource: sliceResource, namespace }, { labelSelector })).items : []
    const stands = obstacle(found, there, slices as readonly EndpointSlice[])
    if (stands) return this.#say(found, stands)
    try {
      await aggregator.discover(found)
    } catch (error) {
      await this.#say(found, { status: 'False', reason: 'FailedDiscoveryCheck', message: error instanceof Error ? error.message : String(error) })
      throw error
    }
    await this.#say(found, passed)
  }

  async #say({ metadata, status }: APIService, is: Availability): Promise<void> {
    const { backend, clock } = this.#options
    const name = metadata?.name ?? ''
    const before = status?.conditions?.find(({ type }) => type === 'Available')
    if (before?.status === is.status && before.reason === is.reason && before.message === is.message) return
    const lastTransitionTime = before?.status === is.status ? before.lastTransitionTime : timestamp(clock.wall())
    const conditions = [...(status?.conditions ?? []).filter((each) => each !== before), { type: 'Available', ...is, lastTransitionTime }]
    const patch = { metadata: { uid: metadata?.uid }, status: { conditions } } as KubeObject
    await unless(backend.patch({ resource: apiServiceResource, name }, 'application/merge-patch+json', patch, { subresource: 'status' }))
  }
}
