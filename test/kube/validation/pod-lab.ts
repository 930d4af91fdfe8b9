import type { Pod } from '../../../src/kube/objects.ts'
import { defaultPod } from '../../../src/kube/pod-defaults.ts'
import { validatePod } from '../../../src/kube/validation/pod-validation.ts'

type Fields = Readonly<Record<string, unknown>>

/** A pod as a client sends it, with its defaults. */
export function podOf(spec: Fields): Pod {
  const pod = { metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'i' }], ...structuredClone(spec) } } as unknown as Pod
  defaultPod(pod)
  return pod
}

/** What is said of such a pod: `field: message`. */
export const problemsOf = (spec: Fields): string[] => validatePod(podOf(spec)).map(({ field, message }) => `${field}: ${message}`)

/** What is said of its only container, with the paths from that container on. */
export const containerProblems = (fields: Fields, spec: Fields = {}): string[] =>
  problemsOf({ ...spec, containers: [{ name: 'c', image: 'i', ...fields }] }).map((problem) => problem.replace('spec.containers[0].', ''))
