import { copyJson } from '../../../json/copy.ts'
import { KubeError, type PatchType } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { serverSideApply } from '../apply/server-side-apply.ts'
import { groupVersion } from '../discovery/served.ts'
import { applyPatch, objectOf } from './apply-patch.ts'
import { createNew } from './create.ts'
import { decodeObject } from './decode.ts'
import { idOf, prefixOf, type RestEnvironment, type Target, type WriteContext } from './environment.ts'
import { timestamp } from './object-meta.ts'
import { patchRefusal } from './patch-refusal.ts'
import { applyConflict, badRequest } from './status-errors.ts'
import { updateObject } from './update.ts'

type Json = Record<string, unknown>

export interface PatchRequest {
  readonly type: PatchType
  readonly patch: unknown
  /** Where the patch is large: applies it elsewhere, and answers the decoded object. */
  readonly change?: (old: KubeObject) => Promise<KubeObject>
  readonly subresource?: string
  /** Server-side apply takes fields from other managers. */
  readonly force?: boolean
}

export interface PatchOutcome {
  readonly object: KubeObject
  readonly created: boolean
}

/** Applies one of the four kinds of patch. */
export async function patchObject(environment: RestEnvironment, target: Target, request: PatchRequest, context: WriteContext): Promise<PatchOutcome> {
  const { type, patch, subresource } = request
  if (type === 'application/apply-patch+yaml') return applyConfiguration(environment, target, request, context)
  const { definition } = target
  let patched: unknown
  const change =
    request.change ??
    ((old: KubeObject) => {
      patched = applyPatch(type, definition.decode ? undefined : definition.model, old, patch)
      return patched
    })
  try {
    return { object: await updateObject(environment, target, change, context, { subresource }), created: false }
  } catch (error) {
    throw patchRefusal(error, { type, patch, patched, isSecret: definition.kind === 'Secret' && definition.group === '' })
  }
}

async function applyConfiguration(environment: RestEnvironment, target: Target, request: PatchRequest, context: WriteContext): Promise<PatchOutcome> {
  const { definition, name } = target
  const given = objectOf(request.patch) as KubeObject
  if (!given.apiVersion || !given.kind) throw badRequest('apply patches must name apiVersion and kind')
  if (given.metadata?.managedFields) throw badRequest('metadata.managedFields must be nil')
  const applied = context.decoded ? given : decodeObject(definition, given, context)
  await context.pause?.()
  applied.metadata = { ...applied.metadata, name: applied.metadata?.name ?? name }
  const merge = (live: KubeObject | undefined): KubeObject => {
    const result = serverSideApply(live as Json | undefined, applied as Json, {
      model: definition.model ?? 'meta/v1.PartialObjectMetadata',
      apiVersion: groupVersion(definition),
      manager: context.fieldManager,
      force: request.force === true,
      time: timestamp(context.now),
      ...(request.subresource && { subresource: request.subresource }),
    })
    if ('conflicts' in result) throw applyConflict(result.conflicts)
    return result.object as KubeObject
  }
  const exists = environment.store.get(prefixOf(definition), idOf(target)) !== undefined
  if (!exists && !request.subresource) {
    try {
      return {
        object: await createNew(environment, target, context.decoded ? merge(undefined) : copyJson(merge(undefined)), context, true),
        created: true,
      }
    } catch (error) {
      // Someone else made it just now: apply to that.
      if (!(error instanceof KubeError && error.reason === 'AlreadyExists')) throw error
    }
  }
  return { object: await updateObject(environment, target, merge, context, { subresource: request.subresource, tracked: true }), created: false }
}
