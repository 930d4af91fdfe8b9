import type { Container, PodSpec, PodTemplateSpec } from '../../../../kube/objects.ts'
import { parseQuantity } from '../../../../kube/quantity.ts'
import { nodeLabelFault, volumeFaults } from './deprecated.ts'
import { portWarnings } from './port-warnings.ts'

/** A pod, or a template of pods. */
type PodLike = Pick<PodTemplateSpec, 'metadata' | 'spec'>

/**
 * What kube-apiserver warns of in a pod, or in a template of pods that stands at `path` (pkg/api/pod/warnings.go).
 */
export function podSpecWarnings(path: string, pod: PodLike | undefined): string[] {
  const { spec } = pod ?? {}
  if (!spec) return []
  const at = path ? `${path}.spec` : 'spec'
  return [
    ...nodeLabels(at, spec),
    ...annotationWarnings(path ? `${path}.metadata.annotations` : 'metadata.annotations', pod?.metadata?.annotations),
    ...(spec.volumes ?? []).flatMap((volume, index) => volumeFaults(volume).map(({ source, why }) => `${at}.volumes[${index}].${source}: ${why}`)),
    ...duplicates(spec.hostAliases, ({ ip }) => ip).map(({ index, key }) => `${at}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(key)}`),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) => (name ? [] : [`${at}.imagePullSecrets[${index}].name: invalid empty name ""`])),
    ...duplicates(spec.imagePullSecrets, ({ name }) => name ?? '').map(
      ({ index, key }) => `${at}.imagePullSecrets[${index}].name: duplicate name ${JSON.stringify(key)}`,
    ),
    ...fractions(`${at}.overhead`, spec.overhead),
    ...containersOf(spec).flatMap(({ list, index, container }) => containerWarnings(`${at}.${list}[${index}]`, container)),
    ...portWarnings(containersOf(spec).map(({ list, index, container }) => ({ at: `${at}.${list}[${index}]`, container }))),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...nullSelectors(at, spec),
  ]
}

function containersOf(spec: PodSpec) {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
  return lists.flatMap((list) => ((spec[list] ?? []) as Container[]).map((container, index) => ({ list, index, container })))
}

function nodeLabels(at: string, { nodeSelector, affinity, topologySpreadConstraints }: PodSpec): string[] {
  const node = affinity?.nodeAffinity
  const place = `${at}.affinity.nodeAffinity`
  const terms = [
    ...(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).map(
      (term, index) => [`${place}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`, term] as const,
    ),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ preference }, index) => [`${place}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`, preference] as const,
    ),
  ]
  return [
    ...Object.keys(nodeSelector ?? {}).flatMap((key) => said(`${at}.nodeSelector[${key}]`, nodeLabelFault(key))),
    ...terms.flatMap(([field, term]) =>
      (term?.matchExpressions ?? []).flatMap(({ key }, index) => said(`${field}.matchExpressions[${index}].key`, fault(key))),
    ),
    ...(topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
      const field = `${at}.topologySpreadConstraints[${index}]`
      return [
        ...said(`${field}.topologyKey`, fault(topologyKey)),
        ...(labelSelector === undefined ? [`${field}.labelSelector: a null labelSelector results in matching no pod`] : []),
      ]
    }),
  ]
}

const said = (field: string, why: string | undefined) => (why === undefined ? [] : [`${field}: ${why}`])

function fault(key: string): string | undefined {
  const why = nodeLabelFault(key)
  return why && `${key} is ${why}`
}

function nullSelectors(at: string, { affinity }: PodSpec): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const field = `${at}.affinity.${kind}`
    const needed = (affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(
      (term, index) => [`${field}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector`, term] as const,
    )
    const wished = (affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }, index) =>
        [`${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm.labelSelector`, podAffinityTerm] as const,
    )
    return [...needed, ...wished].flatMap(([place, term]) =>
      term?.labelSelector === undefined ? [`${place}: a null labelSelector results in matching no pod`] : [],
    )
  })
}

const appArmor = 'container.apparmor.security.beta.kubernetes.io/'
const seccomp = 'container.seccomp.security.alpha.kubernetes.io/'

function annotationWarnings(path: string, annotations: Readonly<Record<string, string>> | undefined): string[] {
  return Object.keys(annotations ?? {}).flatMap((key) => {
    const field = `${path}[${key}]`
    if (key === 'seccomp.security.alpha.kubernetes.io/pod' || key.startsWith(seccomp))
      return [`${field}: non-functional in v1.27+; use the "seccompProfile" field instead`]
    if (key.startsWith(appArmor)) return [`${field}: deprecated since v1.30; use the "appArmorProfile" field instead`]
    if (key === 'scheduler.alpha.kubernetes.io/critical-pod') return [`${field}: non-functional in v1.16+; use the "priorityClassName" field instead`]
    return []
  })
}

function containerWarnings(at: string, { env, resources }: Container): string[] {
  return [
    ...duplicates(env, ({ name }) => name).flatMap(({ index, key }) =>
      extendsItself(env?.[index]) ? [] : [`${at}.env[${index}]: hides previous definition of ${JSON.stringify(key)}, which may be dropped when using apply`],
    ),
    ...(['limits', 'requests'] as const).flatMap((kind) => fractions(`${at}.resources.${kind}`, resources?.[kind])),
  ]
}

const fractions = (path: string, amounts: Readonly<Record<string, string>> | undefined): string[] =>
  (['memory', 'ephemeral-storage'] as const).flatMap((name) => {
    const value = amounts?.[name]
    const amount = value === undefined ? undefined : parseQuantity(String(value))
    return amount === undefined || amount % 1_000_000_000n === 0n
      ? []
      : [`${path}[${name}]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`]
  })

/** Whether a variable that comes again is made of what it was before. */
function extendsItself(variable: NonNullable<Container['env']>[number] | undefined): boolean {
  const reference = `$(${variable?.name})`
  return !variable?.valueFrom && variable?.value !== reference && (variable?.value ?? '').includes(reference)
}

/** Items whose key an earlier one has. */
function duplicates<T>(
  items: readonly T[] | undefined,
  keyOf: (item: T) => string,
): { readonly index: number; readonly first: number; readonly key: string }[] {
  const seen = new Map<string, number>()
  return (items ?? []).flatMap((item, index) => {
    const key = keyOf(item)
    const first = seen.get(key)
    if (first === undefined) seen.set(key, index)
    return first === undefined ? [] : [{ index, first, key }]
  })
}
