import type { CsiPod, CsiVolume } from '../../src/csi/volume.ts'
import { EngineError } from '../../src/engine/engine.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { ConfigMap, ObjectReference, Pod, Secret } from '../../src/kube/objects.ts'
import { type BoundVolume, type PublishedCsi, SourceUnavailableError, type TrustBundleRequest, VolumeError, type VolumeStep } from '../../src/volumes/volume.ts'
import type { ActorContext, SendOptions } from '../kernel/types.ts'
import type { CsiAnswer, CsiMessage, CsiStep } from '../node/csi/messages.ts'
import {
  type ClaimAnswer,
  type NodeAnswer,
  nodeAddresses,
  type ObjectAnswer,
  type ObjectsMessage,
  type RecordEvent,
  type RuntimeHandlerAnswer,
  type ServiceList,
  type TokenAnswer,
  type TrustBundleAnswer,
} from '../node/messages.ts'
import type { PodEnvironment } from './environment.ts'
import type { ObjectRef } from './messages.ts'
import type { PodPaths } from './paths.ts'

// kubelet 1.32: runtimeRequestTimeout is 2 min; the objects actor waits for a first list at most so long.
const askTimeoutMs = 120_000
/** Longer than a driver's own two minutes, with a queue before it. */
const csiTimeoutMs = 300_000
/** What the node is like is in memory; a pod is not kept waiting for it. */
const nodeTimeoutMs = 10_000

/** What the kubelet calls the steps of a driver's volume, of a device and of a file system. */
const csiSteps = (volume: CsiVolume | undefined): Readonly<Record<CsiStep, VolumeStep>> => ({
  attach: 'VerifyControllerAttachedVolume',
  stage: volume?.block ? 'MapVolume.SetUpDevice' : 'MountVolume.MountDevice',
  publish: volume?.block ? 'MapVolume.MapPodDevice' : 'MountVolume.SetUp',
  expand: 'MountVolume.Setup failed while expanding volume',
})

/** What a step works with: one pod, its paths, and the ways to ask the node and to tell users. */
export class PodScope {
  readonly uid: PodUid
  readonly environment: PodEnvironment
  readonly context: ActorContext
  readonly paths: PodPaths
  /** The pod's own source of chance. */
  readonly random: () => number
  /** The newest known desired pod. */
  pod: Pod
  #handler: { readonly name: string; readonly handler: string } | undefined

  constructor(uid: PodUid, pod: Pod, environment: PodEnvironment, context: ActorContext, paths: PodPaths) {
    this.uid = uid
    this.pod = pod
    this.environment = environment
    this.context = context
    this.paths = paths
    this.random = environment.randomOf(`${this.namespace}/${this.name}`)
  }

  get namespace(): string {
    return this.pod.metadata?.namespace ?? 'default'
  }

  get name(): string {
    return this.pod.metadata?.name ?? ''
  }

  /** Records an event on the pod, or on one of its containers by name. */
  event(eventType: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    const { spec, metadata } = this.pod
    const lists = [
      ['containers', spec?.containers],
      ['initContainers', spec?.initContainers],
      ['ephemeralContainers', spec?.ephemeralContainers],
    ] as const
    const list = lists.find(([, containers]) => containers?.some((each) => each.name === container))?.[0]
    const object: ObjectReference = {
      kind: 'Pod',
      apiVersion: 'v1',
      namespace: this.namespace,
      name: this.name,
      uid: metadata?.uid ?? this.uid,
      resourceVersion: metadata?.resourceVersion,
      ...(container && list ? { fieldPath: `spec.${list}{${container}}` } : {}),
    }
    const record: RecordEvent = { type: 'RecordEvent', object, eventType, reason, message }
    this.context.send(nodeAddresses.eventRecorder, record, { patient: true })
  }

  /** Asks `node/objects`; rejects with `AskError`. */
  askObjects<Reply>(message: ObjectsMessage, timeoutMs = askTimeoutMs): Promise<Reply> {
    return this.context.ask<Reply>(nodeAddresses.objects, message, { timeoutMs })
  }

  tellObjects(message: ObjectsMessage, options?: Pick<SendOptions, 'patient'>): void {
    this.context.send(nodeAddresses.objects, message, options)
  }

  /** An object of the pod's own namespace, undefined when there is none; throws when it could not be asked for. */
  async object(kind: ObjectRef['kind'], namespace: string, name: string): Promise<Secret | ConfigMap | undefined> {
    const answer = await this.askObjects<ObjectAnswer>({ type: 'GetObject', ref: { kind, namespace, name } })
    if (answer.found) return answer.object
    if (answer.retry) throw new SourceUnavailableError(answer.message)
    return undefined
  }

  async services(): Promise<ServiceList> {
    // kubelet 1.32, makeEnvironmentVariables: static pods do not wait for the API server.
    const source = this.pod.metadata?.annotations?.['kubernetes.io/config.source'] ?? 'api'
    return this.askObjects<ServiceList>({ type: 'ListServices', namespace: this.namespace, wait: source === 'api' })
  }

  /** What runs a pod that names a RuntimeClass; undefined for the engine's default. Throws `EngineError` in the kubelet's words. Looked up once: it is fixed for the pod. */
  async runtimeHandler(): Promise<string | undefined> {
    const name = this.pod.spec?.runtimeClassName
    if (!name) return undefined
    if (this.#handler?.name !== name) {
      const answer = await this.askObjects<RuntimeHandlerAnswer>({ type: 'GetRuntimeHandler', name })
      if (!answer.found) throw new EngineError('invalid', answer.message)
      this.#handler = { name, handler: answer.handler }
    }
    return this.#handler.handler || undefined
  }

  async node(): Promise<NodeAnswer> {
    return this.environment.nodeAnswers.get(() => this.askObjects<NodeAnswer>({ type: 'GetNode' }, nodeTimeoutMs))
  }

  /** Throws with what is wrong with the claim. */
  async boundVolume(claim: string, owned: boolean): Promise<BoundVolume> {
    const owner = owned ? { name: this.name, uid: this.uid } : undefined
    const answer = await this.askObjects<ClaimAnswer>({ type: 'GetClaim', namespace: this.namespace, claim, owner })
    if (answer.ok) return answer
    throw answer.away ? new SourceUnavailableError(answer.message) : new Error(answer.message)
  }

  /** Has a CSI driver publish the volume. Throws with the driver's or the kubelet's message. */
  async publishCsi(volume: CsiVolume): Promise<PublishedCsi> {
    return this.#askCsi({ type: 'PublishCsi', volume, pod: this.#csiPod(), podDirectory: this.paths.directory }, volume)
  }

  async refreshCsi(volume: CsiVolume): Promise<PublishedCsi> {
    return this.#askCsi({ type: 'RefreshCsi', volume, pod: this.#csiPod(), podDirectory: this.paths.directory }, volume)
  }

  async unpublishCsi(): Promise<void> {
    await this.#askCsi({ type: 'UnpublishCsi', podDirectory: this.paths.directory })
  }

  #csiPod(): CsiPod {
    const { serviceAccountName: serviceAccount = 'default', securityContext } = this.pod.spec ?? {}
    const { fsGroup, fsGroupChangePolicy } = securityContext ?? {}
    return { namespace: this.namespace, name: this.name, uid: this.uid, serviceAccount, fsGroup, fsGroupChangePolicy }
  }

  async #askCsi(message: CsiMessage, volume?: CsiVolume): Promise<PublishedCsi> {
    const answer = await this.context.ask<CsiAnswer>(nodeAddresses.csi, message, { timeoutMs: csiTimeoutMs })
    if (answer.ok) return answer
    throw answer.away
      ? new SourceUnavailableError(answer.message)
      : new VolumeError(volume?.name ?? '', answer.message, { step: csiSteps(volume)[answer.step] })
  }

  async trustBundle(request: TrustBundleRequest): Promise<string> {
    const answer = await this.askObjects<TrustBundleAnswer>({ type: 'GetTrustBundle', request })
    if (answer.ok) return answer.pem
    throw answer.away ? new SourceUnavailableError(answer.message) : new Error(answer.message)
  }

  async token(request: { serviceAccount: string; audiences: readonly string[]; expirationSeconds: number }): Promise<TokenAnswer> {
    return this.askObjects<TokenAnswer>({ type: 'CreateToken', namespace: this.namespace, podName: this.name, uid: this.uid, ...request })
  }
}
