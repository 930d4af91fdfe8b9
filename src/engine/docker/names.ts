import { putOwn } from '../../base/own.ts'
import { podUid } from '../../kube/ids.ts'
import type { PodIdentity } from '../engine.ts'

/** Labels as dockershim wrote them; other tools find a pod's containers by them. */
export const label = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  type: 'io.kubernetes.docker.type',
  sandboxId: 'io.kubernetes.sandbox.id',
  logPath: 'io.kubernetes.container.logpath',
  /** Not dockershim's: what the pod's spec called the image, which may be created by its id. */
  imageSpec: 'io.podsteward.image-spec',
} as const

/** Docker has labels only: an annotation is a label with this prefix. */
const annotationPrefix = 'annotation.'
/** The container name of a sandbox. */
export const sandboxContainerName = 'POD'

const ours = new Set<string>(Object.values(label))

/** `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`: the same attempt made twice meets itself. */
export function dockerName(container: string, pod: PodIdentity, attempt: number): string {
  return ['k8s', container, pod.name, pod.namespace, pod.uid, attempt].join('_')
}

/**
 * The attempt in a container's name (Docker reports it with a leading slash); 0 when there is none. It is counted from the front: cri-dockerd puts something
 * random behind it where a container that would not go has the name. No name of Kubernetes has an underscore in it.
 */
export function attemptOf(name: string): number {
  const [prefix, , , , , attempt = ''] = name.replace(/^\//, '').split('_')
  return prefix === 'k8s' && /^\d+$/.test(attempt) ? Number(attempt) : 0
}

/** Labels of a container of a pod; the agent's own win over the pod's. */
export function dockerLabels(
  pod: PodIdentity,
  settings: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> },
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const annotations = Object.entries(settings.annotations).map(([key, value]) => [annotationPrefix + key, value])
  return {
    ...settings.labels,
    ...Object.fromEntries(annotations),
    [label.podName]: pod.name,
    [label.podNamespace]: pod.namespace,
    [label.podUid]: pod.uid,
    ...extra,
  }
}

/** The labels and annotations that were given, without what the engine added. */
export function givenLabels(all: Readonly<Record<string, string>>): { labels: Record<string, string>; annotations: Record<string, string> } {
  const labels: Record<string, string> = {}
  const annotations: Record<string, string> = {}
  for (const [key, value] of Object.entries(all)) {
    if (key.startsWith(annotationPrefix)) putOwn(annotations, key.slice(annotationPrefix.length), value)
    else if (!ours.has(key)) putOwn(labels, key, value)
  }
  return { labels, annotations }
}

/** Whose container this is; undefined when it is no pod's. */
export function podOf(labels: Readonly<Record<string, string>> | undefined): PodIdentity | undefined {
  const uid = labels?.[label.podUid]
  if (!labels || !uid) return undefined
  return { uid: podUid(uid), name: labels[label.podName] ?? '', namespace: labels[label.podNamespace] ?? '' }
}

/** Whether these labels are a pause container's. */
export const isSandbox = (labels: Readonly<Record<string, string>>) => labels[label.type] === 'podsandbox'
