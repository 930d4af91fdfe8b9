import type { KubeObject } from '../../../kube/objects.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { Collection, Entry } from '../storage/collection.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { entriesAt, type Readable } from '../storage/snapshot.ts'
import { type ContinueFrom, decodeContinue, encodeContinue } from './continue-token.ts'
import { checkListOptions, type ListOptions, parseVersion } from './list-options.ts'
import { type Filter, filterOf } from './selection.ts'
import { expired, expiredContinue, tooLargeVersion } from './status-errors.ts'

/** A page of a list. */
export interface ListPage {
  readonly items: readonly KubeObject[]
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
}

/** Lists what is stored: now, or as it was at the version asked for. All pages of a list are of one version. */
export function listObjects(store: ObjectStore, definition: ResourceDefinition, namespace: string, options: ListOptions): ListPage {
  checkListOptions(options, false)
  const from = options.continue ? decodeContinue(options.continue, options.resourceVersion) : undefined
  const filter = filterOf(definition, namespace, options)
  const collection = store.collection(definition.storagePrefix ?? '')
  const exact = from ? continuedVersion(from, collection) : exactVersion(store, collection, options)
  const revision = exact ?? store.revision
  const entries: Readable = exact === undefined ? collection.entries(namespace, filter.node) : entriesAt(collection, namespace || undefined, exact)
  return pageOf(entries, definition, filter, { revision, after: from?.after ?? '' }, options)
}

function pageOf(entries: Readable, definition: ResourceDefinition, filter: Filter, { revision, after }: ContinueFrom, options: ListOptions): ListPage {
  const single = filter.id === undefined ? undefined : entries.get(filter.id)
  const candidates: Iterable<Entry> = filter.id === undefined ? entries.inOrder(after) : single ? [single] : []
  const limit = options.limit && options.limit > 0 ? options.limit : Number.POSITIVE_INFINITY
  const resourceVersion = String(revision)
  const items: KubeObject[] = []
  let last = ''
  for (const entry of candidates) {
    const object = definition.fromStorage?.(entry.object) ?? entry.object
    if (!filter.matches(object)) continue
    if (items.length >= limit) {
      // With a selector the server cannot tell how many remain without reading them all, so it does not say.
      const told = options.labelSelector || options.fieldSelector ? {} : { remainingItemCount: entries.countAfter(last) }
      return { items, metadata: { resourceVersion, continue: encodeContinue({ revision, after: last }), ...told } }
    }
    items.push(object)
    last = entry.id
  }
  return { items, metadata: { resourceVersion } }
}

/** The version that a continued list is of; undefined for the present. Throws a 410, with a token that goes on from the same place in the present. */
function continuedVersion({ revision, after }: ContinueFrom, collection: Collection): number | undefined {
  if (revision < 0) return undefined
  if (revision < collection.oldest) throw expiredContinue(encodeContinue({ revision: -1, after }))
  return revision
}

/** The version that is asked for exactly; undefined when the present will do. */
function exactVersion(store: ObjectStore, collection: Collection, { resourceVersion, resourceVersionMatch, limit }: ListOptions): number | undefined {
  if (!resourceVersion || resourceVersion === '0') return undefined
  const wanted = parseVersion(resourceVersion)
  if (wanted > store.revision) throw tooLargeVersion(wanted, store.revision)
  // A version and a limit without a match mean that very version, as they did before there was a match.
  if (resourceVersionMatch !== 'Exact' && (resourceVersionMatch || !limit)) return undefined
  if (wanted < collection.oldest) throw expired('The resourceVersion for the provided list is too old.')
  return wanted
}
