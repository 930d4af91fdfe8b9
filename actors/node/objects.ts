import { assertNever } from '../../src/base/assert-never.ts'
import { mayBe } from '../../src/kube/answers/identity.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { ConfigMap, KubeObject, Secret, Service } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import { type Actor, type ActorContext, Later } from '../kernel/types.ts'
import { type ObjectRef, type PodMessage, podAddress } from '../pod/messages.ts'
import { lagDelay, mayLag } from './authorizer-lag.ts'
import type { Checkpoint } from './checkpoint/checkpoint.ts'
import { boundVolume } from './claims.ts'
import type { NodeAnswer, ObjectAnswer, ObjectsMessage, RuntimeHandlerAnswer, ServiceList } from './messages.ts'
import type { NodeView } from './node-view.ts'
import { RuntimeClasses } from './runtime-classes.ts'
import { serviceAccountToken } from './service-account-token.ts'
import { trustBundle } from './trust-bundle.ts'

/** One referenced object: one watch, however many pods refer to it. */
interface Watched {
  readonly ref: ObjectRef
  readonly pods: Set<PodUid>
  readonly stop: AbortController
  object: Secret | ConfigMap | undefined
  /** Settled once the first list has come, or was refused. */
  readonly listed: PromiseWithResolvers<void>
  known: boolean
  /** Why the API server would not let it be read. */
  refusal: KubeError | undefined
}

/** The services as last known, for a node whose API server is away. */
export type ServiceCheckpoint = Pick<Checkpoint, 'services' | 'putServices'>

/** How long a question waits for the first list of its object. */
const firstListMs = 10_000

const keyOf = (ref: ObjectRef): string => `${ref.kind}/${ref.namespace}/${ref.name}`
const pathOf = (ref: ObjectRef): string => `/api/v1/namespaces/${ref.namespace}/${ref.kind === 'Secret' ? 'secrets' : 'configmaps'}`

/**
 * What pods refer to: Secrets and ConfigMaps, each by one watch on its name (all that NodeRestriction allows a node), Services, tokens, and the node itself.
 * Pods that acquired an object are told when it changes.
 */
export class Objects implements Actor<ObjectsMessage> {
  readonly #context: ActorContext
  readonly #client: KubeClient
  readonly #nodeView: NodeView
  readonly #watched = new Map<string, Watched>()
  readonly #refsOf = new Map<PodUid, readonly ObjectRef[]>()
  #services:
    | {
        readonly all: Map<string, Service>
        readonly lists: Map<string, ServiceList>
        readonly listed: PromiseWithResolvers<void>
        remember: (service: Service) => void
        known: boolean
      }
    | undefined

  #runtimeClasses: RuntimeClasses | undefined
  readonly #checkpoint: ServiceCheckpoint | undefined

  constructor(context: ActorContext, client: KubeClient, nodeView: NodeView, checkpoint?: ServiceCheckpoint) {
    this.#checkpoint = checkpoint
    this.#context = context
    this.#client = client
    this.#nodeView = nodeView
  }

  receive(message: ObjectsMessage): unknown {
    switch (message.type) {
      case 'AcquireObjects':
        return this.#acquire(message.uid, message.refs)
      case 'ReleaseObjects':
        return this.#acquire(message.uid, [])
      case 'GetObject':
        return new Later(this.#get(message.ref))
      case 'ListServices':
        return new Later(this.#list(message.namespace, message.wait))
      case 'GetClaim':
        return new Later(boundVolume(this.#client, this.#context.clock, this.#context.signal, this.#nodeView.node, message))
      case 'GetTrustBundle':
        return new Later(trustBundle(this.#client, message.request))
      case 'GetRuntimeHandler':
        return new Later(this.#handler(message.name))
      case 'GetNode': {
        const { node, hostIps, networkProblem } = this.#nodeView
        return { node, hostIps, ...(networkProblem === undefined ? {} : { networkProblem }) } satisfies NodeAnswer
      }
      case 'CreateToken':
        return new Later(serviceAccountToken(this.#client, this.#context.clock, this.#context.signal, message))
      default:
        assertNever(message)
    }
  }

  stop(): void {
    for (const watched of this.#watched.values()) watched.stop.abort()
    this.#watched.clear()
  }

  #acquire(uid: PodUid, refs: readonly ObjectRef[]): void {
    const wanted = new Set(refs.map(keyOf))
    for (const old of this.#refsOf.get(uid) ?? []) if (!wanted.has(keyOf(old))) this.#letGo(uid, keyOf(old))
    for (const ref of refs) {
      const key = keyOf(ref)
      const watched = this.#watched.get(key) ?? this.#watch(key, ref)
      watched.pods.add(uid)
    }
    if (refs.length > 0) this.#refsOf.set(uid, refs)
    else this.#refsOf.delete(uid)
  }

  #letGo(uid: PodUid, key: string): void {
    const watched = this.#watched.get(key)
    watched?.pods.delete(uid)
    if (!watched || watched.pods.size > 0) return
    watched.stop.abort()
    watched.listed.resolve()
    this.#watched.delete(key)
  }

  #watch(key: string, ref: ObjectRef): Watched {
    const watched: Watched = {
      ref,
      pods: new Set(),
      stop: new AbortController(),
      object: undefined,
      listed: Promise.withResolvers(),
      known: false,
      refusal: undefined,
    }
    this.#watched.set(key, watched)
    const set = (object: Secret | ConfigMap | undefined) => {
      const changed = watched.known && object?.metadata?.resourceVersion !== watched.object?.metadata?.resourceVersion
      watched.object = object
      watched.known = true
      watched.refusal = undefined
      watched.listed.resolve()
      if (changed)
        for (const uid of watched.pods) this.#context.send(podAddress(uid), { type: 'ObjectChanged', ref } satisfies PodMessage, { mergeKey: `object/${key}` })
      // What cannot change needs no watch.
      if (object?.immutable) watched.stop.abort()
    }
    void reflect<Secret | ConfigMap>({
      client: this.#client,
      path: pathOf(ref),
      query: { fieldSelector: `metadata.name=${ref.name}` },
      clock: this.#context.clock,
      log: this.#context.log,
      signal: AbortSignal.any([watched.stop.signal, this.#context.signal]),
      accept: ({ metadata }) =>
        metadata?.name === ref.name && (metadata.namespace ?? ref.namespace) === ref.namespace ? undefined : '.metadata.name: is another object',
      store: {
        sync(items, refused) {
          // One that is there and cannot be used is not gone: pods keep what they have.
          if (items.length > 0 || refused.length === 0) set(items[0])
        },
        upsert: set,
        remove: () => set(undefined),
      },
      retryAfter: lagDelay,
      onRefused: ({ why }) => {
        watched.refusal = new KubeError(`${ref.kind} ${ref.namespace}/${ref.name} cannot be used: ${why.replace(/^[.:] ?/, '')}`, 0, 'Garbled')
        watched.listed.resolve()
      },
      onError: (error, failures) => {
        watched.refusal = error
        if (error.code !== 0 && !mayLag(error, failures)) watched.listed.resolve()
      },
    })
    return watched
  }

  async #handler(name: string): Promise<RuntimeHandlerAnswer> {
    const { clock, log, signal } = this.#context
    this.#runtimeClasses ??= new RuntimeClasses({ client: this.#client, clock, log, signal })
    await this.#within(this.#runtimeClasses.listed())
    return this.#runtimeClasses.handler(name)
  }

  async #get(ref: ObjectRef): Promise<ObjectAnswer> {
    const watched = this.#watched.get(keyOf(ref))
    if (!watched) return { found: false, retry: true, message: `object ${JSON.stringify(ref.namespace)}/${JSON.stringify(ref.name)} not registered` }
    if (!watched.known) await this.#within(watched.listed.promise)
    if (watched.known) {
      if (watched.object) return { found: true, object: watched.object }
      const plural = ref.kind === 'Secret' ? 'secret' : 'configmap'
      return { found: false, retry: false, message: `${plural} ${JSON.stringify(ref.name)} not found` }
    }
    const { refusal } = watched
    return { found: false, retry: true, message: refusal?.message ?? `failed to sync ${ref.kind.toLowerCase()} cache: timed out waiting for the condition` }
  }

  async #list(namespace: string, wait: boolean): Promise<ServiceList> {
    const services = this.#services ?? this.#watchServices()
    if (wait) await this.#within(services.listed.promise)
    if (wait && !services.known) for (const service of (await this.#checkpoint?.services()) ?? []) services.remember(service)
    // kubelet's wording. An environment without its services would be wrong for the life of the container.
    if (wait && !services.known && services.all.size === 0) throw new Error('services have not yet been read at least once, cannot construct envvars')
    const known = services.lists.get(namespace)
    if (known) return known
    const own = [...services.all.values()].filter((service) => service.metadata?.namespace === namespace)
    const kubernetes = services.all.get('default/kubernetes')
    const list = { services: kubernetes && namespace !== 'default' ? [kubernetes, ...own] : own }
    services.lists.set(namespace, list)
    return list
  }

  #watchServices() {
    const all = new Map<string, Service>()
    const listed = Promise.withResolvers<void>()
    const key = (service: KubeObject) => `${service.metadata?.namespace}/${service.metadata?.name}`
    // By namespace, until a service changes: the pods of a namespace get one and the same list.
    const lists = new Map<string, ServiceList>()
    const set = (service: Service) => {
      all.set(key(service), service)
      lists.clear()
    }
    const remember = (service: Service) => {
      if (!services.known) set(service)
    }
    const services = { all, lists, listed, remember, known: false }
    this.#services = services
    const keep = () => this.#checkpoint?.putServices([...all.values()])
    void reflect<Service>({
      client: this.#client,
      path: '/api/v1/services',
      clock: this.#context.clock,
      log: this.#context.log,
      signal: this.#context.signal,
      store: {
        sync(items, refused) {
          for (const [name, { metadata }] of all) if (!refused.some((each) => mayBe(each, metadata ?? {}))) all.delete(name)
          lists.clear()
          for (const item of items) all.set(key(item), item)
          services.known = true
          listed.resolve()
          keep()
        },
        upsert: (service) => {
          set(service)
          keep()
        },
        remove: (service) => {
          all.delete(key(service))
          lists.clear()
          keep()
        },
      },
    })
    return services
  }

  /** Waits, but not for ever. */
  #within(promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#context.clock.setTimer(firstListMs, resolve)
      void promise.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }
}
