import type { KubeObject, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { type Admission, resourceName } from '../resource.ts'
import type { ApiBackend } from '../rest/backend.ts'

type Ingress = KubeObject & { spec?: { ingressClassName?: string } }

/** kube-apiserver's DefaultStorageClass: a claim that names no class, not even the empty one, is of the default class. */
export const defaultStorageClass: Admission = async ({ operation, definition, subresource, object, context }) => {
  if (operation !== 'CREATE' || resourceName(definition) !== 'persistentvolumeclaims' || subresource !== '') return
  const { spec, metadata } = object as PersistentVolumeClaim
  if (!spec || spec.storageClassName !== undefined || metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return
  const marks = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']
  const name = await defaultOf(context.backend, 'storageclasses.storage.k8s.io', marks)
  if (name !== undefined) spec.storageClassName = name
}

/** kube-apiserver's DefaultIngressClass: likewise of an Ingress. */
export const defaultIngressClass: Admission = async ({ operation, definition, subresource, object, context }) => {
  if (operation !== 'CREATE' || resourceName(definition) !== 'ingresses.networking.k8s.io' || subresource !== '') return
  const ingress = object as Ingress
  if (ingress.spec?.ingressClassName !== undefined || ingress.metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined) return
  const name = await defaultOf(context.backend, 'ingressclasses.networking.k8s.io', ['ingressclass.kubernetes.io/is-default-class'])
  if (name !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: name }
}

async function defaultOf(backend: ApiBackend, resource: string, marks: readonly string[]): Promise<string | undefined> {
  const { items } = await backend.list({ resource })
  return lastMade(items.filter(({ metadata }) => marks.some((mark) => metadata?.annotations?.[mark] === 'true')))?.metadata?.name
}

/** Of several defaults the one that was made last, by name among those of one moment. */
export function lastMade<T extends KubeObject>(objects: readonly T[]): T | undefined {
  const madeAt = ({ metadata }: KubeObject) => Date.parse(String(metadata?.creationTimestamp ?? ''))
  return [...objects].sort((a, b) => madeAt(b) - madeAt(a) || ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1))[0]
}
