import { age } from '../table/ages.ts'
import { type Column, column, type Printer } from '../table/columns.ts'
import { nameOf } from '../table/generic.ts'
import type { PrinterColumn } from './custom-resource-definition.ts'
import { findAll, type JsonPath, parseJsonPath, printed } from './json-path.ts'

const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** How `kubectl get` shows a custom kind: its name and the columns of its definition, or its age when there are none. */
export function printerOf(additional: readonly PrinterColumn[] | undefined): Printer {
  const wanted = readable(additional?.length ? additional : [ageColumn])
  const columns: readonly Column[] = [
    column('Name'),
    ...wanted.map(({ name, type, format, description, priority, jsonPath }) => ({
      name,
      type: type as Column['type'],
      format: format ?? '',
      description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
      priority: priority ?? 0,
    })),
  ]
  const cells = wanted.map(
    ({ type, path }) =>
      (object: unknown, now: number) =>
        cellOf(type, findAll(path, object)[0], now),
  )
  return { columns, cells: (object, now) => [nameOf(object), ...cells.map((cell) => cell(object, now))] }
}

/** The columns up to the first whose path cannot be read, as a kube-apiserver shows them. */
function readable(columns: readonly PrinterColumn[]): readonly (PrinterColumn & { readonly path: JsonPath })[] {
  const read: (PrinterColumn & { readonly path: JsonPath })[] = []
  try {
    for (const each of columns) read.push({ ...each, path: parseJsonPath(each.jsonPath) })
  } catch {
    // The rest is not shown.
  }
  return read
}

function cellOf(type: string, value: unknown, now: number): string | number | boolean | null {
  if (value === undefined || value === null) return null
  switch (type) {
    case 'string':
      return printed(value)
    case 'integer':
      return typeof value === 'number' || typeof value === 'bigint' ? Math.trunc(Number(value)) : null
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      if (typeof value !== 'string') return null
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : age(value, now)
    default:
      return null
  }
}
