import { quantity, wholeUnits } from '../../../kube/quantity.ts'

/** ResourceList of metrics.k8s.io. */
export interface ResourceUsage {
  readonly cpu: string
  readonly memory: string
}

/** What is measured of a node or container. */
export interface Measured {
  readonly nanoCores: number
  readonly bytes: number
}

/** As quantities in their canonical form: CPU decimal (`250m`, `1234567n`), memory binary (`64Mi`, `1000`). */
export const usageOf = ({ nanoCores, bytes }: Measured): ResourceUsage => ({
  cpu: canonical(nanoCores, 1000, ['n', 'u', 'm', '', 'k']),
  memory: canonical(bytes, 1024, ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi']),
})

/** Of several containers together. */
export const sumOf = (parts: readonly ResourceUsage[]): Measured => ({
  // A quantity is read in billionths.
  nanoCores: parts.reduce((sum, { cpu }) => sum + Number(quantity(cpu)), 0),
  bytes: parts.reduce((sum, { memory }) => sum + wholeUnits(memory), 0),
})

/** resource.Quantity.String: the largest suffix that leaves a whole number. */
function canonical(value: number, step: number, suffixes: readonly string[]): string {
  let rest = Math.round(value)
  if (rest === 0) return '0'
  let power = 0
  while (rest % step === 0 && power + 1 < suffixes.length) {
    rest /= step
    power += 1
  }
  return `${rest}${suffixes[power]}`
}
