import { own } from '../../../../base/own.ts'
import type { LabelSelector, Pod, PodCondition } from '../../../../kube/objects.ts'

interface Keyed {
  labelSelector?: LabelSelector
  matchLabelKeys?: string[]
  mismatchLabelKeys?: string[]
}

/** A new pod with what the API server adds for the scheduler, as kube-apiserver's pod strategy does. In place. */
export function prepareScheduling(pod: Pod): void {
  const { spec, metadata } = pod
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  for (const { requiredDuringSchedulingIgnoredDuringExecution: required = [], preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } of [
    podAffinity ?? {},
    podAntiAffinity ?? {},
  ])
    for (const term of [...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)]) mergeLabelKeys(term, metadata?.labels)
  for (const constraint of spec?.topologySpreadConstraints ?? []) mergeLabelKeys(constraint, metadata?.labels)
  if (spec?.schedulingGates?.length && pod.status) pod.status.conditions = [gated]
}

const gated = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
  lastProbeTime: null,
  lastTransitionTime: null,
} as unknown as PodCondition

/** KEP-3633 and KEP-3243: the keys that the pod has are in the selector from now on, with the pod's values. */
function mergeLabelKeys(keyed: Keyed | undefined, labels: Readonly<Record<string, string>> | undefined): void {
  const selector = keyed?.labelSelector
  if (!selector) return
  const added = [...expressionsOf(keyed.matchLabelKeys, 'In', labels), ...expressionsOf(keyed.mismatchLabelKeys, 'NotIn', labels)]
  if (added.length > 0) selector.matchExpressions = [...(selector.matchExpressions ?? []), ...added]
}

const expressionsOf = (keys: readonly string[] = [], operator: string, labels: Readonly<Record<string, string>> | undefined) =>
  keys.flatMap((key) => {
    const value = own(labels, key)
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  })
