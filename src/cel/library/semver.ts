import { readsFirst } from '../evaluate/cost.ts'
import { EvaluationError, OpaqueValue } from '../evaluate/values.ts'
import { opaque } from '../types/types.ts'
import { type Library, overloads } from './definition.ts'

const identifier = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)'
const strict = new RegExp(`^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`)

/** `kubernetes.Semver`. */
class Semver extends OpaqueValue {
  readonly typeName = 'kubernetes.Semver'
  readonly numbers: readonly bigint[]
  readonly prerelease: readonly string[]
  constructor(numbers: readonly bigint[], prerelease: readonly string[]) {
    super()
    this.numbers = numbers
    this.prerelease = prerelease
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof Semver && compare(this, other) === 0
  }
}

function parse(text: string): Semver | undefined {
  const match = strict.exec(text)
  if (!match) return undefined
  return new Semver(match.slice(1, 4).map(BigInt), match[4]?.split('.') ?? [])
}

/** `v1.01` → `1.1.0`: without a prefix and leading zeros, and with all three numbers. */
function normalized(text: string): string {
  const [, core = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text) ?? []
  const numbers = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''))
  while (numbers.length < 3) numbers.push('0')
  return numbers.join('.') + rest
}

const read = (text: string, normalize = false) => parse(normalize ? normalized(text) : text)

function semver(text: string, normalize = false): Semver {
  const version = read(text, normalize)
  if (!version)
    throw new EvaluationError(
      /^\d+\.\d+\.\d+/.test(text) ? `Invalid character(s) found in version ${JSON.stringify(text)}` : 'No Major.Minor.Patch elements found',
    )
  return version
}

function compare(a: Semver, b: Semver): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n
    if (number !== other) return number < other ? -1 : 1
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return Math.sign(b.prerelease.length - a.prerelease.length)
  for (const [index, part] of a.prerelease.entries()) {
    const other = b.prerelease[index]
    if (other === undefined) return 1
    if (part === other) continue
    const numeric = [part, other].map((text) => /^\d+$/.test(text))
    if (numeric[0] && numeric[1]) return BigInt(part) < BigInt(other) ? -1 : 1
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1
    return part < other ? -1 : 1
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0
}

/** Kubernetes' functions of semantic versions. */
export const semvers: Library = {
  overloads: [
    ...overloads(
      {
        'semver(string): kubernetes.Semver': semver,
        'semver(string, bool): kubernetes.Semver': semver,
        'isSemver(string): bool': (text: string) => read(text) !== undefined,
        'isSemver(string, bool): bool': (text: string, normalize: boolean) => read(text, normalize) !== undefined,
      },
      (args) => readsFirst(args),
    ),
    ...overloads({
      'kubernetes.Semver.major(): int': ({ numbers }: Semver) => numbers[0] ?? 0n,
      'kubernetes.Semver.minor(): int': ({ numbers }: Semver) => numbers[1] ?? 0n,
      'kubernetes.Semver.patch(): int': ({ numbers }: Semver) => numbers[2] ?? 0n,
      'kubernetes.Semver.isLessThan(kubernetes.Semver): bool': (a: Semver, b: Semver) => compare(a, b) < 0,
      'kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool': (a: Semver, b: Semver) => compare(a, b) > 0,
      'kubernetes.Semver.compareTo(kubernetes.Semver): int': (a: Semver, b: Semver) => BigInt(compare(a, b)),
    }),
  ],
  types: { 'kubernetes.Semver': opaque('kubernetes.Semver') },
}
