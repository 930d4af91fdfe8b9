import type { Container, Pod } from '../../../kube/objects.ts'
import { plus, type Quantity, quantityText, readQuantity as read } from '../../../kube/quantity-text.ts'

export type ResourceList = Readonly<Record<string, string>>
type Resources = { readonly requests?: ResourceList; readonly limits?: ResourceList }

/** One line of a LimitRange. */
export interface LimitItem {
  readonly type?: string
  readonly max?: ResourceList
  readonly min?: ResourceList
  readonly default?: ResourceList
  readonly defaultRequest?: ResourceList
  readonly maxLimitRequestRatio?: ResourceList
}

const names = (list: ResourceList | undefined) => Object.keys(list ?? {}).sort()
const own = (list: ResourceList | undefined, name: string) => (list && Object.hasOwn(list, name) ? list[name] : undefined)

/** Gives the containers of a pod the requests and limits that they lack, and writes down which (LimitRanger's mergePodResourceRequirements). */
export function setDefaults(pod: Pod, limits: readonly LimitItem[]): void {
  const ofContainers = limits.filter(({ type }) => type === 'Container')
  const requests = Object.assign({}, ...ofContainers.map(({ defaultRequest }) => defaultRequest)) as ResourceList
  const bounds = Object.assign({}, ...ofContainers.map((item) => item.default)) as ResourceList
  const told = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, requests, bounds, 'container')),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => fill(container, requests, bounds, 'init container')),
  ]
  if (told.length === 0) return
  const text = `LimitRanger plugin set: ${told.join('; ')}`
  pod.metadata = { ...pod.metadata, annotations: { ...pod.metadata?.annotations, 'kubernetes.io/limit-ranger': text } }
}

function fill(container: Container, requests: ResourceList, limits: ResourceList, what: string): string[] {
  const lacking = (given: ResourceList | undefined, all: ResourceList) => names(all).filter((name) => own(given, name) === undefined)
  const { resources } = container
  const [noRequest, noLimit] = [lacking(resources?.requests, requests), lacking(resources?.limits, limits)]
  const pick = (all: ResourceList, some: readonly string[]) => Object.fromEntries(some.map((name) => [name, all[name] ?? '']))
  if (noRequest.length === 0 && noLimit.length === 0) return []
  container.resources = {
    ...resources,
    ...(noLimit.length > 0 && { limits: { ...resources?.limits, ...pick(limits, noLimit) } }),
    ...(noRequest.length > 0 && { requests: { ...resources?.requests, ...pick(requests, noRequest) } }),
  }
  return [
    ...(noRequest.length > 0 ? [`${noRequest.join(', ')} request for ${what} ${container.name}`] : []),
    ...(noLimit.length > 0 ? [`${noLimit.join(', ')} limit for ${what} ${container.name}`] : []),
  ]
}

/** What of a pod is beyond the limits of its containers and of the pod as a whole, in upstream's words. */
export function podProblems(pod: Pod, limits: readonly LimitItem[]): string[] {
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  return limits.flatMap((item) => {
    if (item.type === 'Container') return [...containers, ...initContainers].flatMap(({ resources }) => problems(item, resources ?? {}))
    return item.type === 'Pod' ? problems(item, { requests: totalOf(pod, 'requests'), limits: totalOf(pod, 'limits') }) : []
  })
}

/** Likewise of a claim: of what it requests. */
export function claimProblems(resources: Resources, limits: readonly LimitItem[]): string[] {
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...names(item.min).flatMap((name) => below(item, name, resources)),
      ...names(item.max).flatMap((name) => beyond(item, name, resources, 'request')),
    ])
}

function problems(item: LimitItem, resources: Resources): string[] {
  return [
    ...names(item.min).flatMap((name) => below(item, name, resources)),
    ...names(item.max).flatMap((name) => beyond(item, name, resources, 'limit')),
    ...names(item.maxLimitRequestRatio).flatMap((name) => ratio(item, name, resources)),
  ]
}

const shown = (text: string) => quantityText(read(text))

function below({ type, min }: LimitItem, name: string, { requests, limits }: Resources): string[] {
  const bound = min?.[name] ?? '0'
  const rule = `minimum ${name} usage per ${type} is ${shown(bound)}`
  const [request, limit] = [own(requests, name), own(limits, name)]
  if (request === undefined) return [`${rule}.  No request is specified`]
  if (read(request).value < read(bound).value) return [`${rule}, but request is ${shown(request)}`]
  return limit !== undefined && read(limit).value < read(bound).value ? [`${rule}, but limit is ${shown(limit)}`] : []
}

/** `asked` is what must be there: a container's limit, a claim's request. */
function beyond({ type, max }: LimitItem, name: string, { requests, limits }: Resources, asked: 'limit' | 'request'): string[] {
  const bound = max?.[name] ?? '0'
  const rule = `maximum ${name} usage per ${type} is ${shown(bound)}`
  const [request, limit] = [own(requests, name), own(limits, name)]
  const above = (text: string | undefined) => text !== undefined && read(text).value > read(bound).value
  if ((asked === 'limit' ? limit : request) === undefined) return [`${rule}.  No ${asked} is specified`]
  if (asked === 'limit' && above(limit)) return [`${rule}, but limit is ${shown(limit ?? '')}`]
  return above(request) ? [`${rule}, but request is ${shown(request ?? '')}`] : []
}

function ratio({ type, maxLimitRequestRatio }: LimitItem, name: string, { requests, limits }: Resources): string[] {
  const bound = maxLimitRequestRatio?.[name] ?? '0'
  const rule = `${name} max limit to request ratio per ${type} is ${shown(bound)}`
  const [request, limit] = [read(own(requests, name) ?? '0').value, read(own(limits, name) ?? '0').value]
  if (request === 0n) return [`${rule}, but no request is specified or request is 0`]
  if (limit === 0n) return [`${rule}, but no limit is specified or limit is 0`]
  // Exactly: limit / request > bound, the bound being in billionths.
  return limit * 1_000_000_000n > read(bound).value * request ? [`${rule}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`] : []
}

/** Containers together, or the largest init container beside the sidecars before it, whichever is more; what the pod says of itself as a whole goes before. */
function totalOf(pod: Pod, which: 'requests' | 'limits'): ResourceList {
  const total = new Map<string, Quantity>()
  const sidecars = new Map<string, Quantity>()
  const list = (container: Container) => Object.entries((container.resources?.[which] ?? {}) as ResourceList).map(([name, text]) => [name, read(text)] as const)
  const into = (sum: Map<string, Quantity>, name: string, amount: Quantity) =>
    sum.set(name, plus(sum.get(name) ?? { value: 0n, format: amount.format }, amount))
  for (const container of pod.spec?.containers ?? []) for (const [name, amount] of list(container)) into(total, name, amount)
  for (const init of pod.spec?.initContainers ?? [])
    for (const [name, amount] of list(init)) {
      if (init.restartPolicy === 'Always') {
        into(sidecars, name, amount)
        into(total, name, amount)
        continue
      }
      const beside = sidecars.get(name)
      const peak = beside ? plus(amount, beside) : amount
      if (peak.value > (total.get(name)?.value ?? -1n)) total.set(name, peak)
    }
  const whole = (pod.spec as { readonly resources?: Readonly<Record<string, ResourceList>> } | undefined)?.resources?.[which]
  for (const [name, text] of Object.entries(whole ?? {})) total.set(name, read(text))
  return Object.fromEntries([...total].map(([name, amount]) => [name, quantityText(amount)]))
}
