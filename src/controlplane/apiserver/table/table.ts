import type { KubeObject } from '../../../kube/objects.ts'
import type { Column, Printer } from './columns.ts'

/** `includeObject` of a table request. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: 'meta.k8s.io/v1'
  readonly metadata: Readonly<Record<string, unknown>>
  readonly columnDefinitions: readonly Column[] | null
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: unknown }[]
}

/** Objects as a `meta.k8s.io/v1` Table. `withColumns` is false for all but the first event of a watch. */
export function asTable(
  printer: Printer,
  objects: readonly KubeObject[],
  options: {
    readonly metadata: Readonly<Record<string, unknown>>
    readonly includeObject: IncludeObject
    readonly now: number
    readonly withColumns?: boolean
  },
): Table {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.withColumns === false ? null : printer.columns,
    rows: objects.map((object) => rowOf(printer, object, options)),
  }
}

/** An object's row of a table. */
export function rowOf(
  printer: Printer,
  object: KubeObject,
  { includeObject, now }: { readonly includeObject: IncludeObject; readonly now: number },
): Table['rows'][number] {
  const cells = printer.cells(object, now)
  if (includeObject === 'None') return { cells, object: null }
  if (includeObject === 'Object') return { cells, object }
  return { cells, object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } }
}
