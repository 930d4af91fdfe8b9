import type { Container, Pod } from './objects.ts'
import { milliUnits, quantity, wholeUnits } from './quantity.ts'

/** Amounts by resource name: CPU in thousandths of a core, all else in whole units (bytes). */
export type Amounts = Map<string, number>

/** Texts that were read before: pods of one template ask for the same. */
const known = new Map<string, number>()
const mostKnown = 4096

/** One amount in the units of `Amounts`. Throws what a user can mend. */
export function amountOf(resource: string, text: string): number {
  const key = resource === 'cpu' ? `cpu ${text}` : text
  const before = known.get(key)
  if (before !== undefined) return before
  const amount = resource === 'cpu' ? milliUnits(text) : wholeUnits(text)
  if (known.size >= mostKnown) known.clear()
  // Of what is so long few are alike.
  if (key.length <= 32) known.set(key, amount)
  return amount
}

/** There is such an amount: a limit of 0 counts as none. */
export const isSet = (text: string | undefined): boolean => text !== undefined && quantity(text) !== 0n

/** A list of resources as amounts; throws for what is no quantity. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, amountOf(name, text)]))
}

/** What a pod asks of a node: the sum of its containers or the largest init container, whichever is more (sidecars run beside all that follows), with overhead. */
export function podRequests(pod: Pod): Amounts {
  const total = sumOf(pod, 'requests')
  add(total, amountsOf(pod.spec?.overhead))
  return total
}

/** What a pod may take of a node, summed as its requests are, without overhead. A container without a limit adds nothing. */
export const podLimits = (pod: Pod): Amounts => sumOf(pod, 'limits')

function sumOf(pod: Pod, which: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map()
  for (const container of pod.spec?.containers ?? []) add(total, amountsOf(wanted(container, which)))
  const running: Amounts = new Map()
  for (const init of pod.spec?.initContainers ?? []) {
    const amounts = amountsOf(wanted(init, which))
    if (init.restartPolicy === 'Always') {
      add(running, amounts)
      add(total, amounts)
      continue
    }
    for (const [name, amount] of amounts) total.set(name, Math.max(total.get(name) ?? 0, amount + (running.get(name) ?? 0)))
  }
  // Resources of the pod as a whole stand in the place of its containers' sum (KEP-2837).
  const whole = (pod.spec as { resources?: Partial<Record<typeof which, Record<string, string>>> } | undefined)?.resources?.[which]
  for (const [name, amount] of amountsOf(whole)) total.set(name, amount)
  return total
}

/** A request that is missing is the limit; the API server writes that down, a manifest on the node need not. */
const wanted = ({ resources }: Container, which: 'requests' | 'limits') =>
  which === 'limits' ? resources?.limits : { ...resources?.limits, ...resources?.requests }

/** Adds `amounts` to `total`, in place. */
export function add(total: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0) + amount)
}
