import { sizeOf } from '../evaluate/cost.ts'
import { elementAt, equal } from '../evaluate/equality.ts'
import type { CelValue } from '../evaluate/values.ts'
import { type Library, overloads } from './definition.ts'

type List = readonly unknown[]

const has = (list: List, value: CelValue) => list.some((_, index) => equal(elementAt(list, index), value))
const contains = (list: List, part: List) => part.every((_, index) => has(list, elementAt(part, index)))

/** cel-go's sets library. */
export const sets: Library = {
  overloads: overloads(
    {
      'sets.contains(list<A>, list<A>): bool': contains,
      'sets.equivalent(list<A>, list<A>): bool': (a: List, b: List) => contains(a, b) && contains(b, a),
      'sets.intersects(list<A>, list<A>): bool': (a: List, b: List) => b.some((_, index) => has(a, elementAt(b, index))),
    },
    ([a, b]) => 1 + sizeOf(a) * sizeOf(b),
  ),
}
