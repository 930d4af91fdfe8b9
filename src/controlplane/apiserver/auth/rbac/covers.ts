import { goQuote } from '../../../../base/go-quote.ts'
import type { PolicyRule } from './policy-rule.ts'

/** The parts of `wanted` that no rule of `held` covers, each with one verb, one group, one resource and one name (k8s.io/component-helpers `auth/rbac/validation`, Covers). */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(broken).filter((part) => !held.some((rule) => ruleCovers(rule, part)))
}

/** A rule as the least ones that say the same together. */
function broken({ verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = []
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] }
        if (resourceNames.length === 0) parts.push(part)
        for (const name of resourceNames) parts.push({ ...part, resourceNames: [name] })
      }
  for (const url of nonResourceURLs) for (const verb of verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] })
  return parts
}

function ruleCovers(held: PolicyRule, part: PolicyRule): boolean {
  const all = (mine: readonly string[] = [], theirs: readonly string[] = []) => mine.includes('*') || theirs.every((one) => mine.includes(one))
  if (!all(held.verbs, part.verbs) || !all(held.apiGroups, part.apiGroups)) return false
  if (!resourcesCover(held.resources ?? [], part.resources ?? [])) return false
  if (held.resourceNames?.length && !(part.resourceNames?.length && part.resourceNames.every((name) => held.resourceNames?.includes(name)))) return false
  return (part.nonResourceURLs ?? []).every((url) => held.nonResourceURLs?.some((mine) => mine === url || prefixCovers(mine, url)))
}

const prefixCovers = (mine: string, url: string) => mine.endsWith('*') && url.startsWith(mine.replace(/\*+$/, ''))

function resourcesCover(mine: readonly string[], theirs: readonly string[]): boolean {
  if (mine.includes('*')) return true
  return theirs.every((one) => mine.includes(one) || (one.includes('/') && mine.includes(`*/${one.slice(one.indexOf('/') + 1)}`)))
}

/** Rules of one group, one resource and one name at most become one for each of these, with all their verbs (pkg/registry/rbac/validation, CompactRules). */
export function compacted(rules: readonly PolicyRule[]): PolicyRule[] {
  const rest: PolicyRule[] = []
  const simple = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const isSimple = rule.apiGroups?.length === 1 && rule.resources?.length === 1 && (rule.resourceNames?.length ?? 0) <= 1 && !rule.nonResourceURLs?.length
    if (!isSimple) {
      rest.push(rule)
      continue
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames])
    const known = simple.get(key)
    simple.set(key, known ? { ...known, verbs: [...(known.verbs ?? []), ...(rule.verbs ?? [])] } : rule)
  }
  return [...rest, ...simple.values()]
}

/** A rule as a refusal shows it: `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`. */
export function described({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts: (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['NonResourceURLs', nonResourceURLs],
    ['ResourceNames', resourceNames],
    ['Verbs', verbs],
  ]
  return `{${parts.flatMap(([name, list]) => (list?.length ? [`${name}:${quotedList(list)}`] : [])).join(', ')}}`
}

/** As Go prints a list of texts with `%q`. */
export const quotedList = (list: readonly string[]) => `[${list.map((one) => goQuote(one)).join(' ')}]`
