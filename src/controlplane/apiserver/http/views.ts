import type { ListToWrite } from '../../../json/list-text.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { groupVersion } from '../discovery/served.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { ListPage } from '../rest/list.ts'
import { badRequest } from '../rest/status-errors.ts'
import { genericPrinter } from '../table/generic.ts'
import { scalePrinter } from '../table/scale.ts'
import { asTable, type IncludeObject, rowOf } from '../table/table.ts'
import type { Representation } from './media-type.ts'

export interface ViewOptions {
  readonly as: Representation['as']
  readonly includeObject: IncludeObject
  readonly now: number
}

const printer = (definition: ResourceDefinition) => definition.printer ?? genericPrinter

/** One object in the form asked for. */
export function viewObject(definition: ResourceDefinition, object: KubeObject, { as, includeObject, now }: ViewOptions): unknown {
  if (as === 'Table') return asTable(printer(definition), [object], { metadata: { resourceVersion: object.metadata?.resourceVersion }, includeObject, now })
  if (as === 'PartialObjectMetadata') return partial(object)
  return object
}

/** The answer of a subresource in the form asked for: a Scale of a built-in kind has columns, whatever else is as it is. */
export function viewAnswer(definition: ResourceDefinition, answer: KubeObject, { as, includeObject, now }: ViewOptions): unknown {
  if (as !== 'Table' || answer.kind !== 'Scale' || definition.schema) return answer
  return asTable(scalePrinter, [answer], { metadata: { resourceVersion: answer.metadata?.resourceVersion }, includeObject, now })
}

/** A list in the form asked for. Items of a list carry no kind, as the real server's do not. */
export function viewList(definition: ResourceDefinition, { items, metadata }: ListPage, { as, includeObject, now }: ViewOptions): ListToWrite<KubeObject> {
  if (as === 'Table') {
    const { rows: _none, ...head } = asTable(printer(definition), [], { metadata, includeObject, now })
    return { head, field: 'rows', items, each: (object) => rowOf(printer(definition), object, { includeObject, now }) }
  }
  if (as) return { head: { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }, field: 'items', items, each: partial }
  const head = { kind: `${definition.kind}List`, apiVersion: groupVersion(definition), metadata }
  return { head, field: 'items', items, each: ({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest }
}

/** A watch event's object in the form asked for; only a watch's first table has its columns. */
export function viewEvent(definition: ResourceDefinition, object: KubeObject, first: boolean, { as, includeObject, now }: ViewOptions): unknown {
  if (as !== 'Table') return as ? partial(object) : object
  const metadata = { resourceVersion: object.metadata?.resourceVersion }
  return asTable(printer(definition), [object], { metadata, includeObject, now, withColumns: first })
}

const partial = ({ metadata }: KubeObject) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata })

/** `includeObject` of a request for tables. */
export function includeObjectOf(value: string | null): IncludeObject {
  if (value === null || value === '') return 'Metadata'
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`)
}
