import { podUid } from '../../kube/ids.ts'
import type { PodIdentity } from '../engine.ts'

/** Labels as a kubelet gives them to sandboxes and containers; other tools find a pod's containers by them. */
export const label = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const

const own = new Set<string>(Object.values(label))

/** With those of the pod. */
export const podLabels = (pod: PodIdentity, labels: Readonly<Record<string, string>>): Record<string, string> => ({
  ...labels,
  [label.podName]: pod.name,
  [label.podNamespace]: pod.namespace,
  [label.podUid]: pod.uid,
})

/** What was given, without what the engine added. */
export const givenLabels = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !own.has(name)))

/** Whose this is; undefined when it is no pod's. */
export function podOf(labels: Readonly<Record<string, string>>): PodIdentity | undefined {
  const uid = labels[label.podUid]
  if (!uid) return undefined
  return { uid: podUid(uid), name: labels[label.podName] ?? '', namespace: labels[label.podNamespace] ?? '' }
}
