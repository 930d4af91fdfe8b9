import { KubeError } from '../../../kube/client.ts'
import type { KubeObject, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/objects.ts'
import { protections } from '../../apiserver/admission/in-use-protection.ts'
import { referencesOf } from '../../apiserver/auth/node/pod-references.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

/** kube-controller-manager's pvc-protection and pv-protection: a claim that is deleted goes when no pod uses it, a volume when it is bound to no claim. */
export async function protectStorage({ backend, signal, log }: SchedulerOptions): Promise<void> {
  /** Those that wait to go, by resource. */
  const leaving = { persistentvolumeclaims: new Map<string, KubeObject>(), persistentvolumes: new Map<string, KubeObject>() }
  let due = true
  let wake = () => {}
  const look = () => {
    due = true
    wake()
  }
  const stops = (['persistentvolumeclaims', 'persistentvolumes'] as const).map((resource) =>
    backend.observe(resource, ({ object, gone }) => {
      const waits = !gone && object.metadata?.deletionTimestamp && object.metadata.finalizers?.includes(protections[resource] ?? '')
      if (waits) leaving[resource].set(idOf(object), object)
      else leaving[resource].delete(idOf(object))
      if (waits) look()
    }),
  )
  // A pod that ends or goes lets go of its claims.
  stops.push(backend.observe('pods', () => leaving.persistentvolumeclaims.size > 0 && look()))
  signal.addEventListener('abort', look, { once: true })
  try {
    while (!signal.aborted) {
      if (!due) await new Promise<void>((resolve) => (wake = resolve))
      await new Promise((resolve) => setImmediate(resolve))
      due = false
      const used = leaving.persistentvolumeclaims.size > 0 ? await usedClaims(backend) : new Set<string>()
      const free = [
        ...[...leaving.persistentvolumeclaims].filter(([id]) => !used.has(id)).map(([, claim]) => ['persistentvolumeclaims', claim] as const),
        ...[...leaving.persistentvolumes.values()]
          .filter((volume) => (volume as PersistentVolume).status?.phase !== 'Bound')
          .map((volume) => ['persistentvolumes', volume] as const),
      ]
      for (const [resource, object] of free) {
        try {
          await release(backend, resource, object)
        } catch (error) {
          // Changed meanwhile: its change is looked at.
          if (!(error instanceof KubeError) || (error.code !== 404 && error.code !== 409))
            log.warn('a finalizer could not be removed', { resource, name: object.metadata?.name, error: String(error) })
        }
      }
    }
  } finally {
    signal.removeEventListener('abort', look)
    for (const stop of stops) stop()
  }
}

const idOf = ({ metadata }: KubeObject) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`

async function release(backend: ApiBackend, resource: string, object: KubeObject): Promise<void> {
  const { name = '', namespace, finalizers = [] } = object.metadata ?? {}
  const next = { ...object, metadata: { ...object.metadata, finalizers: finalizers.filter((each) => each !== protections[resource]) } }
  await backend.update({ resource, name, ...(namespace && { namespace }) }, next as PersistentVolumeClaim)
}

/** `namespace/name` of every claim of a pod that has not ended. */
async function usedClaims(backend: ApiBackend): Promise<ReadonlySet<string>> {
  const { items } = await backend.list({ resource: 'pods' })
  const used = new Set<string>()
  for (const pod of items as readonly Pod[]) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue
    for (const claim of referencesOf(pod).claims) used.add(`${pod.metadata?.namespace ?? ''}/${claim}`)
  }
  return used
}
