import { parseQuantity } from '../../kube/quantity.ts'
import { int64 } from '../evaluate/arithmetic.ts'
import { readsFirst } from '../evaluate/cost.ts'
import { EvaluationError, OpaqueValue } from '../evaluate/values.ts'
import { opaque } from '../types/types.ts'
import { type Library, overloads } from './definition.ts'

const unit = 1_000_000_000n

/** `kubernetes.Quantity`, in billionths. */
class Quantity extends OpaqueValue {
  readonly typeName = 'kubernetes.Quantity'
  readonly billionths: bigint
  constructor(billionths: bigint) {
    super()
    this.billionths = billionths
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof Quantity && other.billionths === this.billionths
  }
}

function quantity(text: string): Quantity {
  const value = parseQuantity(text)
  if (value === undefined) throw new EvaluationError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  return new Quantity(value)
}

function asInteger({ billionths }: Quantity): bigint {
  if (billionths % unit !== 0n) throw new EvaluationError('cannot convert value to integer')
  return int64(billionths / unit, 'cannot convert value to integer')
}

const sign = (value: bigint) => (value === 0n ? 0n : value > 0n ? 1n : -1n)

/** Kubernetes' functions of quantities. */
export const quantities: Library = {
  overloads: [
    ...overloads(
      {
        'quantity(string): kubernetes.Quantity': quantity,
        'isQuantity(string): bool': (text: string) => parseQuantity(text) !== undefined,
      },
      (args) => readsFirst(args),
    ),
    ...overloads({
      'kubernetes.Quantity.sign(): int': ({ billionths }: Quantity) => sign(billionths),
      'kubernetes.Quantity.isInteger(): bool': ({ billionths }: Quantity) => billionths % unit === 0n,
      'kubernetes.Quantity.asInteger(): int': asInteger,
      'kubernetes.Quantity.asApproximateFloat(): double': ({ billionths }: Quantity) => Number(billionths / unit) + Number(billionths % unit) / Number(unit),
      'kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity': (a: Quantity, b: Quantity) => new Quantity(a.billionths + b.billionths),
      'kubernetes.Quantity.add(int): kubernetes.Quantity': (a: Quantity, b: bigint) => new Quantity(a.billionths + b * unit),
      'kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity': (a: Quantity, b: Quantity) => new Quantity(a.billionths - b.billionths),
      'kubernetes.Quantity.sub(int): kubernetes.Quantity': (a: Quantity, b: bigint) => new Quantity(a.billionths - b * unit),
      'kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool': (a: Quantity, b: Quantity) => a.billionths < b.billionths,
      'kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool': (a: Quantity, b: Quantity) => a.billionths > b.billionths,
      'kubernetes.Quantity.compareTo(kubernetes.Quantity): int': (a: Quantity, b: Quantity) => sign(a.billionths - b.billionths),
    }),
  ],
  types: { 'kubernetes.Quantity': opaque('kubernetes.Quantity') },
}
