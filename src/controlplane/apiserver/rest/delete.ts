import type { Int64 } from '../../../json/exact.ts'
import type { KubeObject, Pod, Status } from '../../../kube/objects.ts'
import { longestSeconds, secondsOf } from '../../../kube/seconds.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { Entry } from '../storage/collection.ts'
import type { DeleteOptions } from './backend.ts'
import { admit, idOf, prefixOf, type RestEnvironment, type Target, type WriteContext, whenAdmitted } from './environment.ts'
import { checkNamespaceDeletion } from './namespace-lifecycle.ts'
import { timestamp } from './object-meta.ts'
import { checkDeleteOptions, deletionFinalizers } from './propagation.ts'
import { modified, notFound, preconditionFailed } from './status-errors.ts'
import { keptBySpec } from './update.ts'

/** Deletes an object, or begins to: a pod has its grace, finalizers keep an object until they are gone, those too that say what becomes of its dependents. */
export async function deleteObject(environment: RestEnvironment, target: Target, options: DeleteOptions, context: WriteContext): Promise<KubeObject | Status> {
  checkDeleteOptions(options)
  const { orphanWarning } = target.definition
  if (orphanWarning && options.propagationPolicy === undefined && options.orphanDependents === undefined) context.warn(orphanWarning)
  checkNamespaceDeletion(target)
  const { definition, namespace, name } = target
  for (;;) {
    const entry = environment.store.get(prefixOf(definition), idOf(target))
    if (!entry) throw notFound(definition, name)
    const object = definition.fromStorage?.(entry.object) ?? entry.object
    checkPreconditions(target, object, options)
    const request = { operation: 'DELETE', definition, subresource: '', namespace, name, object, deleteOptions: options, context } as const
    await admit(environment, request)
    const outcome = await whenAdmitted(environment, request, () => tryDelete(environment, target, entry, object, options, context))
    if (outcome !== 'conflict') return outcome
    if (options.preconditions?.resourceVersion) throw modified(definition, name)
  }
}

/** Throws a 409 for another object than the options mean. */
export function checkPreconditions({ definition, name }: Target, { metadata }: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {}
  if (uid && uid !== metadata?.uid)
    throw preconditionFailed(
      definition,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata?.uid}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion && resourceVersion !== metadata?.resourceVersion)
    throw preconditionFailed(
      definition,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata?.resourceVersion}). The object might have been modified`,
    )
}

async function tryDelete(
  { store }: RestEnvironment,
  target: Target,
  entry: Entry,
  object: KubeObject,
  options: DeleteOptions,
  { now, dryRun }: WriteContext,
): Promise<KubeObject | Status | 'conflict'> {
  const { definition } = target
  const next = markDeleted(definition, object, options, now)
  const finished = !next.metadata?.deletionGracePeriodSeconds && !next.metadata?.finalizers?.length && !keptBySpec(next)
  if (dryRun) return finished ? gone(definition, object, next) : next
  const prefix = prefixOf(definition)
  let revision = entry.revision
  // A pod's last state is written before it goes, so that watchers see its grace end; other kinds go at once.
  const graceful = isPod(definition)
  if (next !== object && (!finished || graceful)) {
    const marked = await store.put(prefix, idOf(target), (await definition.toStorage?.(next)) ?? next, revision)
    if (marked === 'conflict') return 'conflict'
    revision = marked.revision
  }
  const version = (at: number): KubeObject => ({ ...next, metadata: { ...next.metadata, resourceVersion: String(at) } })
  if (!finished) return version(revision)
  const removed = await store.remove(prefix, idOf(target), revision)
  return removed === 'conflict' ? 'conflict' : gone(definition, object, version(removed.revision))
}

/** The object with its deletion under way; the same object when there is nothing to change. */
function markDeleted(definition: ResourceDefinition, object: KubeObject, options: DeleteOptions, now: number): KubeObject {
  const { metadata = {} } = object
  const wanted = isPod(definition) ? podGrace(object as Pod, options.gracePeriodSeconds) : undefined
  if (metadata.deletionTimestamp) {
    const left = metadata.deletionGracePeriodSeconds ?? 0
    // A deletion under way can only be made shorter.
    if (left === 0 || options.gracePeriodSeconds === undefined || wanted === undefined || wanted >= left) return object
    // One that is for ever has an end that says nothing of its beginning.
    const began = left < longestSeconds ? Date.parse(metadata.deletionTimestamp) - Number(left) * 1000 : now
    return { ...object, metadata: { ...metadata, deletionTimestamp: timestamp(began + secondsOf(wanted) * 1000), deletionGracePeriodSeconds: wanted } }
  }
  const finalizers = deletionFinalizers(definition, metadata.finalizers ?? [], options)
  const held = finalizers.length > 0 || metadata.finalizers?.length ? { finalizers: [...finalizers] } : {}
  const generation = metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }
  // Namespaces are told by their phase, and have no grace.
  if (definition.group === '' && definition.resource === 'namespaces') {
    const status = { ...(object as { status?: object }).status, phase: 'Terminating' }
    return { ...object, status, metadata: { ...metadata, ...held, deletionTimestamp: timestamp(now) } } as KubeObject
  }
  const grace = wanted ?? 0
  if (definition.prepareDelete) {
    const next = { ...object, metadata: { ...metadata, ...held, deletionTimestamp: timestamp(now), deletionGracePeriodSeconds: 0 } }
    definition.prepareDelete(next, now)
    return next
  }
  const ends = { deletionTimestamp: timestamp(now + secondsOf(grace) * 1000), deletionGracePeriodSeconds: grace }
  return { ...object, metadata: { ...metadata, ...generation, ...held, ...ends } }
}

/** Seconds of grace: none for a pod no node has or that has ended. */
function podGrace({ spec, status }: Pod, requested: Int64 | undefined): Int64 {
  const grace = requested ?? spec?.terminationGracePeriodSeconds ?? 30
  if (!spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
  return grace < 0 ? 1 : grace
}

const isPod = ({ group, resource }: ResourceDefinition) => group === '' && resource === 'pods'

function gone(definition: ResourceDefinition, object: KubeObject, last: KubeObject): KubeObject | Status {
  const { group, resource } = definition
  if (definition.returnsDeleted) return last
  const details = { name: object.metadata?.name, ...(group && { group }), kind: resource, uid: object.metadata?.uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } as Status
}
