import type { Kind } from '../../../../src/controlplane/apiserver/kinds/kind.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'

type Fields = Readonly<Record<string, unknown>>

/** An object of a kind as it is stored: named `a`, with the kind's defaults. Fields are the client's. */
export function made(kind: Kind, fields: Fields): KubeObject {
  const object = structuredClone({ metadata: { name: 'a' }, ...fields }) as KubeObject
  kind.defaults(object)
  return object
}

const said = (errors: readonly { readonly field: string; readonly message: string }[]) => errors.map(({ field, message }) => `${field}: ${message}`)

/** What is said of a new object. */
export const createProblems = (kind: Kind, fields: Fields): string[] => said(kind.validate(made(kind, fields)))

/** What is said of an update from one to the other; of `status` or another subresource when named. */
export function updateProblems(kind: Kind, from: Fields, to: Fields, subresource?: string): string[] {
  const [previous, next] = [made(kind, from), made(kind, to)]
  kind.prepareUpdate(next, previous, subresource, 0)
  return said([...(subresource === undefined ? kind.validate(next, previous) : []), ...kind.validateUpdate(next, previous, subresource)])
}

/** The cells of `kubectl get -o wide` by their titles, twenty seconds after the object's creation. */
export function row(kind: Kind, fields: Fields): Record<string, unknown> {
  const { metadata } = fields as { metadata?: object }
  const object = made(kind, { ...fields, metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata } })
  const cells = kind.printer.cells(object, Date.parse('2026-01-01T00:00:20Z'))
  return Object.fromEntries(kind.printer.columns.map(({ name }, index) => [name, cells[index]]))
}
