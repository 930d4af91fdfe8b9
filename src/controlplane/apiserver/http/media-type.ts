import { protobufMediaType } from '../../../protobuf/kubernetes/envelope.ts'
import { notAcceptable } from '../rest/status-errors.ts'

/** What an answer shall look like. */
export interface Representation {
  readonly format: 'json' | 'yaml' | 'protobuf'
  /** Another view of the object than itself. */
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly contentType: string
}

const json: Representation = { format: 'json', contentType: 'application/json' }
const yaml: Representation = { format: 'yaml', contentType: 'application/yaml' }
const protobuf: Representation = { format: 'protobuf', contentType: protobufMediaType }

/**
 * The first entry of `Accept`, the best first, that an answer can be written as. `encodable`: in protobuf too, which built-in kinds are and custom ones are not.
 * Throws a 406 when there is none.
 */
export function negotiate(accept: string | undefined, encodable = false): Representation {
  const found = firstOf(accept, encodable)
  if (found) return found
  throw notAcceptable(['application/json', 'application/yaml', ...(encodable ? [protobufMediaType] : [])])
}

/** As `negotiate`, for what must be told in any case: JSON when nothing else is left. */
export const negotiateError = (accept: string | undefined): Representation => ({ ...(firstOf(accept, true) ?? json), as: undefined })

function firstOf(accept: string | undefined, encodable: boolean): Representation | undefined {
  if (!accept?.trim()) return json
  for (const { type, given } of entriesOf(accept)) {
    const form = formOf(type)
    const as = given.get('as')
    if (!form || (form === protobuf && !encodable)) continue
    if (!as) return form
    // Tables have no protobuf, and nothing has another view in YAML.
    const shown = form === json || (form === protobuf && as !== 'Table')
    if (shown && given.get('g') === 'meta.k8s.io' && given.get('v') === 'v1' && isView(as)) return { ...form, as }
  }
  return undefined
}

interface Entry {
  readonly type: string
  readonly given: ReadonlyMap<string, string>
}

function entriesOf(accept: string): Entry[] {
  const entries = accept.split(',').map((entry) => {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim())
    const given = new Map(parameters.map((part) => part.split('=', 2) as [string, string]))
    return { type: type.toLowerCase(), given, quality: Number(given.get('q') ?? 1) }
  })
  return entries.filter(({ quality }) => quality > 0).sort((left, right) => right.quality - left.quality)
}

function formOf(type: string): Representation | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return json
  return type === 'application/yaml' ? yaml : type === protobufMediaType ? protobuf : undefined
}

function isView(as: string): as is NonNullable<Representation['as']> {
  return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList'
}
