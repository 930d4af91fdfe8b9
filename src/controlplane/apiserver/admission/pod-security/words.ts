import type { Container, ObjectMeta, PodSpec } from '../../../../kube/objects.ts'

/** What is checked: a pod, or the template of pods. */
export interface Checked {
  readonly metadata: ObjectMeta | undefined
  readonly spec: PodSpec
}

/** Why a pod does not fit, in short and with its particulars. */
export interface Violation {
  readonly reason: string
  readonly detail: string
}

export type Check = (pod: Checked) => Violation | undefined

/** Init containers, containers, ephemeral ones. */
export const containersOf = ({ initContainers = [], containers, ephemeralContainers = [] }: PodSpec): readonly Container[] => [
  ...initContainers,
  ...(containers ?? []),
  ...(ephemeralContainers as readonly Container[]),
]

export const plural = (count: number, one: string, many = `${one}s`) => (count === 1 ? one : many)
/** `"a", "b"`, as they come. */
export const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
/** Each once, in order. */
export const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort()
/** `container "a"`, `containers "a", "b"`. */
export const containersText = (names: readonly string[]) => `${plural(names.length, 'container')} ${quoted(names)}`

/** `pod and containers "a"`: who set something that he must not. */
export function settersText(pod: boolean, names: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(names.length > 0 ? [containersText(names)] : [])].join(' and ')
}

export const isWindows = ({ os }: PodSpec) => os?.name === 'windows'
/** Whether root in the pod is nobody on the node (KEP-127). */
export const inUserNamespace = ({ hostUsers }: PodSpec) => hostUsers === false
