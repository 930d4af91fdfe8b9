import type { KubeObject } from '../../../kube/objects.ts'
import { age } from './ages.ts'
import { column, printer } from './columns.ts'

export const nameOf = (object: KubeObject) => object.metadata?.name ?? ''
/** The Age column. */
export const ageOf = (object: KubeObject, now: number) => age(object.metadata?.creationTimestamp, now)
/** Columns by their titles; those of `wide` show with `-o wide`. */
export const columns = (titles: readonly string[], wide: readonly string[] = []) => [
  ...titles.map((title) => column(title)),
  ...wide.map((title) => column(title, 1)),
]

/** Of kinds that have no printer of their own (apiserver's rest.NewDefaultTableConvertor). */
export const genericPrinter = printer<KubeObject>([column('Name'), column('Created At', 0, 'date')], (object) => [
  nameOf(object),
  object.metadata?.creationTimestamp ?? '',
])

/** Name and age: of kinds that upstream shows so. */
export const agePrinter = printer<KubeObject>(columns(['Name', 'Age']), (object, now) => [nameOf(object), ageOf(object, now)])
