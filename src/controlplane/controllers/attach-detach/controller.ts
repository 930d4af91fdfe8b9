import { isDeepStrictEqual } from 'node:util'
import { attachmentName } from '../../../csi/volume-names.ts'
import type { KubeObject, Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/objects.ts'
import type { CSIDriver } from '../../apiserver/kinds/storage/csi-drivers.ts'
import type { VolumeAttachment } from '../../apiserver/kinds/storage/volume-attachments.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { claimNameOf } from '../../volume-binding/pod-volumes.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { type Informer, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyGroups } from '../runtime/key-groups.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { attachedVolumes, isManaged, planAttachments } from './plan.ts'

export interface AttachDetachOptions extends SchedulerOptions {
  readonly informers: Informers
}

const resource = 'volumeattachments.storage.k8s.io'
const call = asController('attachdetach-controller')
const concurrency = 5

/** What of a node decides about its volumes, to compare. */
const factsOf = ({ metadata, spec, status }: Node) => [
  status?.volumesInUse,
  status?.volumesAttached,
  spec?.taints,
  status?.conditions?.find(({ type }) => type === 'Ready')?.status,
  metadata?.annotations?.['volumes.kubernetes.io/controller-managed-attach-detach'],
]

/** kube-controller-manager's attachdetach, for CSI volumes: asks for what pods of a node need to be attached to it, and detached when the node has let go. */
export class AttachDetachController {
  readonly #options: AttachDetachOptions
  readonly #pods: Informer<Pod>
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #volumes: Informer<PersistentVolume>
  readonly #attachments: Informer<VolumeAttachment>
  readonly #nodes: Informer<Node>
  readonly #drivers: Informer<CSIDriver>
  /** Pods on nodes, by claim. */
  readonly #users = new KeyGroups()
  /** Attachments, by volume and by node. */
  readonly #attached = new KeyGroups()
  readonly #queue: KeyedQueue
  readonly #nodeQueue: KeyedQueue
  readonly #events: EventRecorder
  /** By volume, since when the pods of a node need it no more. */
  readonly #unneeded = new Map<string, Map<string, number>>()
  /** Attachments that are told of no more. */
  readonly #detaching = new Set<string>()
  /** By uid of the pod, and volume: what it was told last. */
  readonly #told = new Map<string, Map<string, string>>()

  constructor(options: AttachDetachOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'attachdetach-controller' })
    this.#queue = new KeyedQueue({ name: 'attachdetach', clock, log, signal, concurrency, handle: (name) => this.#sync(name) })
    this.#nodeQueue = new KeyedQueue({ name: 'attachdetach-nodes', clock, log, signal, concurrency, handle: (name) => this.#report(name) })
    this.#pods = informers.of('pods')
    this.#claims = informers.of('persistentvolumeclaims')
    this.#volumes = informers.of('persistentvolumes')
    this.#attachments = informers.of(resource)
    this.#nodes = informers.of('nodes')
    this.#drivers = informers.of('csidrivers.storage.k8s.io')
    this.#volumes.onChange(({ object }) => this.#queue.add(object.metadata?.name ?? ''))
    this.#claims.onChange(({ object }) => object.spec?.volumeName && this.#queue.add(object.spec.volumeName))
    this.#pods.onChange(({ object, gone }) => this.#onPod(object, gone))
    this.#attachments.onChange(({ object, gone, previous }) => this.#onAttachment(object, gone, previous))
    this.#nodes.onChange(({ object, gone, previous }) => {
      if (!gone && previous && isDeepStrictEqual(factsOf(previous), factsOf(object))) return
      const name = object.metadata?.name ?? ''
      this.#nodeQueue.add(name)
      for (const key of this.#attached.of(`node ${name}`)) this.#wake(this.#attachments.get(key))
      // Its pods may have waited for it to register.
      if (!previous && !gone) for (const volume of this.#volumes.inNamespace('')) if (volume.spec?.csi) this.#queue.add(volume.metadata?.name ?? '')
    })
    this.#drivers.onChange(({ object }) => {
      for (const volume of this.#volumes.inNamespace('')) if (volume.spec?.csi?.driver === object.metadata?.name) this.#queue.add(volume.metadata?.name ?? '')
    })
  }

  #onPod(pod: Pod, gone: boolean): void {
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    const claims: string[] = []
    for (const volume of pod.spec?.volumes ?? []) {
      const claim = claimNameOf(pod, volume)
      if (claim !== undefined) claims.push(`${pod.metadata?.namespace}/${claim}`)
    }
    if (claims.length === 0) return
    this.#users.put(keyOf(pod), gone || ended || !pod.spec?.nodeName ? [] : claims)
    if (gone) this.#told.delete(pod.metadata?.uid ?? '')
    for (const claim of claims) {
      const name = this.#claims.get(claim)?.spec?.volumeName
      if (name) this.#queue.add(name)
    }
  }

  #onAttachment(attachment: VolumeAttachment, gone: boolean, previous: VolumeAttachment | undefined): void {
    const { nodeName = '', source } = attachment.spec ?? {}
    const name = source?.persistentVolumeName ?? ''
    this.#attached.put(keyOf(attachment), gone ? [] : [`volume ${name}`, `node ${nodeName}`])
    if (gone) this.#detaching.delete(attachment.metadata?.name ?? '')
    this.#nodeQueue.add(nodeName)
    this.#queue.add(name)
    if (gone || !attachment.status?.attached || !previous || previous.status?.attached) return
    const volume = this.#volumes.get(`/${name}`)
    const message = `AttachVolume.Attach succeeded for volume ${JSON.stringify(name)} `
    if (volume) for (const pod of this.#podsOf(volume).get(nodeName) ?? []) this.#tell(pod, 'Normal', 'SuccessfulAttachVolume', message)
  }

  #wake(attachment: VolumeAttachment | undefined): void {
    const name = attachment?.spec?.source?.persistentVolumeName
    if (name) this.#queue.add(name)
  }

  /** The pods that need a volume, by node. */
  #podsOf({ metadata, spec }: PersistentVolume): Map<string, Pod[]> {
    const pods = new Map<string, Pod[]>()
    const key = `${spec?.claimRef?.namespace ?? ''}/${spec?.claimRef?.name ?? ''}`
    const claim = this.#claims.get(key)
    if (claim?.metadata?.uid !== spec?.claimRef?.uid || claim?.spec?.volumeName !== metadata?.name || claim?.status?.phase !== 'Bound') return pods
    for (const user of this.#users.of(key)) {
      const pod = this.#pods.get(user)
      const name = pod?.spec?.nodeName
      if (pod && name) pods.set(name, [...(pods.get(name) ?? []), pod])
    }
    return pods
  }

  async #sync(name: string): Promise<void> {
    const { clock } = this.#options
    const volume = this.#volumes.get(`/${name}`)
    const attachments = [...this.#attached.of(`volume ${name}`)].flatMap((key) => this.#attachments.get(key) ?? [])
    this.#queue.schedule(name, undefined)
    if (!volume?.spec?.csi) {
      if (attachments.length === 0) this.#unneeded.delete(name)
      return
    }
    const isAttachable = this.#drivers.get(`/${volume.spec.csi.driver}`)?.spec?.attachRequired !== false
    const pods = isAttachable ? this.#podsOf(volume) : new Map<string, Pod[]>()
    const now = clock.wall()
    const unneededSince = this.#unneededSince(name, attachments, pods, now)
    const plan = planAttachments({ volume, pods, attachments, node: (node) => this.#nodes.get(`/${node}`), unneededSince }, now)
    if (plan.nextAt !== undefined) this.#queue.schedule(name, plan.nextAt - now)
    for (const { pod, message } of plan.events) this.#tellOnce(pod, name, message)
    for (const node of plan.attach) await this.#attach(volume, node)
    for (const attachment of plan.detach) await this.#detach(attachment)
    // What is needed again is not detached.
    for (const { metadata, spec } of attachments)
      if (pods.has(spec?.nodeName ?? '') && !metadata?.deletionTimestamp && this.#detaching.delete(metadata?.name ?? ''))
        this.#nodeQueue.add(spec?.nodeName ?? '')
  }

  #unneededSince(name: string, attachments: readonly VolumeAttachment[], pods: ReadonlyMap<string, unknown>, now: number): ReadonlyMap<string, number> {
    const before = this.#unneeded.get(name)
    const since = new Map<string, number>()
    for (const { spec } of attachments) if (!pods.has(spec?.nodeName ?? '')) since.set(spec?.nodeName ?? '', before?.get(spec?.nodeName ?? '') ?? now)
    if (since.size > 0) this.#unneeded.set(name, since)
    else this.#unneeded.delete(name)
    return since
  }

  async #attach({ metadata, spec }: PersistentVolume, nodeName: string): Promise<void> {
    const { driver = '', volumeHandle = '' } = spec?.csi ?? {}
    const attachment = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name: attachmentName(driver, volumeHandle, nodeName) },
      spec: { attacher: driver, nodeName, source: { persistentVolumeName: metadata?.name } },
    }
    // One that is there is seen.
    await unless(this.#options.backend.create({ resource }, attachment as KubeObject, call), [409])
  }

  /** The node is told first: a pod that comes to it now waits until it is attached again. */
  async #detach({ metadata, spec }: VolumeAttachment): Promise<void> {
    const { name = '', uid } = metadata ?? {}
    const nodeName = spec?.nodeName ?? ''
    this.#detaching.add(name)
    await this.#report(nodeName)
    const volume = this.#volumes.get(`/${spec?.source?.persistentVolumeName ?? ''}`)
    // A pod has come that needs it: its change brings the volume again.
    if (volume && this.#podsOf(volume).has(nodeName)) return
    await unless(this.#options.backend.delete({ resource, name }, { preconditions: { ...(uid !== undefined && { uid }) } }, call))
  }

  async #report(nodeName: string): Promise<void> {
    const node = this.#nodes.get(`/${nodeName}`)
    if (!node || !isManaged(node)) return
    const attachments = [...this.#attached.of(`node ${nodeName}`)].flatMap((key) => this.#attachments.get(key) ?? [])
    const volumesAttached = attachedVolumes(attachments, this.#detaching, (name) => this.#volumes.get(`/${name}`))
    if (isDeepStrictEqual(node.status?.volumesAttached ?? [], volumesAttached)) return
    const patch = { status: { volumesAttached: volumesAttached.length > 0 ? volumesAttached : null } }
    await unless(
      this.#options.backend.patch({ resource: 'nodes', name: nodeName }, 'application/merge-patch+json', patch, { ...call, subresource: 'status' }),
      [404],
    )
  }

  #tellOnce(pod: Pod, volume: string, message: string): void {
    const uid = pod.metadata?.uid ?? ''
    const told = this.#told.get(uid) ?? new Map<string, string>()
    if (told.get(volume) === message) return
    this.#told.set(uid, told.set(volume, message))
    this.#tell(pod, 'Warning', 'FailedAttachVolume', message)
  }

  #tell({ metadata }: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, resourceVersion }, type, reason, message })
  }
}
