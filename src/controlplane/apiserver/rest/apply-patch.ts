import type { PatchType } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import type { ModelRef } from '../../../kube/types/model.ts'
import { jsonPatch } from '../patch/json-patch.ts'
import { mergePatch } from '../patch/merge-patch.ts'
import { strategicMergePatch } from '../patch/strategic-merge.ts'
import { badRequest, unsupportedMediaType } from './status-errors.ts'

type Json = Record<string, unknown>

/** The kinds of patch that need nothing but the object. */
export type PlainPatchType = Exclude<PatchType, 'application/apply-patch+yaml'>

/** The object that a patch makes of `old`, of the type `model` (none for kinds without types). Throws a 400, a 413, a 415 or a 422. */
export function applyPatch(type: PlainPatchType, model: ModelRef | undefined, old: KubeObject, patch: unknown): unknown {
  switch (type) {
    case 'application/json-patch+json':
      return jsonPatch(old, patch)
    case 'application/merge-patch+json':
      return mergePatch(old, objectOf(patch))
    case 'application/strategic-merge-patch+json':
      // As for custom resources, a kind without types has no strategy.
      if (!model) throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'])
      return strategicMergePatch(model, old as Json, objectOf(patch))
    default:
      return type satisfies never
  }
}

/** A patch that must be an object. Throws a 400. */
export function objectOf(patch: unknown): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal the patch into a map')
  return patch as Json
}
