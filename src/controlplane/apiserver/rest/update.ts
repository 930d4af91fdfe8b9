import { isDeepStrictEqual } from 'node:util'
import { copyJson } from '../../../json/copy.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import type { Entry } from '../storage/collection.ts'
import { managedAfter } from './create.ts'
import { decodeObject } from './decode.ts'
import { admit, idOf, prefixOf, type RestEnvironment, type Target, type WriteContext, whenAdmitted } from './environment.ts'
import { carryMeta, fitToPath, sameButManaged, validateMetaUpdate } from './object-meta.ts'
import { sizedJson } from './size.ts'
import { conflict, invalid, modified, notFound } from './status-errors.ts'

// Each failed round means that another writer got through, so this many in a row is no contention any more.
const maxAttempts = 100

/** Makes the next state of an object from the present one, which it must not change. */
export type Change = (old: KubeObject) => unknown

export interface UpdateOptions {
  readonly subresource?: string
  /** The change brings its own `managedFields` (server-side apply). */
  readonly tracked?: boolean
  /** The change comes from the server itself: no admission, and it may touch spec and status, which nobody is noted for. */
  readonly internal?: boolean
}

/** Changes an object by `change`; tried again when someone else wrote between, unless the client named a resourceVersion. */
export async function updateObject(
  environment: RestEnvironment,
  target: Target,
  change: Change,
  context: WriteContext,
  options: UpdateOptions = {},
): Promise<KubeObject> {
  const { definition, name } = target
  for (let attempt = 1; ; attempt++) {
    const entry = environment.store.get(prefixOf(definition), idOf(target))
    if (!entry) throw notFound(definition, name)
    const old = definition.fromStorage?.(entry.object) ?? entry.object
    const changed = await change(old)
    const next = context.decoded
      ? (changed as KubeObject)
      : decodeObject(definition, changed, attempt === 1 ? context : { ...context, fieldValidation: 'Ignore' })
    await context.pause?.()
    const written = await writeNext(environment, target, entry, old, next, context, options)
    if (written !== 'conflict') return written
    // A resourceVersion that the client named is found stale in the next round.
    if (attempt >= maxAttempts) throw modified(definition, name)
  }
}

async function writeNext(
  environment: RestEnvironment,
  target: Target,
  entry: Entry,
  old: KubeObject,
  decoded: KubeObject,
  context: WriteContext,
  { subresource, tracked, internal }: UpdateOptions,
): Promise<KubeObject | 'conflict'> {
  const { definition, namespace, name } = target
  // Decoding copies what it knows; maps of `any` may still be shared with the stored object.
  const next = context.decoded ? { ...decoded } : copyJson(decoded)
  await context.pause?.()
  const given = fitToPath(next, namespace, name)
  const oldMeta = old.metadata ?? {}
  if (given.resourceVersion && given.resourceVersion !== oldMeta.resourceVersion) throw modified(definition, name)
  next.metadata = carryMeta(given, oldMeta)
  // An emptied list of managers is a reset; none at all means the client does not know of them.
  next.metadata.managedFields ??= oldMeta.managedFields
  definition.defaults?.(next)
  const request = { operation: 'UPDATE', definition, subresource: subresource ?? '', namespace, name, object: next, old, context } as const
  if (!internal) await admit(environment, request)
  if (!internal) definition.prepareUpdate?.(next, old, subresource, context.now)
  next.metadata.resourceVersion = oldMeta.resourceVersion
  // A status is no wish: what its writer annotates beside it (a Deployment's revision) is no new generation.
  if (subresource !== 'status' && definition.generation?.(next, old)) next.metadata.generation = (oldMeta.generation ?? 0) + 1
  await context.pause?.()
  const errors = internal
    ? []
    : [
        ...validateMetaUpdate(definition, next.metadata, oldMeta),
        ...(subresource === undefined ? (definition.validate?.(next, old) ?? []) : []),
        ...(definition.validateUpdate?.(next, old, subresource) ?? []),
      ]
  if (errors.length > 0) throw invalid(definition, name, errors)
  if (!internal) for (const text of definition.warnings?.(next, old, subresource) ?? []) context.warn(text)
  await context.pause?.()
  const { metadata } = next
  const store = async (): Promise<KubeObject | 'conflict'> => {
    if (!tracked && sameButManaged(next, old)) return old
    await context.pause?.()
    if (!tracked && !internal) {
      const managed = managedAfter(definition, old, next, context, subresource)
      if (managed.length > 0) metadata.managedFields = managed
      else delete metadata.managedFields
    }
    if (tracked && sameButManaged(next, old) && isDeepStrictEqual(metadata.managedFields, oldMeta.managedFields)) return old
    sizedJson(next)
    await context.pause?.()
    if (context.dryRun) return next
    return storeNext(environment, target, entry, next)
  }
  return internal ? store() : whenAdmitted(environment, request, store)
}

async function storeNext({ store }: RestEnvironment, target: Target, entry: Entry, next: KubeObject): Promise<KubeObject | 'conflict'> {
  const { definition } = target
  const prefix = prefixOf(definition)
  const stored = (await definition.toStorage?.(next)) ?? next
  const result = await store.put(prefix, idOf(target), stored, entry.revision)
  if (result === 'conflict') return 'conflict'
  const written = { ...next, metadata: { ...next.metadata, resourceVersion: String(result.revision) } }
  // The last finalizer of a deleted object is gone: so is the object.
  if (isFinished(written)) await store.remove(prefix, idOf(target), result.revision)
  return written
}

/** Whether a deletion has nothing more to wait for. */
export function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata ?? {}
  if (!deletionTimestamp || deletionGracePeriodSeconds || finalizers?.length) return false
  return !keptBySpec(object)
}

/** Namespaces keep finalizers in their spec. */
export function keptBySpec(object: KubeObject): boolean {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false
  return ((object as { spec?: { finalizers?: string[] } }).spec?.finalizers?.length ?? 0) > 0
}

/** A PUT that names a uid means that object and no later one of the same name. */
export function checkUid({ definition, name }: Target, given: unknown, old: KubeObject): void {
  const uid = (given as KubeObject | undefined)?.metadata?.uid
  if (uid && uid !== old.metadata?.uid)
    throw conflict(definition, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata?.uid}`)
}
