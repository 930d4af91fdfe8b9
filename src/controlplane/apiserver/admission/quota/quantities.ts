import { minus, plus, type Quantity, quantityText, readQuantity } from '../../../../kube/quantity-text.ts'

/** Amounts by resource name, as a quota counts them: `pods`, `requests.cpu`, `count/jobs.batch`. */
export type Usage = ReadonlyMap<string, Quantity>

export const one: Quantity = { value: 1_000_000_000n, format: 'decimal' }
export const none: Quantity = { value: 0n, format: 'decimal' }
export const counted = (count: number): Quantity => ({ value: BigInt(count) * one.value, format: 'decimal' })

export const usageOf = (list: Readonly<Record<string, string>> | null | undefined): Usage =>
  new Map(Object.entries(list ?? {}).map(([name, text]) => [name, readQuantity(text)]))

export const listOf = (usage: Usage): Record<string, string> => Object.fromEntries([...usage].map(([name, amount]) => [name, quantityText(amount)]))

/** Only what is among `names`. */
export const masked = (usage: Usage, names: ReadonlySet<string>): Usage => new Map([...usage].filter(([name]) => names.has(name)))

export function added(a: Usage, b: Usage): Map<string, Quantity> {
  const sum = new Map(a)
  for (const [name, amount] of b) sum.set(name, plus(sum.get(name) ?? none, amount))
  return sum
}

/** What `a` is above `b`; what would be less than nothing is nothing. */
export function subtracted(a: Usage, b: Usage): Map<string, Quantity> {
  const rest = new Map<string, Quantity>()
  for (const [name, amount] of a) {
    const difference = minus(amount, b.get(name) ?? none)
    rest.set(name, difference.value > 0n ? difference : none)
  }
  return rest
}

export const withoutZeros = (usage: Usage): Usage => new Map([...usage].filter(([, { value }]) => value !== 0n))

/** Names of which `a` has more than `bound` allows; what is not bounded may be as much as it is. */
export const exceeding = (a: Usage, bound: Usage): string[] =>
  [...a].filter(([name, { value }]) => value > (bound.get(name)?.value ?? value)).map(([name]) => name)

/** `pods=1,requests.cpu=500m`, in order. */
export const usageText = (usage: Usage): string =>
  [...usage]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${name}=${quantityText(amount)}`)
    .join(',')
