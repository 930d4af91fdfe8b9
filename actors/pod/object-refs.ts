import type { Pod } from '../../src/kube/objects.ts'
import type { ObjectRef } from './messages.ts'

/** The Secrets and ConfigMaps that a pod's spec names: volumes, environment, image pull secrets. Each once. */
export function objectRefs(pod: Pod): ObjectRef[] {
  const namespace = pod.metadata?.namespace ?? 'default'
  const found = new Map<string, ObjectRef>()
  const add = (kind: ObjectRef['kind'], name: string | undefined) => {
    if (name) found.set(`${kind}/${name}`, { kind, namespace, name })
  }
  const spec = pod.spec
  for (const secret of spec?.imagePullSecrets ?? []) add('Secret', secret.name)
  for (const volume of spec?.volumes ?? []) {
    add('Secret', volume.secret?.secretName)
    add('ConfigMap', volume.configMap?.name)
    for (const source of volume.projected?.sources ?? []) {
      add('Secret', source.secret?.name)
      add('ConfigMap', source.configMap?.name)
    }
  }
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])]) {
    for (const source of container.envFrom ?? []) {
      add('Secret', source.secretRef?.name)
      add('ConfigMap', source.configMapRef?.name)
    }
    for (const entry of container.env ?? []) {
      add('Secret', entry.valueFrom?.secretKeyRef?.name)
      add('ConfigMap', entry.valueFrom?.configMapKeyRef?.name)
    }
  }
  return [...found.values()]
}

/** The names of the pod's volumes whose contents come from `ref`. */
export function volumesOf(pod: Pod, ref: ObjectRef): string[] {
  if (ref.namespace !== (pod.metadata?.namespace ?? 'default')) return []
  const secret = (name: string | undefined) => ref.kind === 'Secret' && name === ref.name
  const configMap = (name: string | undefined) => ref.kind === 'ConfigMap' && name === ref.name
  return (pod.spec?.volumes ?? [])
    .filter(
      (volume) =>
        secret(volume.secret?.secretName) ||
        configMap(volume.configMap?.name) ||
        volume.projected?.sources?.some((source) => secret(source.secret?.name) || configMap(source.configMap?.name)),
    )
    .map((volume) => volume.name)
}

/** The names of the pod's volumes whose contents come from the pod's own fields. */
export function downwardVolumes(pod: Pod): string[] {
  const follows = (volume: NonNullable<NonNullable<Pod['spec']>['volumes']>[number]) =>
    volume.downwardAPI !== undefined || volume.projected?.sources?.some((source) => source.downwardAPI !== undefined)
  return (pod.spec?.volumes ?? []).filter(follows).map((volume) => volume.name)
}
