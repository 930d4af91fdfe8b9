import type { Job, Pod } from '../../../kube/objects.ts'

type Rule = NonNullable<NonNullable<Job['spec']>['podFailurePolicy']>['rules'][number]

/** What a Job's pod failure policy makes of a failed pod. `FailJob` says why. */
export type Verdict = { readonly action: 'Count' | 'Ignore' | 'FailIndex' } | { readonly action: 'FailJob'; readonly message: string }

/** The first rule that fits decides; without one the failure counts. */
export function judgeFailure({ spec }: Job, pod: Pod): Verdict {
  for (const [index, rule] of (spec?.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchOf(rule, pod)
    if (why === undefined) continue
    if (rule.action !== 'FailJob') return { action: rule.action as 'Count' | 'Ignore' | 'FailIndex' }
    return { action: 'FailJob', message: `${why} matching FailJob rule at index ${index}` }
  }
  return { action: 'Count' }
}

function matchOf({ onExitCodes, onPodConditions }: Rule, { metadata, status }: Pod): string | undefined {
  const pod = `${metadata?.namespace}/${metadata?.name}`
  if (onExitCodes) {
    const { containerName, operator, values = [] } = onExitCodes
    for (const { name, state } of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
      const code = state?.terminated?.exitCode ?? 0
      if (code === 0 || (containerName !== undefined && containerName !== name)) continue
      if (values.includes(code) === (operator === 'In')) return `Container ${name} for pod ${pod} failed with exit code ${code}`
    }
    return undefined
  }
  const found = onPodConditions?.find(({ type, status: wanted = 'True' }) => status?.conditions?.some((each) => each.type === type && each.status === wanted))
  return found && `Pod ${pod} has condition ${found.type}`
}
