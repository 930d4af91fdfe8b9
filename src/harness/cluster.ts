import { type Clock, systemClock } from '../base/clock.ts'
import { type Logger, silentLogger } from '../base/log.ts'
import type { NodeFlags } from '../config/node-flags.ts'
import type { ApiBackend } from '../controlplane/apiserver/rest/backend.ts'
import type { FieldValidation } from '../controlplane/apiserver/rest/decode.ts'
import { type RunningControlPlane, startControlPlane } from '../controlplane/start.ts'
import type { ExecHandler } from '../engine/simulated/exec.ts'
import { Overrides } from '../engine/simulated/pod-settings.ts'
import { type Profile, profileOf } from '../engine/simulated/profile.ts'
import { seededSources } from '../engine/simulated/random.ts'
import { checkSettings, type WrittenSettings } from '../engine/simulated/settings.ts'
import { copyJson } from '../json/copy.ts'
import type { CoreEvent, KubeObject } from '../kube/objects.ts'
import { type ClusterApi, clusterApi } from './cluster-api.ts'
import { ClusterNode, simulatedEngines } from './cluster-node.ts'
import { inOrder } from './event-order.ts'
import type { ObjectNamed, OfKind } from './named-objects.ts'
import { PodHandle } from './pod-handle.ts'
import { readLog } from './read-log.ts'
import { type GivenObjects, objectsIn, onTheWire, readGiven } from './read-objects.ts'
import { type NamedObject, placeOf, resourceOf, targetOf } from './targets.ts'
import { TestClock } from './test-clock.ts'
import { underWay } from './under-way.ts'
import { type Awaited, type WaitOptions, waitFor } from './wait.ts'
import { prepareWebhooks, type WebhookOptions, type WebhookServing } from './webhooks.ts'

export interface ClusterOptions {
  /** How many, named `node-0` and on, or their names. Default 1. */
  readonly nodes?: number | readonly string[]
  /** Default `simulated`: pods in memory, which behave as their annotations say. */
  readonly engine?: 'simulated' | 'docker'
  /** `manual`: time moves only by `clock.advance`. Default `system`. */
  readonly clock?: 'manual' | 'system'
  /** What simulated pods do that do not say otherwise: `{ 'start-delay': '200ms-2s' }`. */
  readonly behaviour?: WrittenSettings
  /** A profile or the path of its file: defaults, and rules for some pods; `behaviour` wins over its defaults. */
  readonly profile?: Profile | string
  /** Of what simulated pods draw from spreads. Default the profile's, else 1. */
  readonly seed?: number
  /** Flags of `podsteward node` for all nodes, by their camelCase names. */
  readonly flags?: NodeFlags
  /** What `apply` does with fields that the API does not have: refuse them (`Strict`, the default), log and drop them (`Warn`), or drop them (`Ignore`). */
  readonly fieldValidation?: FieldValidation
  /** How many changes of each resource a watch can go on over; one from before gets 410, as after a compaction. 8192 unless said. */
  readonly watchWindow?: number
  /** Custom resource definitions, as files, folders or objects; served when the cluster has started. */
  readonly crds?: GivenObjects
  /** Roles, bindings and service accounts, as files, folders or objects. */
  readonly rbac?: GivenObjects
  /** Webhooks that the test serves itself, with the certificate of `cluster.webhooks`. */
  readonly webhooks?: WebhookOptions
  /** The version of Kubernetes that the API server passes for, `1.33` to `1.36`; the newest unless said. */
  readonly version?: string
  /** Which of kube-controller-manager's controllers run, as its `--controllers`: `'*,-cronjob'`, `'-'` for none. Default `'*'`. */
  readonly controllers?: string
  /** `none`: pods wait for a scheduler of the test's own. Default `default`. */
  readonly scheduler?: 'default' | 'none'
  /** Whether controllers and scheduler hold their leases in kube-system, renewed every 2 s, and stand back while another holds them. Default false. */
  readonly leaderElect?: boolean
  /** Whether there is a default StorageClass `standard`, as on kind: claims that name no class get directories of their pods' nodes. Default false. */
  readonly defaultStorageClass?: boolean
  readonly log?: Logger
}

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** An embedded API server with nodes, in the caller's process. Disposing it leaves nothing behind. */
export class Cluster implements AsyncDisposable {
  /** URL of the API server. */
  readonly url: string
  readonly nodes: readonly ClusterNode[]
  /** A typed client, over HTTPS: `cluster.api(CoreV1Api)`. And faults on purpose: `cluster.api.fail({ verb: 'update', resource: 'pods', status: 409 })`. */
  readonly api: ClusterApi
  readonly #controlPlane: RunningControlPlane
  readonly #clock: Clock
  readonly #overrides: Overrides
  readonly #execs: Map<string, ExecHandler>
  readonly #fieldValidation: FieldValidation
  readonly #log: Logger
  readonly #webhooks: WebhookServing | undefined

  /** Made by `launchCluster`. */
  constructor(parts: {
    controlPlane: RunningControlPlane
    nodes: readonly ClusterNode[]
    clock: Clock
    overrides: Overrides
    execs: Map<string, ExecHandler>
    fieldValidation: FieldValidation
    log: Logger
    webhooks: WebhookServing | undefined
  }) {
    this.url = parts.controlPlane.url
    this.api = clusterApi(parts.controlPlane)
    this.nodes = parts.nodes
    this.#controlPlane = parts.controlPlane
    this.#clock = parts.clock
    this.#overrides = parts.overrides
    this.#execs = parts.execs
    this.#fieldValidation = parts.fieldValidation
    this.#log = parts.log
    this.#webhooks = parts.webhooks
  }

  /** The clock that moves only when told to. Throws for a cluster on the machine's time. */
  get clock(): TestClock {
    if (this.#clock instanceof TestClock) return this.#clock
    throw new Error("this cluster runs on the machine's clock: start it with clock: 'manual' to set its time")
  }

  /** The API in-process, without HTTP and with all rights. What it hands out is shared: never change it. */
  get backend(): ApiBackend {
    return this.#controlPlane.backend
  }

  /** Of the cluster's administrator, as text, for kubectl and any client library. */
  kubeconfig(): string {
    return this.#controlPlane.adminKubeconfig
  }

  /**
   * Of somebody with no more rights than they are given, as text: a service account (`default/operator`), by a token that lasts an hour of the cluster's
   * clock; or a user and groups, by a certificate.
   */
  async kubeconfigOf(who: { readonly serviceAccount: string } | { readonly user: string; readonly groups?: readonly string[] }): Promise<string> {
    if ('user' in who) return this.#controlPlane.userKubeconfig(who.user, who.groups ?? [])
    const [namespace = '', name = '', ...rest] = who.serviceAccount.split('/')
    if (!namespace || !name || rest.length > 0)
      throw new TypeError(`serviceAccount: ${JSON.stringify(who.serviceAccount)} is none; write namespace/name, such as default/operator`)
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
    const made = await this.backend.createSubresource({ resource: 'serviceaccounts', namespace, name }, 'token', asked as KubeObject)
    const { token } = (made as unknown as { status: { token: string } }).status
    return this.#controlPlane.tokenKubeconfig(`system:serviceaccount:${namespace}:${name}`, token)
  }

  /** With what the test serves its webhooks. Throws when the cluster was started without. */
  get webhooks(): WebhookServing {
    if (!this.#webhooks) throw new Error('this cluster has no webhooks: start it with webhooks: { configurations: [path or object] }')
    return this.#webhooks
  }

  /** Applies YAML with any number of documents, or objects (those of a client library too), server-side. Returns them as stored. Throws for a field that the API does not have, with its path. */
  async apply<T extends KubeObject = KubeObject>(...given: readonly (string | object)[]): Promise<T[]> {
    const objects = given.flatMap((each) => (typeof each === 'string' ? objectsIn(each) : [onTheWire(each)]))
    const applied: T[] = []
    for (const object of objects) {
      const stored = await this.backend.patch(placeOf(this.#controlPlane.kinds, object), 'application/apply-patch+yaml', object, {
        fieldManager: 'harness',
        force: true,
        fieldValidation: this.#fieldValidation,
        warn: (message) => this.#log.warn('apply', { warning: message }),
      })
      applied.push(copyJson(stored) as T)
    }
    return applied
  }

  /** `get('pod/web')`; throws a `KubeError` of code 404 when there is none. */
  get<What extends string>(what: What, namespace?: string): Promise<ObjectNamed<What>>
  get<T extends KubeObject>(what: string, namespace?: string): Promise<T>
  async get(what: string, namespace = 'default'): Promise<KubeObject> {
    return copyJson(await this.backend.get(this.#target(what, namespace)))
  }

  /** `list('pods', { labelSelector: 'app=web' })`: of all namespaces unless one is named. */
  list<Word extends string>(kind: Word, options?: ListOptions): Promise<OfKind<Word>[]>
  list<T extends KubeObject>(kind: string, options?: ListOptions): Promise<T[]>
  async list(kind: string, { namespace, ...selection }: ListOptions = {}): Promise<KubeObject[]> {
    const { items } = await this.backend.list({ resource: resourceOf(this.#controlPlane.kinds, kind), namespace }, selection)
    return copyJson(items) as KubeObject[]
  }

  async delete(what: string, { namespace = 'default', graceSeconds }: { namespace?: string; graceSeconds?: number } = {}): Promise<void> {
    await this.backend.delete(this.#target(what, namespace), { gracePeriodSeconds: graceSeconds })
  }

  /**
   * Waits until an object is as awaited: a condition (`Ready`), a phase (`Succeeded`), `Deleted`, or what a function says. The time-out is real time.
   * Throws `WaitError`, which tells what the object is stuck on.
   */
  waitFor<What extends string>(what: What, awaited: Awaited<ObjectNamed<What>>, options?: WaitOptions): Promise<ObjectNamed<What>>
  waitFor<T extends KubeObject>(what: string, awaited: Awaited<T>, options?: WaitOptions): Promise<T>
  async waitFor(what: string, awaited: Awaited<never>, options: WaitOptions = {}): Promise<KubeObject | undefined> {
    const hint = () => (this.#clock instanceof TestClock ? "the clock stands still: what needs time waits for clock.advance('…')" : undefined)
    return waitFor<KubeObject>(this.backend, what, this.#target(what, options.namespace), awaited as Awaited<KubeObject>, options, hint)
  }

  #target(what: string, namespace = 'default'): NamedObject {
    return targetOf(this.#controlPlane.kinds, what, namespace)
  }

  /** By its place or its name. */
  node(which: number | string = 0): ClusterNode {
    const node = typeof which === 'number' ? this.nodes[which] : this.nodes.find(({ name }) => name === which)
    if (!node) throw new RangeError(`there is no node ${which}; there are ${this.nodes.map(({ name }) => name).join(', ')}`)
    return node
  }

  /** A pod by its name, to be looked into and hurt. */
  pod(name: string, namespace = 'default'): PodHandle {
    return new PodHandle(this.backend, namespace, name, {
      engineOf: (node) => this.node(node).engine,
      behave: (pod, settings, part) => {
        checkSettings(settings)
        this.#overrides.say(pod, settings, part)
        for (const { simulated } of this.nodes) simulated?.readSettingsOf(pod)
      },
      execs: this.#execs,
      readLog: (pod, container, previous) => readLog(this.#controlPlane, pod, container, previous),
    })
  }

  /** Events, of one object by its name or of all, in order. */
  async events(name?: string): Promise<CoreEvent[]> {
    const { items } = await this.backend.list({ resource: 'events' }, name === undefined ? {} : { fieldSelector: `involvedObject.name=${name}` })
    return inOrder(copyJson(items) as CoreEvent[])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()))
    await this.#controlPlane[Symbol.asyncDispose]()
  }
}

/** Starts a cluster; resolves when its nodes are Ready. */
export async function launchCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { nodes: wanted = 1, engine = 'simulated', log = silentLogger, behaviour, flags = {} } = options
  const profile = profileOf(options.profile)
  const seed = options.seed ?? profile?.seed ?? 1
  const nodes: ClusterNode[] = []
  // Time stands still while the server waits for what nodes use, or what an adapter says: they answer within no time of the clock's.
  let started: RunningControlPlane | undefined
  const clock = options.clock === 'manual' ? new TestClock(() => (started?.busy ? 'work' : underWay(nodes))) : systemClock
  const overrides = new Overrides()
  const execs = new Map<string, ExecHandler>()
  // Read before anything is started: what cannot be read leaves nothing behind.
  const crds = await readGiven(options.crds ?? [], ({ kind }) => kind === 'CustomResourceDefinition', 'CustomResourceDefinition')
  const rights = await readGiven(options.rbac ?? [], ({ kind }) => rbacKinds.includes(kind ?? ''), rbacKinds.join(', '))
  const webhooks = options.webhooks && (await prepareWebhooks(options.webhooks))
  const controlPlane = await startControlPlane({
    storage: 'memory',
    listen: { host: '127.0.0.1', port: 0 },
    clock,
    log: log.child({ part: 'controlplane' }),
    watchWindow: options.watchWindow,
    random: seededSources(seed)('scheduler'),
    version: options.version,
    defaultStorageClass: options.defaultStorageClass,
    // With no connection in between a manual clock knows when it is done.
    pathsInProcess: (name) => (engine === 'simulated' ? nodes.find((node) => node.name === name)?.hostPaths : undefined),
    components: { controllers: (options.controllers ?? '*').split(','), scheduler: options.scheduler ?? 'default', leaderElect: options.leaderElect ?? false },
  })
  started = controlPlane
  const cluster = new Cluster({
    controlPlane,
    nodes,
    clock,
    overrides,
    execs,
    fieldValidation: options.fieldValidation ?? 'Strict',
    log,
    webhooks: webhooks?.serving,
  })
  if (engine === 'docker' && (typeof wanted === 'number' ? wanted : wanted.length) > 1)
    throw new RangeError('a cluster on Docker has one node: two agents on one engine would take each other’s containers away')
  const names = typeof wanted === 'number' ? Array.from({ length: wanted }, (_, index) => `node-${index}`) : wanted
  try {
    const started = names.map((name, index) => {
      const plain = simulatedEngines(seed + index, { profile, defaults: behaviour, overrides, log, nodeIndex: index })
      const makeEngine = (nodeClock: Clock) => {
        const made = plain(nodeClock)
        made.setExecHandler((call) => execs.get(`${call.pod.namespace}/${call.pod.name}/${call.container}`)?.(call))
        return made
      }
      return ClusterNode.start({ name, controlPlane, engine, makeEngine, clock, log, flags, randomOf: seededSources(seed + index) })
    })
    // All have come to an end before one that failed ends the others.
    const settled = await Promise.allSettled(started)
    for (const each of settled) if (each.status === 'fulfilled') nodes.push(each.value)
    for (const each of settled) if (each.status === 'rejected') throw each.reason
    if (crds.length > 0) {
      await cluster.apply(...crds)
      await Promise.all(crds.map(({ metadata }) => cluster.waitFor(`crd/${metadata?.name}`, 'Established')))
    }
    await furnish(cluster, rights)
    await Promise.all(names.map((name) => cluster.waitFor(`node/${name}`, 'Ready')))
    // Last: nobody answers them yet, and what the cluster itself makes needs nobody's consent.
    if (webhooks) await cluster.apply(...webhooks.configurations)
    return cluster
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
}

const rbacKinds = ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'ServiceAccount']

/** Applies rights, in namespaces that are made for them. */
async function furnish(cluster: Cluster, rights: readonly KubeObject[]): Promise<void> {
  const namespaces = new Set(rights.flatMap(({ metadata }) => metadata?.namespace ?? []))
  for (const name of namespaces) await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await cluster.apply(...rights)
}
