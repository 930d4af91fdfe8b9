import type { PodSpec } from './objects.ts'
import { type Amounts, add, amountsOf } from './pod-requests.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'

type Texts = Readonly<Record<string, string>>

/**
 * What the containers of a pod ask for together, as `AggregateContainerRequests` has it: their sum, or the largest init container with the sidecars that
 * started before it, whichever is more.
 */
export function aggregateRequests({ containers, initContainers }: PodSpec): Record<string, string> {
  const [total, running]: [Amounts, Amounts] = [new Map(), new Map()]
  const largest: Amounts = new Map()
  const texts = new Map<string, string>()
  const read = (requests: Texts | undefined) => {
    const good = Object.entries(requests ?? {}).filter(([, text]) => parseQuantity(String(text)) !== undefined)
    const amounts = amountsOf(Object.fromEntries(good))
    for (const [name, text] of good) texts.set(`${name} ${amounts.get(name)}`, String(text))
    return amounts
  }
  for (const { resources } of containers ?? []) add(total, read(resources?.requests))
  for (const { resources, restartPolicy } of initContainers ?? []) {
    const amounts = read(resources?.requests)
    if (restartPolicy === 'Always') {
      add(running, amounts)
      add(total, amounts)
    }
    const beside = restartPolicy === 'Always' ? running : new Map(running)
    if (restartPolicy !== 'Always') add(beside, amounts)
    for (const [name, amount] of beside) largest.set(name, Math.max(largest.get(name) ?? 0, amount))
  }
  for (const [name, amount] of largest) total.set(name, Math.max(total.get(name) ?? 0, amount))
  return Object.fromEntries([...total].map(([name, amount]) => [name, texts.get(`${name} ${amount}`) ?? textOf(name, amount)]))
}

const textOf = (name: string, amount: number): string =>
  name === 'cpu' ? (amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`) : formatQuantity(amount, 'binary')

/** Requests of a pod as a whole that were not given: what its containers ask for, else its limits (`setDefaultPodRequests`). In place. */
export function defaultPodLevelRequests(spec: PodSpec): void {
  const { resources } = spec
  if (!resources) return
  const requests: Record<string, string> = { ...resources.requests }
  for (const [name, asked] of Object.entries(aggregateRequests(spec)))
    if ((name === 'cpu' || name === 'memory') && requests[name] === undefined) requests[name] = asked
  for (const [name, limit] of Object.entries(resources.limits ?? {})) requests[name] ??= limit
  if (Object.keys(requests).length > 0) resources.requests = requests
}
