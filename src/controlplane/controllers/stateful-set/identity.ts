import type { Pod, PodSpec, PodTemplateSpec, StatefulSet, Volume } from '../../../kube/objects.ts'
import { revisionLabel } from '../history/revisions.ts'
import { controllerReference } from '../runtime/claim.ts'
import { claimName, ordinalOf, podName } from './ordinals.ts'

export const podNameLabel = 'statefulset.kubernetes.io/pod-name'
export const podIndexLabel = 'apps.kubernetes.io/pod-index'

/** The pod of an ordinal, made from the template of a revision. */
export function newPod(set: StatefulSet, template: PodTemplateSpec | undefined, revision: string, ordinal: number): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {}
  const name = podName(set, ordinal)
  const spec = { ...template?.spec, hostname: name, ...(set.spec?.serviceName && { subdomain: set.spec.serviceName }) } as PodSpec
  return structuredClone({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: set.metadata?.namespace,
      labels: { ...labels, ...identityLabels(set, ordinal), [revisionLabel]: revision },
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference('apps/v1', 'StatefulSet', set)],
    },
    spec: { ...spec, volumes: volumesFor(set, spec.volumes, ordinal) },
  }) as Pod
}

const identityLabels = (set: StatefulSet, ordinal: number) => ({ [podNameLabel]: podName(set, ordinal), [podIndexLabel]: String(ordinal) })

/** The claims of the templates first; they take the place of volumes of their names. */
function volumesFor(set: StatefulSet, volumes: readonly Volume[] = [], ordinal: number): Volume[] {
  const names = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '')
  const claimed = names.map((name) => ({ name, persistentVolumeClaim: { claimName: claimName(set, name, ordinal) } }))
  return [...claimed, ...volumes.filter(({ name }) => !names.includes(name))]
}

export const hasIdentity = ({ metadata }: Pod): boolean => metadata?.labels?.[podNameLabel] === metadata?.name

export function hasStorage(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(pod)
  if (ordinal === undefined) return false
  const volumes = new Map((pod.spec?.volumes ?? []).map((volume) => [volume.name, volume.persistentVolumeClaim?.claimName]))
  return (set.spec?.volumeClaimTemplates ?? []).every(({ metadata }) => volumes.get(metadata?.name ?? '') === claimName(set, metadata?.name ?? '', ordinal))
}

/** The pod as it has to be: with its labels and the volumes of its claims. */
export function conformed(set: StatefulSet, pod: Pod): Pod {
  const ordinal = ordinalOf(pod) ?? 0
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, ...identityLabels(set, ordinal) } },
    spec: { ...pod.spec, ...(!hasStorage(set, pod) && { volumes: volumesFor(set, pod.spec?.volumes, ordinal) }) },
  } as Pod
}

export const revisionOf = ({ metadata }: Pod): string => metadata?.labels?.[revisionLabel] ?? ''
