import { KubeError } from '../../../kube/client.ts'
import type { PersistentVolumeClaim, Pod, Volume } from '../../../kube/objects.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { claimNameOf } from '../../volume-binding/pod-volumes.ts'
import { controllerReference } from '../runtime/claim.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { controllerOf, type Informer, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { isNamespaceEnding } from '../runtime/namespace-ending.ts'

export interface EphemeralVolumeOptions extends SchedulerOptions {
  readonly informers: Informers
}

const resource = 'persistentvolumeclaims'
const call = asController('ephemeral-volume-controller')
// kube-controller-manager's --concurrent-ephemeralvolume-syncs.
const concurrency = 5

/** The claim that a pod's ephemeral volume asks for, owned by the pod. */
export function claimFor(pod: Pod, volume: Volume): PersistentVolumeClaim {
  const { metadata, spec } = volume.ephemeral?.volumeClaimTemplate ?? {}
  return structuredClone({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimNameOf(pod, volume),
      ...(metadata?.labels && { labels: metadata.labels }),
      ...(metadata?.annotations && { annotations: metadata.annotations }),
      ownerReferences: [controllerReference('v1', 'Pod', pod)],
    },
    spec,
  }) as PersistentVolumeClaim
}

/** kube-controller-manager's ephemeral-volume: makes the claims of pods' generic ephemeral volumes, which go with their pods. */
export class EphemeralVolumeController {
  readonly #options: EphemeralVolumeOptions
  readonly #pods: Informer<Pod>
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #events: EventRecorder

  constructor(options: EphemeralVolumeOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'ephemeral_volume' })
    const queue = new KeyedQueue({ name: 'ephemeral_volume', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#pods = informers.of<Pod>('pods')
    this.#claims = informers.of<PersistentVolumeClaim>(resource)
    this.#pods.onChange(({ object, gone, previous }) => {
      if (!gone && !previous && object.spec?.volumes?.some(({ ephemeral }) => ephemeral)) queue.add(keyOf(object))
    })
    this.#claims.onChange(({ object, gone }) => {
      const owner = controllerOf(object)
      if (gone && owner?.kind === 'Pod') queue.add(`${object.metadata?.namespace ?? ''}/${owner.name}`)
    })
  }

  async #sync(key: string): Promise<void> {
    const pod = this.#pods.get(key)
    if (!pod || pod.metadata?.deletionTimestamp) return
    for (const volume of pod.spec?.volumes ?? []) if (volume.ephemeral) await this.#serve(pod, volume)
  }

  async #serve(pod: Pod, volume: Volume): Promise<void> {
    const { name, namespace, uid, resourceVersion } = pod.metadata ?? {}
    const claim = claimNameOf(pod, volume) ?? ''
    try {
      const there = this.#claims.get(`${namespace}/${claim}`)
      if (!there) await this.#create(pod, volume, claim)
      else if (controllerOf(there)?.uid !== uid) throw new Error(`PVC ${namespace}/${claim} was not created for pod ${namespace}/${name} (pod is not owner)`)
    } catch (error) {
      if (isNamespaceEnding(error)) return
      const object = { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, resourceVersion }
      const why = error instanceof Error ? error.message : String(error)
      this.#events.record({ object, type: 'Warning', reason: 'FailedBinding', message: `ephemeral volume ${volume.name}: ${why}` })
      throw error
    }
  }

  async #create(pod: Pod, volume: Volume, claim: string): Promise<void> {
    try {
      await this.#options.backend.create({ resource, namespace: pod.metadata?.namespace }, claimFor(pod, volume), call)
    } catch (cause) {
      if (!(cause instanceof KubeError) || isNamespaceEnding(cause)) throw cause
      throw new Error(`create PVC ${claim}: ${cause.message}`, { cause })
    }
  }
}
