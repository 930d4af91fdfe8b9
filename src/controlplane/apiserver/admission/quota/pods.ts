import { meets } from '../../../../kube/label-selector.ts'
import type { Container, Pod } from '../../../../kube/objects.ts'
import { plus, type Quantity, readQuantity } from '../../../../kube/quantity-text.ts'
import { one, type Usage } from './quantities.ts'
import type { Evaluator, ScopeRequirement } from './quota-kind.ts'

const compute = ['cpu', 'memory', 'ephemeral-storage']
const names = new Set(['count/pods', 'pods', ...compute, ...compute.flatMap((name) => [`requests.${name}`, `limits.${name}`])])
// Each container has to say these when they are counted; a default may say it for them.
const mustBeSaid = new Set(['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]))

type Amounts = Map<string, Quantity>
type ResourceList = Readonly<Record<string, string>>

const isHugePages = (name: string) => name.startsWith('hugepages-')
const isExtended = (name: string) => name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.')

/** Pods: how many, and what they request and may take. */
export const podEvaluator: Evaluator = {
  handles: (operation, subresource) => (subresource === '' ? operation === 'CREATE' : subresource === 'resize' && operation === 'UPDATE'),
  counts: (name) =>
    names.has(name) || isHugePages(name.replace(/^requests\./, '')) || (name.startsWith('requests.') && isExtended(name.slice('requests.'.length))),
  usage(object, now) {
    const pod = object as Pod
    const usage = new Map<string, Quantity>([['count/pods', one]])
    // What has ended takes nothing, nor does what is stuck in ending.
    if (!isCharged(pod, now)) return usage
    for (const [name, amount] of computeUsage(totalOf(pod, 'requests'), totalOf(pod, 'limits'))) usage.set(name, amount)
    return usage
  },
  inScope: (scope, object) => podInScope(scope, object as Pod),
  missing: (object, counted) => missingOf(object as Pod, counted),
}

function isCharged({ status, metadata }: Pod, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {}
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return true
  return now <= Date.parse(deletionTimestamp) + Number(deletionGracePeriodSeconds) * 1000
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage: Amounts = new Map([['pods', one]])
  for (const name of compute) {
    const [request, limit] = [requests.get(name), limits.get(name)]
    if (request) usage.set(name, request).set(`requests.${name}`, request)
    if (limit) usage.set(`limits.${name}`, limit)
  }
  for (const [name, request] of requests) {
    if (isHugePages(name)) usage.set(name, request).set(`requests.${name}`, request)
    if (isExtended(name)) usage.set(`requests.${name}`, request)
  }
  return usage
}

const amountsOf = (list: object | undefined): Amounts => new Map(Object.entries((list ?? {}) as ResourceList).map(([name, text]) => [name, readQuantity(text)]))

function into(sum: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) {
    const before = sum.get(name)
    sum.set(name, before ? plus(before, amount) : amount)
  }
}

/** The containers together or the largest init container beside its sidecars, with what the runtime takes itself. */
function totalOf({ spec }: Pod, which: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map()
  const sidecars: Amounts = new Map()
  for (const { resources } of spec?.containers ?? []) into(total, amountsOf(resources?.[which]))
  for (const { resources, restartPolicy } of spec?.initContainers ?? []) {
    const amounts = amountsOf(resources?.[which])
    if (restartPolicy === 'Always') {
      into(total, amounts)
      into(sidecars, amounts)
      continue
    }
    into(amounts, new Map([...sidecars].filter(([name]) => amounts.has(name))))
    for (const [name, amount] of amounts) if (amount.value > (total.get(name)?.value ?? -1n)) total.set(name, amount)
  }
  const whole = (spec as { readonly resources?: Readonly<Record<string, object>> } | undefined)?.resources?.[which]
  for (const [name, amount] of amountsOf(whole)) total.set(name, amount)
  const overhead = amountsOf(spec?.overhead)
  // A limit that nothing has stays none.
  into(total, which === 'requests' ? overhead : new Map([...overhead].filter(([name]) => (total.get(name)?.value ?? 0n) > 0n)))
  return total
}

function missingOf({ spec }: Pod, counted: ReadonlySet<string>): string | undefined {
  const required = [...counted].filter((name) => mustBeSaid.has(name))
  const whole = (spec as { readonly resources?: Container['resources'] } | undefined)?.resources
  const said = ({ requests, limits }: NonNullable<Container['resources']>): Usage => computeUsage(amountsOf(requests), amountsOf(limits))
  const byPod = said(whole ?? {})
  const lacking = new Map<string, Set<string>>()
  for (const { name, resources } of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])])
    for (const each of required) if (!byPod.has(each) && !said(resources ?? {}).has(each)) lacking.set(each, (lacking.get(each) ?? new Set()).add(name))
  if (lacking.size === 0) return undefined
  const parts = [...lacking].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, containers]) => `${name} for: ${[...containers].sort().join(',')}`)
  return `must specify ${parts.join('; ')}`
}

function podInScope({ scopeName, operator, values = [] }: ScopeRequirement, pod: Pod): boolean {
  const ends = pod.spec?.activeDeadlineSeconds !== undefined
  switch (scopeName) {
    case 'Terminating':
      return ends
    case 'NotTerminating':
      return !ends
    case 'BestEffort':
      return isBestEffort(pod)
    case 'NotBestEffort':
      return !isBestEffort(pod)
    case 'PriorityClass':
      return meets(operator, values, pod.spec?.priorityClassName || undefined)
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(pod)
    default:
      return false
  }
}

/** Nothing of it asks for CPU or memory. */
function isBestEffort({ spec }: Pod): boolean {
  const asks = (resources: Container['resources']) =>
    [resources?.requests, resources?.limits].some((list) => ['cpu', 'memory'].some((name) => (amountsOf(list).get(name)?.value ?? 0n) > 0n))
  const whole = (spec as { readonly resources?: Container['resources'] } | undefined)?.resources
  return !asks(whole) && ![...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(({ resources }) => asks(resources))
}

function crossesNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
    ].some(({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined),
  )
}
