import { readsSecond, searches } from '../evaluate/cost.ts'
import { mapSize } from '../evaluate/equality.ts'
import type { CelValue } from '../evaluate/values.ts'
import { bool, bytes, double, duration, dyn, int, listOf, mapOf, nullType, string, timestamp, uint } from '../types/types.ts'
import { conversions } from './conversions.ts'
import { type Library, type Overload, overloads } from './definition.ts'
import { times } from './time.ts'

// Operators are carried out by evaluate/plan-operator.ts: here they have only their types.
const typesOnly = (): CelValue => {
  throw new Error('an operator is no function')
}

const numbers = ['int', 'uint', 'double']
const each = (names: readonly string[], text: (name: string) => string) => names.map(text)
const ordered = ['bool', ...numbers, 'string', 'bytes', 'timestamp', 'duration']
// Kubernetes' environments compare numbers of different types (cel.CrossTypeNumericComparisons).
const mixed = numbers.flatMap((a) => numbers.filter((b) => a !== b).map((b) => `(${a}, ${b}): bool`))

const operators: Overload[] = overloads(
  Object.fromEntries(
    [
      '_&&_(bool, bool): bool',
      '_||_(bool, bool): bool',
      '!_(bool): bool',
      '_?_:_(bool, A, A): A',
      '_==_(A, A): bool',
      '_!=_(A, A): bool',
      ...['_<_', '_<=_', '_>_', '_>=_'].flatMap((name) => [...each(ordered, (type) => `${name}(${type}, ${type}): bool`), ...mixed.map((rest) => name + rest)]),
      ...each([...numbers, 'string', 'bytes', 'duration'], (type) => `_+_(${type}, ${type}): ${type}`),
      '_+_(list<A>, list<A>): list<A>',
      '_+_(timestamp, duration): timestamp',
      '_+_(duration, timestamp): timestamp',
      ...each([...numbers, 'duration'], (type) => `_-_(${type}, ${type}): ${type}`),
      '_-_(timestamp, timestamp): duration',
      '_-_(timestamp, duration): timestamp',
      ...each(numbers, (type) => `_*_(${type}, ${type}): ${type}`),
      ...each(numbers, (type) => `_/_(${type}, ${type}): ${type}`),
      ...each(['int', 'uint'], (type) => `_%_(${type}, ${type}): ${type}`),
      ...each(['int', 'double'], (type) => `-_(${type}): ${type}`),
      '@in(A, list<A>): bool',
      '@in(A, map<A, B>): bool',
      '_[_](list<A>, int): A',
      '_[_](map<A, B>, A): B',
      '_[_](optional<list<A>>, int): optional<A>',
      '_[_](optional<map<A, B>>, A): optional<B>',
      '_[?_](list<A>, int): optional<A>',
      '_[?_](map<A, B>, A): optional<B>',
      '_[?_](optional<list<A>>, int): optional<A>',
      '_[?_](optional<map<A, B>>, A): optional<B>',
    ].map((text) => [text, typesOnly]),
  ),
)

const sizes = overloads({
  'size(string): int': codePoints,
  'string.size(): int': codePoints,
  'size(bytes): int': (value: Uint8Array) => BigInt(value.length),
  'bytes.size(): int': (value: Uint8Array) => BigInt(value.length),
  'size(list<A>): int': (value: readonly unknown[]) => BigInt(value.length),
  'list<A>.size(): int': (value: readonly unknown[]) => BigInt(value.length),
  'size(map<A, B>): int': (value: object) => BigInt(mapSize(value)),
  'map<A, B>.size(): int': (value: object) => BigInt(mapSize(value)),
})

function codePoints(text: string): bigint {
  let count = 0
  for (const _ of text) count += 1
  return BigInt(count)
}

/** The functions of the language itself, with its types as values. */
export const standard: Library = {
  overloads: [
    ...operators,
    ...sizes,
    ...conversions,
    ...times,
    ...overloads({ 'string.contains(string): bool': (text: string, part: string) => text.includes(part) }, (args) => searches(args)),
    ...overloads(
      {
        'string.startsWith(string): bool': (text: string, part: string) => text.startsWith(part),
        'string.endsWith(string): bool': (text: string, part: string) => text.endsWith(part),
      },
      (args) => readsSecond(args),
    ),
  ],
  types: {
    int,
    uint,
    double,
    bool,
    string,
    bytes,
    list: listOf(dyn),
    map: mapOf(dyn, dyn),
    null_type: nullType,
    type: { kind: 'type', of: dyn },
    'google.protobuf.Timestamp': timestamp,
    'google.protobuf.Duration': duration,
  },
}
