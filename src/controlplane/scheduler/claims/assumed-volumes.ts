import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { claimOfVolume, forNode, volumeOfClaim } from '../../volume-binding/bind.ts'
import type { PodVolumes, VolumeView } from '../../volume-binding/pod-volumes.ts'

const keyOf = ({ metadata }: PersistentVolumeClaim) => `${metadata?.namespace}/${metadata?.name}`

/** Claims and volumes as they will be when what was decided of them is written: the next pod finds no volume that is about to be another's. */
export class AssumedVolumes implements VolumeView {
  readonly #stored: VolumeView
  readonly #claims = new Map<string, PersistentVolumeClaim>()
  readonly #volumes = new Map<string, PersistentVolume>()

  constructor(stored: VolumeView) {
    this.#stored = stored
  }

  claim(namespace: string, name: string): PersistentVolumeClaim | undefined {
    const stored = this.#stored.claim(namespace, name)
    return stored && (this.#claims.get(`${namespace}/${name}`) ?? stored)
  }

  volume(name: string): PersistentVolume | undefined {
    const stored = this.#stored.volume(name)
    return stored && (this.#volumes.get(name) ?? stored)
  }

  *volumes(): Iterable<PersistentVolume> {
    for (const volume of this.#stored.volumes()) yield this.#volumes.get(volume.metadata?.name ?? '') ?? volume
  }

  storageClass(name: string): ReturnType<VolumeView['storageClass']> {
    return this.#stored.storageClass(name)
  }

  /** What is to be written of a pod's claims is taken for done; the answer takes it back, once it is written or will not be. */
  assume({ bindings, provisions }: PodVolumes, nodeName: string): () => void {
    for (const { claim, volume } of bindings) {
      this.#claims.set(keyOf(claim), claimOfVolume(claim, volume))
      this.#volumes.set(volume.metadata?.name ?? '', volumeOfClaim(volume, claim))
    }
    for (const claim of provisions) this.#claims.set(keyOf(claim), forNode(claim, nodeName))
    return () => {
      for (const { claim, volume } of bindings) {
        this.#claims.delete(keyOf(claim))
        this.#volumes.delete(volume.metadata?.name ?? '')
      }
      for (const claim of provisions) this.#claims.delete(keyOf(claim))
    }
  }
}
