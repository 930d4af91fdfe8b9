import type { KubeObject } from '../../../kube/objects.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { Entry } from '../storage/collection.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Selection } from './backend.ts'
import { filterOf } from './selection.ts'
import { badRequest, expired, tooLargeVersion } from './status-errors.ts'

export interface ListOptions extends Selection {
  /** 0 is no limit. */
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: string
}

/** A page of a list. */
export interface ListPage {
  readonly items: readonly KubeObject[]
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
}

/** Lists what is stored now. Pages go on from a key, at the version the first page had. */
export function listObjects(store: ObjectStore, definition: ResourceDefinition, namespace: string, options: ListOptions): ListPage {
  const from = options.continue ? decodeContinue(options.continue, options.resourceVersion) : undefined
  const version = checkedVersion(store, options)
  const filter = filterOf(definition, namespace, options)
  const collection = store.collection(definition.storagePrefix ?? '')
  // Continued pages come from the present, not from the first page's past; a window that has gone on means: start over.
  if (from && from.revision < collection.oldest) throw expired('The provided continue parameter is too old to display a consistent list result.')
  const entries = collection.entries(namespace, filter.node)
  const single = filter.id === undefined ? undefined : entries.get(filter.id)
  const candidates: Iterable<Entry> = filter.id === undefined ? entries.inOrder(from?.after) : single ? [single] : []
  const limit = options.limit && options.limit > 0 ? options.limit : Number.POSITIVE_INFINITY
  const items: KubeObject[] = []
  let last: Entry | undefined
  let seen = 0
  let more = false
  for (const entry of candidates) {
    const object = definition.fromStorage?.(entry.object) ?? entry.object
    if (!filter.matches(object)) continue
    if (items.length >= limit) {
      more = true
      if (options.labelSelector || options.fieldSelector) break
      seen++
      continue
    }
    items.push(object)
    last = entry
  }
  const resourceVersion = String(from?.revision ?? version)
  if (!more || !last) return { items, metadata: { resourceVersion } }
  const next = encodeContinue(Number(resourceVersion), last.id)
  // With a selector the server cannot tell how many remain without reading them all, so it does not say.
  return { items, metadata: { resourceVersion, continue: next, ...(seen > 0 && { remainingItemCount: seen }) } }
}

function checkedVersion(store: ObjectStore, { resourceVersion, resourceVersionMatch }: ListOptions): number {
  if (resourceVersionMatch && !resourceVersion) throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided')
  if (!resourceVersion || resourceVersion === '0') return store.revision
  const wanted = parseVersion(resourceVersion)
  if (wanted > store.revision) throw tooLargeVersion(wanted, store.revision)
  if (resourceVersionMatch === 'Exact' && wanted < store.revision)
    throw expired(`The resourceVersion for the provided list is too old: the embedded API server lists the present only (${store.revision})`)
  return store.revision
}

/** A resourceVersion that a client sent; throws a 400. */
export function parseVersion(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`invalid resource version ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

// The real server's token: version of the format, revision, key to start from.
function encodeContinue(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${after}\u0000` })).toString('base64url')
}

function decodeContinue(token: string, resourceVersion: string | undefined): { revision: number; after: string } {
  if (resourceVersion && resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue')
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>
    if (v === 'meta.k8s.io/v1' && typeof rv === 'number' && typeof start === 'string') return { revision: rv, after: start.replaceAll('\u0000', '') }
  } catch {
    // Not ours: refused below.
  }
  throw badRequest('continue key is not valid: encoding is not valid')
}
