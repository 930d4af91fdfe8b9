import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/objects.ts'
import type { StorageClass } from '../../apiserver/kinds/storage/storage-classes.ts'
import { claimNameOf } from '../../volume-binding/pod-volumes.ts'
import { classOf, defaultClassOf, namesClass } from '../../volume-binding/storage-class.ts'
import { type Informer, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyGroups } from '../runtime/key-groups.ts'
import type { ClaimView } from './claim-step.ts'

/** Who is to be looked at again. */
export interface StockListener {
  claim(key: string): void
  volume(name: string): void
}

const ofClass = (name: string) => `class ${name}`
const ofVolume = (name: string) => `volume ${name}`
const withoutClass = 'without class'

const referenceOf = ({ spec }: PersistentVolume) => spec?.claimRef && `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`

/** Claims and volumes as they are found by each other, and who of them is touched by a change of another. No copy of any object. */
export class Stock implements ClaimView {
  readonly claims: Informer<PersistentVolumeClaim>
  readonly volumes: Informer<PersistentVolume>
  readonly #classes: Informer<StorageClass>
  /** Names of volumes, by the claim that they are for, or by class when they are for none. */
  readonly #byUse = new KeyGroups()
  /** Claims that are not bound, by class, or by the volume that they name. */
  readonly #pending = new KeyGroups()
  /** Pods that are on no node, by claim. */
  readonly #unscheduled = new KeyGroups()

  constructor(informers: Informers, listener: StockListener) {
    this.claims = informers.of<PersistentVolumeClaim>('persistentvolumeclaims')
    this.volumes = informers.of<PersistentVolume>('persistentvolumes')
    this.#classes = informers.of<StorageClass>('storageclasses.storage.k8s.io')
    this.volumes.onChange(({ object, gone, previous }) => this.#onVolume(object, gone, previous, listener))
    this.claims.onChange(({ object, gone }) => this.#onClaim(object, gone, listener))
    this.#classes.onChange(({ object }) => {
      for (const group of [ofClass(object.metadata?.name ?? ''), withoutClass]) for (const key of this.#pending.of(group)) listener.claim(key)
    })
    informers.of<Pod>('pods').onChange(({ object, gone }) => this.#onPod(object, gone, listener))
  }

  volume(name: string): PersistentVolume | undefined {
    return this.volumes.get(`/${name}`)
  }

  *candidates(claim: PersistentVolumeClaim): Iterable<PersistentVolume> {
    for (const group of [keyOf(claim), ofClass(classOf(claim))])
      for (const name of this.#byUse.of(group)) {
        const volume = this.volume(name)
        if (volume) yield volume
      }
  }

  storageClass(name: string): StorageClass | undefined {
    return this.#classes.get(`/${name}`)
  }

  defaultClass(): StorageClass | undefined {
    return defaultClassOf(this.#classes.inNamespace(''))
  }

  unscheduledPods(claim: PersistentVolumeClaim): readonly string[] {
    return [...this.#unscheduled.of(keyOf(claim))].map((key) => key.slice(key.indexOf('/') + 1))
  }

  #onVolume(volume: PersistentVolume, gone: boolean, previous: PersistentVolume | undefined, listener: StockListener): void {
    const name = volume.metadata?.name ?? ''
    const claim = referenceOf(volume)
    this.#byUse.put(name, gone ? [] : [claim ?? ofClass(classOf(volume))])
    listener.volume(name)
    for (const key of new Set([claim, previous && referenceOf(previous), ...this.#pending.of(ofVolume(name))])) if (key) listener.claim(key)
    if (!gone && !claim && volume.status?.phase === 'Available') for (const key of this.#pending.of(ofClass(classOf(volume)))) listener.claim(key)
  }

  #onClaim(claim: PersistentVolumeClaim, gone: boolean, listener: StockListener): void {
    const key = keyOf(claim)
    const { volumeName } = claim.spec ?? {}
    const groups = volumeName ? [ofVolume(volumeName)] : [ofClass(classOf(claim)), ...(namesClass(claim) ? [] : [withoutClass])]
    this.#pending.put(key, gone ? [] : groups)
    listener.claim(key)
    for (const name of this.#byUse.of(key)) listener.volume(name)
    if (volumeName) listener.volume(volumeName)
  }

  #onPod(pod: Pod, gone: boolean, listener: StockListener): void {
    const { namespace, name } = pod.metadata ?? {}
    const key = `${namespace}/${name}`
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    const waits = !gone && !pod.spec?.nodeName && !ended
    const claims: string[] = []
    for (const volume of pod.spec?.volumes ?? []) {
      const claim = claimNameOf(pod, volume)
      if (claim !== undefined) claims.push(`${namespace}/${claim}`)
    }
    this.#unscheduled.put(key, waits ? claims : [])
    for (const claim of claims) if (!this.claims.get(claim)?.spec?.volumeName) listener.claim(claim)
  }
}
