import { KubeError, type PatchType } from '../../kube/client.ts'
import type { KubeObject } from '../../kube/objects.ts'
import { serverSideApply } from '../apply/server-side-apply.ts'
import { groupVersion } from '../discovery/served.ts'
import { jsonPatch } from '../patch/json-patch.ts'
import { mergePatch } from '../patch/merge-patch.ts'
import { strategicMergePatch } from '../patch/strategic-merge.ts'
import { createNew } from './create.ts'
import { decodeObject } from './decode.ts'
import { idOf, prefixOf, type RestEnvironment, type Target, type WriteContext } from './environment.ts'
import { timestamp } from './object-meta.ts'
import { applyConflict, badRequest, unsupportedMediaType } from './status-errors.ts'
import { updateObject } from './update.ts'

type Json = Record<string, unknown>

export interface PatchRequest {
  readonly type: PatchType
  readonly patch: unknown
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
  const change = (old: KubeObject): unknown => {
    switch (type) {
      case 'application/json-patch+json':
        return jsonPatch(old, patch)
      case 'application/merge-patch+json':
        return mergePatch(old, objectOf(patch))
      case 'application/strategic-merge-patch+json':
        // As for custom resources, a kind without types has no strategy.
        if (!definition.model) throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'])
        return strategicMergePatch(definition.model, old as Json, objectOf(patch))
      default:
        return type satisfies never
    }
  }
  return { object: await updateObject(environment, target, change, context, { subresource }), created: false }
}

function objectOf(patch: unknown): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal the patch into a map')
  return patch as Json
}

async function applyConfiguration(environment: RestEnvironment, target: Target, request: PatchRequest, context: WriteContext): Promise<PatchOutcome> {
  const { definition, name } = target
  const given = objectOf(request.patch) as KubeObject
  if (!given.apiVersion || !given.kind) throw badRequest('apply patches must name apiVersion and kind')
  if (given.metadata?.managedFields) throw badRequest('metadata.managedFields must be nil')
  const applied = decodeObject(definition, given, context)
  applied.metadata = { ...applied.metadata, name: applied.metadata?.name ?? name }
  const merge = (live: KubeObject | undefined): KubeObject => {
    const result = serverSideApply(live as Json | undefined, applied as Json, {
      model: definition.model ?? `V1${definition.kind}`,
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
      return { object: await createNew(environment, target, structuredClone(merge(undefined)), context, true), created: true }
    } catch (error) {
      // Someone else made it just now: apply to that.
      if (!(error instanceof KubeError && error.reason === 'AlreadyExists')) throw error
    }
  }
  return { object: await updateObject(environment, target, merge, context, { subresource: request.subresource, tracked: true }), created: false }
}
