import type { KubeObject } from '../../../../kube/objects.ts'
import { added, exceeding, listOf, masked, subtracted, type Usage, usageOf, usageText, withoutZeros } from './quantities.ts'
import { type Evaluator, type ResourceQuota, scopesOf } from './quota-kind.ts'

/** A write, as far as quota looks at it. */
export interface Charge {
  readonly evaluator: Evaluator
  readonly object: KubeObject
  /** Of an update. */
  readonly old?: KubeObject
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Either why a write is refused, in upstream's words (`unknown`: since it is not counted yet how much is used), or the quotas with what it takes of them added. */
export type Outcome = { readonly refused: string; readonly unknown?: boolean } | { readonly charged: readonly ResourceQuota[] }

/** Whether a quota is about an object: it counts something of it, and the object is in all of its scopes. */
export function isAbout(quota: ResourceQuota, evaluator: Evaluator, object: KubeObject, hard: Iterable<string>): boolean {
  for (const scope of scopesOf(quota)) if (!evaluator.inScope(scope, object)) return false
  for (const name of hard) if (evaluator.counts(name)) return true
  return false
}

/** k8s.io/apiserver's CheckRequest: of every quota that is about the object there must be enough left. */
export function checkQuotas(quotas: readonly ResourceQuota[], { evaluator, object, old, now }: Charge): Outcome {
  const charged: ResourceQuota[] = []
  const usage = evaluator.usage(object, now)
  const negative = [...usage].filter(([, { value }]) => value < 0n).map(([name]) => name)
  const about = quotas.filter((quota) => isAbout(quota, evaluator, object, Object.keys(quota.status?.hard ?? {})))
  for (const quota of about) {
    const name = quota.metadata?.name
    const counted = new Set(Object.keys(quota.status?.hard ?? {}).filter((each) => evaluator.counts(each)))
    const missing = evaluator.missing?.(object, counted)
    if (missing !== undefined) return { refused: `failed quota: ${name}: ${missing}` }
    const used = quota.status?.used ?? {}
    if ([...counted].some((each) => !Object.hasOwn(used, each)))
      return { refused: `status unknown for quota: ${name}, resources: ${[...counted].sort().join(',')}`, unknown: true }
  }
  if (negative.length > 0 && about.length > 0) return { refused: `quota usage is negative for resource(s): ${negative.sort().join(',')}` }
  for (const quota of about) {
    const before = old && isAbout(quota, evaluator, old, Object.keys(quota.status?.hard ?? {})) ? evaluator.usage(old, now) : undefined
    const taken = withoutZeros(before ? subtracted(usage, before) : usage)
    const next = charge(quota, taken)
    if (typeof next === 'string') return { refused: next }
    if (next) charged.push(next)
  }
  return { charged }
}

function charge(quota: ResourceQuota, taken: Usage): ResourceQuota | string | undefined {
  const hard = usageOf(quota.status?.hard)
  const used = usageOf(quota.status?.used)
  const requested = masked(taken, new Set(hard.keys()))
  if (requested.size === 0) return undefined
  const after = added(used, requested)
  const beyond = new Set(exceeding(masked(after, new Set(requested.keys())), hard))
  if (beyond.size > 0) {
    const [asked, has, bound] = [requested, used, hard].map((each) => usageText(masked(each, beyond)))
    return `exceeded quota: ${quota.metadata?.name}, requested: ${asked}, used: ${has}, limited: ${bound}`
  }
  return { ...quota, status: { ...quota.status, used: listOf(after) } }
}
