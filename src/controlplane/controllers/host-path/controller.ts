import { backoffDelay } from '../../../base/backoff.ts'
import { KubeError } from '../../../kube/client.ts'
import type { KubeObject, Node, PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { found } from '../../apiserver/auth/node/bound.ts'
import type { StorageClass } from '../../apiserver/kinds/storage/storage-classes.ts'
import type { ObjectRef } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { selectedNode } from '../../volume-binding/annotations.ts'
import { classOf, selectedNodeOf, waitsForConsumer } from '../../volume-binding/storage-class.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { type Informer, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import type { NodePaths } from './node-paths.ts'
import { directoryFinalizer, hostPathProvisioner, isOurs, isToDelete, isWanted, onNode, refusalOf, volumeFor, volumeNameOf } from './provision.ts'
import { attributesRefused, growing, grown, grownVolume, isToGrow, wantsAttributes } from './resize.ts'

export interface HostPathOptions extends SchedulerOptions {
  readonly informers: Informers
  readonly paths: NodePaths
}

const claims = 'persistentvolumeclaims'
const volumes = 'persistentvolumes'
// sig-storage-lib-external-provisioner's threads, and its pause after a failure.
const concurrency = 4
const retry = { initialMs: 15_000, maxMs: 1_000_000, jitter: 0.1 }

/** Makes directories of nodes the volumes of claims, has them grow, and deletes them, as an external provisioner beside kube-controller-manager does. */
export class HostPathProvisioner {
  readonly #options: HostPathOptions
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #volumes: Informer<PersistentVolume>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  readonly #failures = new Map<string, number>()

  constructor(options: HostPathOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: hostPathProvisioner })
    this.#queue = new KeyedQueue({ name: 'host-path-provisioner', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#claims = informers.of<PersistentVolumeClaim>(claims)
    this.#volumes = informers.of<PersistentVolume>(volumes)
    this.#claims.onChange(({ object, gone }) => {
      if (gone || isWanted(object) || isToGrow(object) || wantsAttributes(object)) this.#queue.add(keyOf(object))
    })
    this.#volumes.onChange(({ object, gone }) => {
      if (gone || isToDelete(object)) this.#queue.add(keyOf(object))
    })
  }

  async #sync(key: string): Promise<void> {
    const object = key.startsWith('/') ? this.#volumes.get(key) : this.#claims.get(key)
    this.#queue.schedule(key, undefined)
    if (!object) return void this.#failures.delete(key)
    try {
      if (key.startsWith('/')) await this.#delete(object as PersistentVolume)
      else await this.#serve(object as PersistentVolumeClaim)
      this.#failures.delete(key)
    } catch (error) {
      // Changed meanwhile: its change brings it again.
      if (error instanceof KubeError && error.code === 409) throw error
      if (this.#options.signal.aborted) return
      const failures = (this.#failures.get(key) ?? 0) + 1
      this.#failures.set(key, failures)
      this.#tell(object, 'Warning', reasonOf(error, object), error instanceof Error ? error.message : String(error))
      this.#queue.schedule(key, backoffDelay(retry, failures))
    }
  }

  async #serve(claim: PersistentVolumeClaim): Promise<void> {
    if (isWanted(claim)) return this.#provision(claim)
    const volume = this.#volumes.get(`/${claim.spec?.volumeName ?? ''}`)
    if (!volume || !isOurs(volume)) return
    if (isToGrow(claim)) return this.#grow(claim, volume)
    if (!wantsAttributes(claim)) return
    await this.#options.backend.update(refOf(claims, claim), { ...claim, status: attributesRefused(claim) } as KubeObject, { ...call, subresource: 'status' })
    const name = JSON.stringify(claim.spec?.volumeAttributesClassName)
    this.#tell(
      claim,
      'Warning',
      'VolumeModifyFailed',
      `VolumeAttributesClass ${name} cannot be had: ${hostPathProvisioner} is a directory and has no attributes`,
    )
  }

  async #provision(claim: PersistentVolumeClaim): Promise<void> {
    const { backend, paths, signal } = this.#options
    const className = classOf(claim)
    const fail = (why: string) => new Refused('ProvisioningFailed', `failed to provision volume with StorageClass ${JSON.stringify(className)}: ${why}`)
    const storageClass = await found<StorageClass>(backend, { resource: 'storageclasses.storage.k8s.io', name: className })
    if (!storageClass) throw fail(`storageclass.storage.k8s.io ${JSON.stringify(className)} not found`)
    const chosen = selectedNodeOf(claim)
    // The scheduler has taken its choice back, or not made it yet.
    if (chosen === undefined && waitsForConsumer(storageClass)) return
    const node = chosen === undefined ? undefined : await found<Node>(backend, { resource: 'nodes', name: chosen })
    if (chosen !== undefined && !node) return this.#chooseAgain(claim, fail(`node ${JSON.stringify(chosen)} not found`))
    const why = refusalOf(claim, storageClass, node)
    if (why !== undefined || !node) throw fail(why ?? 'no node was chosen')
    const name = volumeNameOf(claim)
    const { namespace, name: claimName } = claim.metadata ?? {}
    this.#tell(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim ${JSON.stringify(`${namespace}/${claimName}`)}`)
    const path = await paths.make(node, name, signal).catch((error: unknown) => {
      throw fail(error instanceof Error ? error.message : String(error))
    })
    // One that was made before stays.
    await unless(backend.create({ resource: volumes }, volumeFor(claim, storageClass, node, path), call), [409])
    this.#tell(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`)
  }

  /** The node is gone: the scheduler is to choose another. */
  async #chooseAgain(claim: PersistentVolumeClaim, refused: Refused): Promise<void> {
    const { [selectedNode]: _, ...annotations } = claim.metadata?.annotations ?? {}
    this.#tell(claim, 'Warning', refused.reason, refused.message)
    await this.#options.backend.update(refOf(claims, claim), { ...claim, metadata: { ...claim.metadata, annotations } }, call)
  }

  async #grow(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { backend, clock } = this.#options
    const status = { ...call, subresource: 'status' }
    const ref = refOf(claims, claim)
    const name = volume.metadata?.name ?? ''
    this.#tell(claim, 'Normal', 'Resizing', `External resizer is resizing volume ${name}`)
    const begun = (await backend.update(ref, { ...claim, status: growing(claim, clock.wall()) } as KubeObject, status)) as PersistentVolumeClaim
    const next = grownVolume(volume, claim)
    // A directory has what its file system has: nothing is to be done on the node.
    if (next !== volume) await backend.update({ resource: volumes, name }, next, call)
    await backend.update(ref, { ...begun, status: grown(begun, next) } as KubeObject, status)
    this.#tell(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded')
  }

  async #delete(seen: PersistentVolume): Promise<void> {
    const { backend, paths, signal, log } = this.#options
    const ref = { resource: volumes, name: seen.metadata?.name ?? '' }
    // What was seen may be old: data is not deleted for it.
    const volume = await found<PersistentVolume>(backend, ref)
    if (!volume || volume.metadata?.uid !== seen.metadata?.uid || !isToDelete(volume)) return
    const nodeName = volume.metadata?.annotations?.[onNode] ?? ''
    const node = await found<Node>(backend, { resource: 'nodes', name: nodeName })
    if (node) await paths.remove(node, ref.name, signal)
    else log.warn('the node of a volume is gone, its directory is left there', { volume: ref.name, node: nodeName })
    await unless(backend.delete(ref, { preconditions: { uid: volume.metadata?.uid } }, call))
    const left = await found<PersistentVolume>(backend, ref)
    if (!left?.metadata?.finalizers?.includes(directoryFinalizer)) return
    const finalizers = left.metadata.finalizers.filter((each) => each !== directoryFinalizer)
    await unless(backend.update(ref, { ...left, metadata: { ...left.metadata, finalizers } }, call), [404])
  }

  #tell({ metadata }: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    const kind = namespace ? 'PersistentVolumeClaim' : 'PersistentVolume'
    this.#events.record({ object: { apiVersion: 'v1', kind, name, uid, resourceVersion, ...(namespace && { namespace }) }, type, reason, message })
  }
}

const call = {
  fieldManager: hostPathProvisioner,
  user: { name: 'system:serviceaccount:kube-system:host-path-provisioner', groups: ['system:serviceaccounts', 'system:authenticated'] },
}

/** What was not done, and under which reason it is told. */
class Refused extends Error {
  override readonly name = 'Refused'
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

const reasonOf = (error: unknown, object: PersistentVolume | PersistentVolumeClaim): string => {
  if (error instanceof Refused) return error.reason
  if (!object.metadata?.namespace) return 'VolumeFailedDelete'
  return isWanted(object as PersistentVolumeClaim) ? 'ProvisioningFailed' : 'VolumeResizeFailed'
}

const refOf = (resource: string, { metadata }: KubeObject): ObjectRef => ({
  resource,
  name: metadata?.name ?? '',
  ...(metadata?.namespace && { namespace: metadata.namespace }),
})
