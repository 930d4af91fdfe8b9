/** What an answer shall look like. */
export interface Representation {
  readonly format: 'json' | 'yaml'
  /** Another view of the object than itself. */
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly contentType: string
}

/**
 * The first entry of `Accept` that this server can write. Protobuf cannot be: with nothing else to choose from the answer is
 * JSON all the same, which every client library reads by its content type. Entries come in the client's order (clients send no `q`).
 */
export function negotiate(accept: string | undefined): Representation {
  for (const entry of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim())
    const given = new Map(parameters.map((part) => part.split('=', 2) as [string, string]))
    const as = given.get('as')
    if (type === 'application/yaml' && !as) return { format: 'yaml', contentType: 'application/yaml' }
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue
    if (!as) return json
    if (given.get('g') === 'meta.k8s.io' && given.get('v') === 'v1' && isView(as)) return { ...json, as }
  }
  return json
}

const json: Representation = { format: 'json', contentType: 'application/json' }

function isView(as: string): as is NonNullable<Representation['as']> {
  return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList'
}
