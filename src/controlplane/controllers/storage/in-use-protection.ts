import type { KubeObject, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/objects.ts'
import { protections } from '../../apiserver/admission/in-use-protection.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { claimNameOf } from '../../volume-binding/pod-volumes.ts'
import { asController } from '../runtime/controller-user.ts'
import { type Informer, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'

export interface ProtectionOptions extends SchedulerOptions {
  readonly informers: Informers
}

/** kube-controller-manager's pvc-protection: a claim that is deleted goes when no pod uses it. */
export function protectClaims(options: ProtectionOptions): void {
  const claims = options.informers.of<PersistentVolumeClaim>('persistentvolumeclaims')
  const pods = options.informers.of<Pod>('pods')
  const queue = release(
    options,
    { resource: 'persistentvolumeclaims', user: 'pvc-protection-controller', queue: 'pvcprotection', objects: claims },
    ({ metadata }) => {
      for (const pod of pods.inNamespace(metadata?.namespace ?? '')) if (holds(pod, metadata?.name ?? '')) return false
      return true
    },
  )
  // A pod that goes lets go of its claims.
  pods.onChange(({ object, gone }) => {
    if (!gone && !isShutDown(object)) return
    for (const volume of object.spec?.volumes ?? []) {
      const claim = claimNameOf(object, volume)
      if (claim !== undefined) queue.add(`${object.metadata?.namespace ?? ''}/${claim}`)
    }
  })
}

/** kube-controller-manager's pv-protection: a volume that is deleted goes when it is bound to no claim. */
export function protectVolumes(options: ProtectionOptions): void {
  const volumes = options.informers.of<PersistentVolume>('persistentvolumes')
  release(
    options,
    { resource: 'persistentvolumes', user: 'pv-protection-controller', queue: 'pvprotection', objects: volumes },
    ({ status }) => status?.phase !== 'Bound',
  )
}

/** What is protected, and as whom it is released. */
interface Protected<T extends KubeObject> {
  readonly resource: 'persistentvolumeclaims' | 'persistentvolumes'
  readonly user: string
  /** What its queue is called in metrics, as kube-controller-manager's. */
  readonly queue: string
  readonly objects: Informer<T>
}

function release<T extends KubeObject>(
  options: ProtectionOptions,
  { resource, user, queue: name, objects }: Protected<T>,
  isFree: (object: T) => boolean,
): KeyedQueue {
  const { backend, clock, log, signal } = options
  const finalizer = protections[resource] ?? ''
  const handle = async (key: string) => {
    const object = objects.get(key)
    const { deletionTimestamp, finalizers = [], name = '', namespace } = object?.metadata ?? {}
    if (!object || !deletionTimestamp || !finalizers.includes(finalizer) || !isFree(object)) return
    const next = { ...object, metadata: { ...object.metadata, finalizers: finalizers.filter((each) => each !== finalizer) } }
    // Changed meanwhile: its change is looked at.
    await unless(backend.update({ resource, name, ...(namespace && { namespace }) }, next as KubeObject, asController(user)))
  }
  const queue = new KeyedQueue({ name, clock, log, signal, concurrency: 1, handle })
  objects.onChange(({ object, gone }) => {
    if (!gone && object.metadata?.deletionTimestamp) queue.add(keyOf(object))
  })
  return queue
}

/** Its node has done with it, or it was deleted by force: it may yet wait for a finalizer, which may wait for the claim. */
const isShutDown = ({ metadata }: Pod) => metadata?.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0

/** A pod that has ended holds its claims until it is deleted, as upstream; one that has no node yet holds none. */
const holds = (pod: Pod, claim: string): boolean =>
  pod.spec?.nodeName !== undefined &&
  (pod.spec.volumes ?? []).some((volume) => claimNameOf(pod, volume) === claim && (volume.persistentVolumeClaim !== undefined || !isShutDown(pod)))
