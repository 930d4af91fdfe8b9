import type { KubeObject, PersistentVolume, Pod } from '../../../../kube/objects.ts'
import type { ApiBackend } from '../../rest/backend.ts'
import { selectorOf } from '../../rest/field-selector.ts'
import { type PodReferences, referencesOf } from './pod-references.ts'

const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** A pod that stands for one of a node's own. */
export const isMirrorPod = ({ metadata }: KubeObject): boolean => metadata?.annotations !== undefined && Object.hasOwn(metadata.annotations, mirrorAnnotation)

/**
 * What is bound to a node: the edges of kube-apiserver's node authorizer, followed from the node's pods when asked. A mirror pod leads to nothing, whatever it
 * names: a node makes it itself.
 */
export class BoundToNode {
  readonly #node: string
  readonly #backend: ApiBackend

  constructor(node: string, backend: ApiBackend) {
    this.#node = node
    this.#backend = backend
  }

  async pod(namespace: string, name: string): Promise<boolean> {
    return (await this.#found<Pod>({ resource: 'pods', namespace, name }))?.spec?.nodeName === this.#node
  }

  /** Whether one of the node's pods refers to it; `of` says where in a pod's references it would be. */
  async inNamespace(namespace: string, refers: (references: PodReferences) => boolean): Promise<boolean> {
    return (await this.#pods(namespace)).some((pod) => refers(referencesOf(pod)))
  }

  async secret(namespace: string, name: string): Promise<boolean> {
    if (await this.inNamespace(namespace, ({ secrets }) => secrets.has(name))) return true
    // A volume's secret is mostly of its driver's namespace.
    return this.#someVolume((volume) => volumeSecrets(volume).some((ref) => ref.name === name && ref.namespace === namespace))
  }

  persistentVolume(name: string): Promise<boolean> {
    return this.#someVolume(({ metadata }) => metadata?.name === name)
  }

  async volumeAttachment(name: string): Promise<boolean> {
    const found = await this.#found<KubeObject & { spec?: { nodeName?: string } }>({ resource: 'volumeattachments.storage.k8s.io', name })
    return found?.spec?.nodeName === this.#node
  }

  async resourceSlice(name: string): Promise<boolean> {
    const found = await this.#found<KubeObject & { spec?: { nodeName?: string } }>({ resource: 'resourceslices.resource.k8s.io', name })
    return found?.spec?.nodeName === this.#node
  }

  async #pods(namespace?: string): Promise<readonly Pod[]> {
    const { items } = await this.#backend.list(
      { resource: 'pods', ...(namespace && { namespace }) },
      { fieldSelector: selectorOf('spec.nodeName', this.#node) },
    )
    return items.filter((pod) => !isMirrorPod(pod)) as readonly Pod[]
  }

  /** Whether a volume that is bound to a claim of the node's pods is one of these. Each claim and each volume is read once. */
  async #someVolume(wanted: (volume: PersistentVolume) => boolean): Promise<boolean> {
    const seen = new Set<string>()
    for (const pod of await this.#pods()) {
      const namespace = pod.metadata?.namespace ?? ''
      for (const name of referencesOf(pod).claims) {
        if (seen.has(`${namespace}/${name}`)) continue
        seen.add(`${namespace}/${name}`)
        const volume = await volumeOf(this.#backend, namespace, name)
        if (volume && wanted(volume)) return true
      }
    }
    return false
  }

  #found<T extends KubeObject>(at: Parameters<ApiBackend['get']>[0]): Promise<T | undefined> {
    return found<T>(this.#backend, at)
  }
}

/** The volume that a claim is bound to, when the volume says so too: a claim alone could name any. */
export async function volumeOf(backend: ApiBackend, namespace: string, claimName: string): Promise<PersistentVolume | undefined> {
  const claim = await found<KubeObject & { spec?: { volumeName?: string } }>(backend, { resource: 'persistentvolumeclaims', namespace, name: claimName })
  if (!claim?.spec?.volumeName) return undefined
  const volume = await found<PersistentVolume>(backend, { resource: 'persistentvolumes', name: claim.spec.volumeName })
  const owner = volume?.spec?.claimRef
  return !owner || (owner.namespace === namespace && owner.name === claimName) ? volume : undefined
}

/** Undefined for what is not there, or is of a kind that is not served. */
export async function found<T extends KubeObject>(backend: ApiBackend, at: Parameters<ApiBackend['get']>[0]): Promise<T | undefined> {
  return (await backend.get(at).catch(() => undefined)) as T | undefined
}

/** The secrets of a volume that a node has use for (pvutil.VisitPVSecretNames); those without a namespace are of the claim's. */
function volumeSecrets({ spec }: PersistentVolume): { readonly namespace: string | undefined; readonly name: string | undefined }[] {
  const { csi, azureFile, cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos, claimRef } = spec ?? {}
  const refs = [csi?.nodeStageSecretRef, csi?.nodePublishSecretRef, csi?.nodeExpandSecretRef]
  for (const source of [cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos]) refs.push(source?.secretRef)
  const azure = azureFile && { name: azureFile.secretName, namespace: azureFile.secretNamespace }
  return [...refs, azure].flatMap((ref) => (ref ? [{ name: ref.name, namespace: ref.namespace || claimRef?.namespace }] : []))
}
