import { assertNever } from '../../../base/assert-never.ts'
import { KubeError } from '../../../kube/client.ts'
import type { KubeObject, ObjectReference, PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { betaStorageProvisioner, storageProvisioner } from '../../volume-binding/annotations.ts'
import { claimOfVolume, freed, volumeOfClaim } from '../../volume-binding/bind.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { claimStatus } from './claim-status.ts'
import { claimStep } from './claim-step.ts'
import type { VolumeEvent } from './events.ts'
import { Stock } from './stock.ts'
import { reclaimFailure, volumeStep } from './volume-step.ts'

export interface VolumeBinderOptions extends SchedulerOptions {
  readonly informers: Informers
}

const call = asController('persistent-volume-binder')
const isMissing = (error: unknown) => error instanceof KubeError && error.code === 404

/** kube-controller-manager's persistentvolume-binder: gives claims their volumes, and takes the volumes of claims that are gone back. */
export class VolumeBinder {
  readonly #options: VolumeBinderOptions
  readonly #stock: Stock
  readonly #events: EventRecorder
  /** One after the other, claims and volumes: no volume is looked at for two claims at a time. */
  readonly #queue: KeyedQueue
  /** By uid, what was told last of a claim that waits: each is told once. */
  readonly #told = new Map<string, string>()

  constructor(options: VolumeBinderOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'persistentvolume-controller' })
    this.#queue = new KeyedQueue({ name: 'persistentvolume-binder', clock, log, signal, concurrency: 1, handle: (key) => this.#sync(key) })
    this.#stock = new Stock(informers, {
      claim: (key) => this.#queue.add(key),
      // A claim's key names its namespace first.
      volume: (name) => this.#queue.add(`/${name}`),
    })
    for (const informer of [this.#stock.claims, this.#stock.volumes] as const)
      informer.onChange(({ object, gone }) => {
        if (gone || object.status?.phase === 'Bound') this.#told.delete(object.metadata?.uid ?? '')
      })
  }

  async #sync(key: string): Promise<void> {
    const volume = key.startsWith('/') ? this.#stock.volume(key.slice(1)) : undefined
    if (volume) return this.#syncVolume(volume)
    const claim = this.#stock.claims.get(key)
    if (claim) return this.#syncClaim(claim)
  }

  async #syncClaim(claim: PersistentVolumeClaim): Promise<void> {
    const step = claimStep(claim, this.#stock)
    switch (step.do) {
      case 'bind':
        return this.#bind(claim, step.volume)
      case 'wait':
        if (step.event) this.#tellOnce(claim, step.event)
        await this.#setClaimPhase(claim, 'Pending', undefined)
        return
      case 'lose':
        if (claim.status?.phase === 'Lost') return
        await this.#setClaimPhase(claim, 'Lost', undefined)
        return this.#tell(claim, 'PersistentVolumeClaim', step.event)
      case 'tell':
        return this.#tellOnce(claim, step.event)
      case 'take-class':
        await this.#writeClaim({ ...claim, spec: { ...claim.spec, storageClassName: step.name } } as PersistentVolumeClaim)
        return
      case 'provision': {
        const wanted = { [betaStorageProvisioner]: step.provisioner, [storageProvisioner]: step.provisioner }
        const annotations = { ...claim.metadata?.annotations, ...wanted }
        if (claim.metadata?.annotations?.[storageProvisioner] !== step.provisioner)
          await this.#writeClaim({ ...claim, metadata: { ...claim.metadata, annotations } })
        return this.#tellOnce(claim, step.event)
      }
      default:
        assertNever(step)
    }
  }

  /** The volume first: whoever comes between finds it taken. What is written already is not written again. */
  async #bind(claim: PersistentVolumeClaim, given: PersistentVolume): Promise<void> {
    let volume = volumeOfClaim(given, claim)
    if (volume !== given) volume = await this.#writeVolume(volume)
    volume = await this.#setVolumePhase(volume, 'Bound')
    const bound = claimOfVolume(claim, volume)
    await this.#setClaimPhase(bound === claim ? claim : await this.#writeClaim(bound), 'Bound', volume)
  }

  async #syncVolume(volume: PersistentVolume): Promise<void> {
    const { claimRef } = volume.spec ?? {}
    const claim = claimRef && this.#stock.claims.get(`${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`)
    const step = volumeStep(volume, claim)
    switch (step.do) {
      case 'phase':
        await this.#setVolumePhase(volume, step.phase)
        return
      case 'wake-claim':
        return claim && this.#queue.add(keyOf(claim))
      case 'tell':
        this.#tellOnce(volume, step.event)
        return claim && this.#tellOnce(claim, step.claimEvent)
      case 'free':
        await this.#setVolumePhase(await this.#writeVolume(freed(volume)), 'Available')
        return
      case 'reclaim':
        return this.#reclaim(volume)
      default:
        assertNever(step)
    }
  }

  async #reclaim(volume: PersistentVolume): Promise<void> {
    let released = volume
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed') {
      // Once and for all: not for a claim that is only not seen yet.
      if (await this.#hasClaim(volume)) throw new Error(`the claim of ${volume.metadata?.name} is not seen yet`)
      released = await this.#setVolumePhase(volume, 'Released')
    }
    const failure = reclaimFailure(released)
    if (!failure || released.status?.phase === 'Failed') return
    await this.#setVolumePhase(released, 'Failed', failure.message)
    this.#tell(released, 'PersistentVolume', failure)
  }

  async #hasClaim({ spec, metadata }: PersistentVolume): Promise<boolean> {
    const { name = '', namespace, uid } = spec?.claimRef ?? {}
    const ref = { resource: 'persistentvolumeclaims', name, namespace }
    const found = (await this.#options.backend.get(ref).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })) as PersistentVolumeClaim | undefined
    return found?.metadata?.uid === uid && (!found?.spec?.volumeName || found.spec.volumeName === metadata?.name)
  }

  async #writeVolume(volume: PersistentVolume, subresource?: 'status'): Promise<PersistentVolume> {
    const ref = { resource: 'persistentvolumes', name: volume.metadata?.name ?? '' }
    return (await this.#options.backend.update(ref, volume, { ...call, ...(subresource && { subresource }) })) as PersistentVolume
  }

  async #writeClaim(claim: PersistentVolumeClaim, subresource?: 'status'): Promise<PersistentVolumeClaim> {
    const ref = { resource: 'persistentvolumeclaims', namespace: claim.metadata?.namespace, name: claim.metadata?.name ?? '' }
    return (await this.#options.backend.update(ref, claim, { ...call, ...(subresource && { subresource }) })) as PersistentVolumeClaim
  }

  async #setVolumePhase(volume: PersistentVolume, phase: string, message?: string): Promise<PersistentVolume> {
    if (volume.status?.phase === phase) return volume
    const { message: _, ...status } = volume.status ?? {}
    return this.#writeVolume({ ...volume, status: { ...status, phase, ...(message !== undefined && { message }) } }, 'status')
  }

  async #setClaimPhase(claim: PersistentVolumeClaim, phase: 'Pending' | 'Bound' | 'Lost', volume: PersistentVolume | undefined): Promise<void> {
    const status = claimStatus(claim, phase, volume)
    if (status) await this.#writeClaim({ ...claim, status }, 'status')
  }

  #tellOnce(object: PersistentVolume | PersistentVolumeClaim, event: VolumeEvent): void {
    const { uid = '', namespace } = object.metadata ?? {}
    const text = `${event.reason} ${event.message}`
    if (this.#told.get(uid) === text) return
    this.#told.set(uid, text)
    this.#tell(object, namespace ? 'PersistentVolumeClaim' : 'PersistentVolume', event)
  }

  #tell({ metadata }: KubeObject, kind: string, event: VolumeEvent): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    const object: ObjectReference = { apiVersion: 'v1', kind, name, uid, resourceVersion, ...(namespace && { namespace }) }
    this.#events.record({ object, ...event })
  }
}
