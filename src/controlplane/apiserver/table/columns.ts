import type { KubeObject } from '../../../kube/objects.ts'

/** A column of `kubectl get`; one of a priority above 0 shows with `-o wide` only. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format: string
  readonly description: string
  readonly priority: number
}

/** How one kind prints: its columns, and the cells of an object at a time (ms since epoch). */
export interface Printer {
  readonly columns: readonly Column[]
  cells(object: KubeObject, now: number): (string | number | boolean | null)[]
}

/** A string column. */
export const column = (name: string, priority: 0 | 1 = 0, type: Column['type'] = 'string'): Column => ({
  name,
  type,
  format: name === 'Name' ? 'name' : '',
  description: '',
  priority,
})

/** A printer over objects known to be of type `T`. */
export function printer<T extends KubeObject>(columns: readonly Column[], cells: (object: T, now: number) => (string | number | boolean)[]): Printer {
  return { columns, cells: (object, now) => cells(object as T, now) }
}
